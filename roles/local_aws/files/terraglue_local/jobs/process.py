# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job's process: a session of its own, started and ended whole."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from . import launcher

_GRACE_SECONDS = 2.0


class Process:
    """One run of the launcher. It and all that it starts end with ``end``, or with the server."""

    def __init__(self, inner: asyncio.subprocess.Process, lifeline: int) -> None:
        self._inner = inner
        self._lifeline = lifeline

    @classmethod
    async def start(cls, folder: Path, environment: dict[str, str], output: Path) -> Process:
        """Start the launcher on a folder; all that it prints goes to a file."""
        # What the launcher's guard waits on. Not asyncio's own pipe: that is closed when the script
        # ends, and the guard would take it for the server's end and remove the folder with the log.
        guarded, lifeline = os.pipe()
        try:
            with open(output, "ab") as file:
                inner = await asyncio.create_subprocess_exec(
                    sys.executable,
                    str(Path(launcher.__file__)),
                    str(folder),
                    stdin=guarded,
                    stdout=file,
                    stderr=asyncio.subprocess.STDOUT,
                    cwd=folder / "work",
                    env=environment,
                    start_new_session=True,
                )
        except BaseException:
            os.close(lifeline)
            raise
        finally:
            os.close(guarded)
        return cls(inner, lifeline)

    async def wait(self) -> int:
        """The exit code; negative when a signal ended it."""
        return await self._inner.wait()

    async def end(self) -> None:
        """Ask the script to end, then kill all that is left of its session."""
        if self._inner.returncode is None:
            with suppress(OSError):
                os.killpg(self._inner.pid, signal.SIGTERM)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._inner.wait(), _GRACE_SECONDS)
        # The guard is still in the group, so the id is nobody else's.
        launcher.end_session(self._inner.pid)
        os.close(self._lifeline)
        await self._inner.wait()
