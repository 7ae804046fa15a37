# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One place that waits: until something is so, or until a refusal passes."""

from __future__ import annotations

import time
from typing import Any, Callable

from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError

_LOST = frozenset(
    "EndpointConnectionError ConnectTimeoutError ConnectionClosedError ReadTimeoutError".split()
)
_PATIENCE = 30.0  # seconds that a connection may be lost


def wait_until(
    done: Callable[[], Any], what: str, timeout: float, delay: float = 1.0, max_delay: float = 10.0
) -> Any:
    """Ask ``done`` until it answers something true, which is returned.

    ``what`` completes "Waited 60 s for …"; ``timeout`` and the delays are seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        answer = done()
        if answer:
            return answer
        left = deadline - time.monotonic()
        if left <= 0:
            raise TerraglueError(f"Waited {timeout:g} s for {what}, in vain.")
        time.sleep(min(delay, left))
        delay = min(delay * 1.5, max_delay)


def retry_while(
    refused: Callable[[TerraglueError], bool],
    call: Callable[[], Any],
    timeout: float,
    delay: float = 1.0,
    max_delay: float = 5.0,
) -> Any:
    """Repeat ``call`` while its error is one that passes, such as a role not yet assumable.

    The last error is raised as it is when ``timeout`` seconds are over.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            return call()
        except TerraglueError as error:
            if not refused(error) or time.monotonic() >= deadline:
                raise
        time.sleep(delay)
        delay = min(delay * 1.5, max_delay)


def outlasting_losses(call: Callable[[], Any]) -> Any:
    """Repeat ``call`` while the connection is lost, for 30 seconds at most.

    For what goes on at AWS meanwhile: a call that only looks, or one that AWS does once only.
    """
    return retry_while(lambda error: error.details.get("error_code") in _LOST, call, _PATIENCE)
