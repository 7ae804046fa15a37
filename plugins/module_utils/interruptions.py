# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Being interrupted while something of ours works at AWS, so that it can be stopped there."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError


class Interrupted(BaseException):
    """A signal asks the module to end. No Exception, so that nothing between takes it for an error."""


class Interruptions:
    """Signals that end a module are taken in its pauses, never within a call.

    A call that is cut off leaves open whether it was done; what was started by a call that was cut
    off could not be stopped.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self._received: int | None = None
        self._pausing = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruptions:
        self._before = {number: signal.signal(number, self._take) for number in self.SIGNALS}
        return self

    def __exit__(self, *dummy: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, dummy: object) -> None:
        self._received = number
        if self._pausing:
            self._pausing = False
            raise Interrupted(signal.Signals(number).name)

    def pause(self, seconds: float) -> None:
        """Sleep; Interrupted at once when a signal comes, or has come since the last pause."""
        try:
            self._pausing = True
            if self._received is not None:
                raise Interrupted(signal.Signals(self._received).name)
            time.sleep(seconds)
        finally:
            self._pausing = False


class Sleep:
    """Pauses that nothing interrupts, for threads: Python hands signals to the main one alone."""

    def pause(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


@contextmanager
def stopped_unless_ended(what: str, stop: Callable[[], None], **details: Any) -> Iterator[None]:
    """Wait in the block for something at AWS. Whatever else ends the wait stops it there.

    That hides not why the wait ended, and what could not be stopped is said, with ``details``.
    """
    try:
        yield
    except BaseException as error:
        try:
            stop()
        except TerraglueError as problem:
            interrupted = isinstance(error, Interrupted)
            why = f"The play was interrupted ({error})." if interrupted else error
            raise TerraglueError(
                f"{why} {what} could not be stopped and may still be running: {problem}", **details
            ) from error
        raise
