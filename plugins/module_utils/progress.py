# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module says while it works, in a file that the action plugin in front of it reads.

How far it is stands in the first bytes, each time over what was said last. Lines that are to be shown
one and all, such as those of a log, follow behind.

A module cannot print, and its result comes when all is over. The other side of this is
plugins/plugin_utils/progress.py; without it, or on another host, nothing is said.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any, Callable

# A line of this many bytes replaces the one before in a single write, so none is ever seen in part.
LINE_BYTES = 240

# For the argument_spec of a module; the fragment terraglue.aws.progress documents it.
OPTIONS: dict[str, dict[str, Any]] = {"progress_file": {"type": "path"}}


class Progress:
    """Tells whoever watches how far the module is. Any thread may speak, as often as it likes."""

    def __init__(self, module: Any) -> None:
        self._file: int | None = None
        self._end = LINE_BYTES
        path = module.params.get("progress_file")
        if path:
            try:
                # Never made here: where the action plugin did not make it nobody reads it.
                self._file = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
            except OSError:
                self._file = None

    @property
    def is_watched(self) -> bool:
        """Whether anybody reads, for what would cost something to find out."""
        return self._file is not None

    def say(self, text: str) -> None:
        """Replace what was said last. It costs next to nothing, and never fails the module."""
        if self._file is None:
            return
        line = " ".join(text.split()).encode("utf-8", "replace")[:LINE_BYTES]
        self._write(line.ljust(LINE_BYTES), 0)

    def tell(self, line: str) -> None:
        """A line that is shown whatever comes after it."""
        if self._file is not None:
            content = line.encode("utf-8", "replace").replace(b"\n", b" ") + b"\n"
            self._write(content, self._end)
            self._end += len(content)

    def _write(self, content: bytes, place: int) -> None:
        if self._file is None:
            return
        try:
            os.pwrite(self._file, content, place)
        except OSError:
            self._file = None


class Tally:
    """Says "3,120 of 10,000 files, 1.2 of 5.0 GB", at most once a second, from any thread."""

    def __init__(self, say: Callable[[str], None] | None, verb: str, files: int, size: int) -> None:
        self._say, self._verb = say, verb
        self._files, self._size = files, size
        self._done_files = self._done_bytes = 0
        self._lock = threading.Lock()
        self._next = time.monotonic() + 1

    def bytes(self, count: int) -> None:
        """So many bytes more are done."""
        self._add(0, count)

    def file(self) -> None:
        """One file more is done."""
        self._add(1, 0)

    def _add(self, files: int, count: int) -> None:
        if not self._say:
            return
        with self._lock:
            self._done_files += files
            self._done_bytes += count
            if time.monotonic() < self._next:
                return
            self._next = time.monotonic() + 1
            text = self._text()
        self._say(text)

    def _text(self) -> str:
        text = f"{self._verb} {self._done_files:,} of {self._files:,} files"
        if self._size < 10**6:
            return text
        unit, name = (10**9, "GB") if self._size >= 10**9 else (10**6, "MB")
        return f"{text}, {self._done_bytes / unit:.1f} of {self._size / unit:.1f} {name}"
