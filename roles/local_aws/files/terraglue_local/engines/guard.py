# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command in the place of this process: ``guard.py FOLDER COMMAND …``. Standard library only.

Standard input is a pipe whose other end the server holds. A guard, forked before anything else,
waits on it: however the server ends, kill -9 included, the pipe closes, and the guard kills the
whole session (the command and all that it started) and removes the folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress


def _session(leader: int) -> Iterator[int]:
    """Processes of a session, as far as Linux tells. PySpark's workers have a group of their own."""
    with suppress(OSError):
        for name in os.listdir("/proc"):
            with suppress(OSError, ValueError):
                pid = int(name)
                if os.getsid(pid) == leader:
                    yield pid


def end_session(leader: int, spare: int = 0) -> None:
    """Kill every process of the session that ``leader`` began, but ``spare``."""
    for pid in _session(leader):
        if pid != spare:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    if not spare:
        with suppress(OSError):
            os.killpg(leader, signal.SIGKILL)


def _guard(folder: str) -> None:
    """Fork the guard. It outlives SIGTERM, so that the session keeps its name until all is over."""
    pipe = os.dup(0)
    leader = os.getpid()
    if os.fork() == 0:
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            os.read(pipe, 1)
            end_session(leader, spare=os.getpid())
            shutil.rmtree(folder, ignore_errors=True)
            os.killpg(leader, signal.SIGKILL)
        finally:
            os._exit(0)
    os.close(pipe)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def main() -> int:
    """Become the command; 127 when it cannot be run."""
    folder, *command = sys.argv[1:]
    _guard(folder)
    try:
        os.execv(command[0], command)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
    return 127


if __name__ == "__main__":
    sys.exit(main())
