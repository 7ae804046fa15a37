# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Being interrupted while something of ours works at AWS, so that it can be stopped there."""

from __future__ import annotations

import signal
import time
from typing import Any


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
