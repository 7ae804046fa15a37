# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements that Trino answers: each gets a place at the engine, its rows become a result's text."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from .. import server
from ..engines import Say, Unready
from ..sql import statement as at_trino
from ..sql import values
from ..sql.engine import Engine as Trino
from . import athena_results
from .athena_calls import Failed
from .athena_plans import Context, Engine

# More would wait for each other's memory within Trino.
_PLACES = 4
_UNMANNED_SECONDS = 0.1
_places = asyncio.Semaphore(_PLACES)
_threads = ThreadPoolExecutor(_PLACES, thread_name_prefix="sql")


class Answer(NamedTuple):
    """``content``: the result's text. ``engine_id``: what the names of written files hold."""

    columns: list[dict[str, Any]]
    content: bytes
    engine_id: str
    written: int


class OverLimit(Exception):
    """The workgroup's BytesScannedCutoffPerQuery is passed."""


class Unmanned(Exception):
    """Trino has just started and has not found itself yet. Nothing was done."""


class Invalid(Exception):
    """The text is no SQL. Athena says so when the query is started, if it can be asked then."""


@functools.cache
def engine() -> Trino:
    """The engine of this server."""
    return Trino(server.state_dir(), server.own_endpoint())


class Work:
    """One statement on its way through the engine, on the server's event loop.

    ``say`` is told what it waits for, ``running`` when it has its place.
    """

    def __init__(
        self,
        plan: Engine,
        context: Context,
        as_csv: bool,
        most_bytes: int | None,
        say: Say,
        running: Callable[[], None],
    ) -> None:
        self._plan = plan
        self._context = context
        self._as_csv = as_csv
        self._most_bytes = most_bytes
        self._say = say
        self._running = running
        self._statement: at_trino.Statement | None = None
        self._waited = 0.0
        # Set when Trino has read the text, or when that can take long.
        self.read = asyncio.Event()

    async def answer(self) -> Answer:
        """Raises Failed, Invalid, OverLimit, and Stopped after ``stop``."""
        began = time.monotonic()
        if _places.locked() or not engine().is_up:
            self.read.set()
        try:
            async with _places, engine().used(self._say) as port:
                self._running()
                self._waited = time.monotonic() - began
                while True:
                    try:
                        return await self._at(port)
                    except Unmanned:
                        await asyncio.sleep(_UNMANNED_SECONDS)
        except Unready as unready:
            raise Failed(f"The SQL engine is not to be had. {unready}") from unready

    async def _at(self, port: int) -> Answer:
        loop = asyncio.get_running_loop()

        def read() -> None:
            loop.call_soon_threadsafe(self.read.set)

        self._statement = statement = at_trino.Statement(
            port,
            self._plan.sql,
            self._context.database,
            dict(self._plan.session),
            read,
            self._most_bytes,
        )
        try:
            work = functools.partial(_rows, statement, self._as_csv)
            columns, content = await loop.run_in_executor(_threads, work)
        except at_trino.Stopped:
            if statement.is_over_limit:
                raise OverLimit from None
            raise
        except at_trino.Lost as lost:
            raise Failed(
                "GENERIC_INTERNAL_ERROR: The SQL engine ended while it worked on this query; the next"
                f" query starts it again. {engine().log_tail()}"
            ) from lost
        except at_trino.Failure as failure:
            if failure.kind == "NO_NODES_AVAILABLE":
                raise Unmanned from failure
            if failure.kind == "SYNTAX_ERROR":
                raise Invalid(failure.message) from failure
            raise Failed(str(failure)) from failure
        return Answer(
            columns if self._plan.output == "rows" else [],
            content if self._plan.output == "rows" else b"",
            statement.identity,
            statement.update_count,
        )

    @property
    def figures(self) -> dict[str, int]:
        """What Statistics says of it, however it ended."""
        stats = self._statement.stats if self._statement else {}
        return {
            "DataScannedInBytes": stats.get("physicalInputBytes", 0),
            "QueryQueueTimeInMillis": int(self._waited * 1000) + stats.get("queuedTimeMillis", 0),
        }

    async def stop(self) -> None:
        """End the work at the engine. What is still queued is the caller's to cancel."""
        if self._statement is not None:
            await asyncio.to_thread(self._statement.stop)


def _rows(statement: at_trino.Statement, as_csv: bool) -> tuple[list[dict[str, Any]], bytes]:
    """(columns, text of the rows). Runs in a thread."""
    rows = statement.run()
    first = next(rows, None)
    renders = [values.renderer(column) for column in statement.columns]
    columns = [values.column_info(column) for column in statement.columns]
    written = athena_results.record if as_csv else athena_results.line
    parts = [written([column["Name"] for column in columns])] if as_csv else []
    if first is not None:
        parts.append(written([render(value) for render, value in zip(renders, first)]))
    parts += (written([render(value) for render, value in zip(renders, row)]) for row in rows)
    return columns, "".join(parts).encode()
