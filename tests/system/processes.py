# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on this machine, as Linux tells."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Process(NamedTuple):
    """A process that lives, and the words of its command line."""

    pid: int
    words: tuple[str, ...]

    @property
    def is_java(self) -> bool:
        return self.words[0].endswith("/java")

    @property
    def is_guard(self) -> bool:
        """Whether it ends an engine with its server. Its words are those that began the engine."""
        return len(self.words) > 1 and self.words[1].endswith("/engines/guard.py")


def processes_of(folder: Path) -> list[Process]:
    """The processes that work for a folder: they name it, or lie in it."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            command = Path(f"/proc/{name}/cmdline").read_bytes().decode(errors="replace")
            # One that was killed a moment ago has no words any more.
            if command and (str(folder) in command or _lies_in(name, folder)):
                found.append(Process(int(name), tuple(command.rstrip("\0").split("\0"))))
        except OSError:
            continue
    return found


def _lies_in(process: str, folder: Path) -> bool:
    return os.readlink(f"/proc/{process}/cwd").startswith(str(folder))
