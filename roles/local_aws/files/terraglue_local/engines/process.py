# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine's process: a session of its own, started and ended whole."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from . import guard

_GRACE_SECONDS = 2.0


class Process:
    """One command. It and all that it starts end with ``end``, or with the server."""

    def __init__(self, inner: asyncio.subprocess.Process, lifeline: int) -> None:
        self._inner = inner
        self._lifeline = lifeline

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        folder: Path,
        work: Path,
        environment: Mapping[str, str],
        output: Path,
    ) -> Process:
        """Start a command in ``work``; all that it prints goes to ``output``.

        Its first word is a path. ``folder`` is removed when the server ends before the command.
        """
        # What the guard waits on. Not asyncio's own pipe: that is closed when the command ends, and
        # the guard would take it for the server's end and remove the folder with the log.
        guarded, lifeline = os.pipe()
        try:
            with open(output, "ab") as file:
                inner = await asyncio.create_subprocess_exec(
                    sys.executable,
                    str(Path(guard.__file__)),
                    str(folder),
                    *command,
                    stdin=guarded,
                    stdout=file,
                    stderr=asyncio.subprocess.STDOUT,
                    cwd=work,
                    env=dict(environment),
                    start_new_session=True,
                )
        except BaseException:
            os.close(lifeline)
            raise
        finally:
            os.close(guarded)
        return cls(inner, lifeline)

    @property
    def pid(self) -> int:
        return self._inner.pid

    @property
    def has_ended(self) -> bool:
        return self._inner.returncode is not None

    async def wait(self) -> int:
        """The exit code; negative when a signal ended it."""
        return await self._inner.wait()

    async def end(self, grace: float = _GRACE_SECONDS) -> None:
        """Ask the command to end, and after ``grace`` seconds kill all that is left of its session.

        A second call does nothing.
        """
        if self._lifeline < 0:
            return
        lifeline, self._lifeline = self._lifeline, -1
        if self._inner.returncode is None and grace:
            with suppress(OSError):
                os.killpg(self._inner.pid, signal.SIGTERM)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._inner.wait(), grace)
        # The guard is still in the group, so the id is nobody else's.
        guard.end_session(self._inner.pid)
        os.close(lifeline)
        await self._inner.wait()
