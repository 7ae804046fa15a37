# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One statement at the engine, by Trino's own client."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from .. import HOST
from .configuration import CATALOG

# In the address of what comes next, once a text has been read and is SQL.
_READ = "/executing/"
_SECONDS_WITHOUT_ANSWER = 60.0
_INJECTED = re.compile(r"Column projection for column '(.*)' failed\. Injected projection requires")
_NOT_AUTHORIZED = " or requester is not authorized to access requested resources"


class Failure(Exception):
    """A statement that Trino refused or could not finish. ``kind`` is its error's name."""

    def __init__(self, kind: str, message: str, is_users: bool) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.is_users = is_users


class Stopped(Exception):
    """A statement that was told to stop."""


class Lost(Exception):
    """The engine does not answer any more."""


class Statement:
    """``run`` in a thread; ``stop`` from any other.

    ``read`` is called once, in the thread, when Trino has read the text and goes to work.
    ``most_bytes``: the limit of what may be scanned.
    """

    def __init__(
        self,
        port: int,
        sql: str,
        database: str,
        session: Mapping[str, str],
        read: Callable[[], None],
        most_bytes: int | None = None,
    ) -> None:
        # Imported here: a deployment needs neither.
        import requests
        from trino.client import ClientSession, TrinoQuery, TrinoRequest

        direct = requests.Session()
        direct.trust_env = False  # a proxy of the user's has no business on the loopback
        client = ClientSession(
            user="athena",
            source="athena",
            catalog=CATALOG,
            schema=database,
            timezone="UTC",
            properties={f"{CATALOG}.{name}": value for name, value in session.items()},
        )
        self._request = TrinoRequest(
            host=HOST,
            port=port,
            client_session=client,
            http_session=direct,
            http_scheme="http",
            request_timeout=_SECONDS_WITHOUT_ANSWER,
        )
        self._query = TrinoQuery(
            self._request, sql, legacy_primitive_types=True, stats_callback=self._told
        )
        self._read = read
        self._most_bytes = most_bytes
        self._was_read = False
        self._stop = threading.Event()

    @property
    def identity(self) -> str:
        """Trino's own id, which stands in the names of the files that it writes."""
        return self._query.query_id or ""

    @property
    def stats(self) -> Mapping[str, Any]:
        """Trino's statistics: physicalInputBytes, queuedTimeMillis, elapsedTimeMillis, …"""
        return self._query.stats

    @property
    def columns(self) -> list[dict[str, Any]]:
        """name and typeSignature of each."""
        return self._query.columns or []

    @property
    def update_count(self) -> int:
        """The rows that were written."""
        return self._query.update_count or 0

    @property
    def is_over_limit(self) -> bool:
        scanned = self.stats.get("physicalInputBytes", 0)
        return self._most_bytes is not None and scanned > self._most_bytes

    def _told(self, stats: Mapping[str, Any]) -> None:
        if self._stop.is_set() or self.is_over_limit:
            raise Stopped
        if not self._was_read and _READ in (self._request.next_uri or ""):
            self._was_read = True
            self._read()

    def run(self) -> Iterator[list[Any]]:
        """The rows, as Trino's JSON has them. Raises Failure, Stopped and Lost."""
        from trino import exceptions

        try:
            yield from self._query.execute()
        except Stopped:
            self._cancel()
            raise
        except exceptions.TrinoQueryError as error:
            if self._stop.is_set():
                raise Stopped from error
            raise _failure(error) from error
        except (exceptions.TrinoConnectionError, exceptions.HttpError) as error:
            raise (Stopped if self._stop.is_set() else Lost)(str(error)) from error

    def stop(self) -> None:
        """End the work; ``run`` raises Stopped soon."""
        self._stop.set()
        self._cancel()

    def _cancel(self) -> None:
        from trino import exceptions

        # It may have ended by itself just now, or with its engine.
        with suppress(exceptions.Error, exceptions.HttpError):
            self._query.cancel()


def _failure(error: Any) -> Failure:
    """In Athena's words, which differ for a column that is not there or that is injected."""
    kind, message = error.error_name or "GENERIC_INTERNAL_ERROR", error.message
    injected = _INJECTED.match(message)
    if kind == "COLUMN_NOT_FOUND":
        message += _NOT_AUTHORIZED
    elif injected:
        kind = "CONSTRAINT_VIOLATION"
        message = (
            f"For the injected projected partition column {injected.group(1)}, the WHERE clause must"
            " contain only static equality conditions, and at least one such condition must be present."
        )
    return Failure(kind, message, error.error_type == "USER_ERROR")
