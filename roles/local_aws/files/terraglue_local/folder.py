# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state folder: what lies in it, who may delete it, who works on it.

- ``.terraglue-local-aws``: says that we made the folder; without it nothing is deleted.
- ``command.lock``: held by one start, stop or wipe at a time.
- ``server.lock``: held by the server for as long as it lives, with its pid and port. The kernel
  releases it however the server ends, so a stale pid is never mistaken for a running server, nor
  another process for ours.
- ``server.log``: the server's output.
- ``services``, ``s3``, ``tmp``: MiniStack's state, objects and temporary files.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

MARKER = ".terraglue-local-aws"
_POLL_SECONDS = 0.02
_LOG_BYTES = 5_000_000


class Refused(Exception):
    """The command cannot do what was asked; the text is for the user."""


class StateFolder:
    """One state folder by its absolute path."""

    def __init__(self, path: str) -> None:
        self.path = os.path.realpath(os.path.expanduser(path))
        self.log = self.within("server.log")

    def within(self, name: str) -> str:
        """Path of something in the folder."""
        return os.path.join(self.path, name)

    @property
    def is_ours(self) -> bool:
        """Whether the folder carries our marker."""
        return os.path.isfile(self.within(MARKER))

    def create(self) -> None:
        """Make the folder with its marker. Refused when it holds somebody else's files."""
        try:
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            if not self.is_ours:
                if os.listdir(self.path):
                    raise Refused(
                        f"The state folder {self.path} exists, is not empty and was not made by "
                        "the local AWS. Nothing was changed. Set local_aws_state_dir to an empty "
                        "or new folder."
                    )
                with open(self.within(MARKER), "w", encoding="ascii") as marker:
                    marker.write(
                        "Made by terraglue.aws for its local AWS. 'wipe' deletes this folder.\n"
                    )
            for name in ("services", "s3", "tmp"):
                os.makedirs(self.within(name), exist_ok=True)
        except OSError as error:
            raise Refused(
                f"The state folder {self.path} cannot be made: {error.strerror}."
            ) from error

    def require_ours_or_nothing(self) -> None:
        """Refuse a folder that holds files and lacks our marker."""
        if os.path.isdir(self.path) and not self.is_ours and os.listdir(self.path):
            raise Refused(
                f"The folder {self.path} was not made by the local AWS (it has no {MARKER}), so it "
                "is not deleted. Check local_aws_state_dir."
            )

    def delete(self) -> None:
        """Delete the folder, which must be ours. The marker goes last: a wipe can be repeated."""
        marker = self.within(MARKER)
        for entry in os.scandir(self.path):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.path != marker:
                os.unlink(entry.path)
        os.unlink(marker)
        os.rmdir(self.path)

    @contextmanager
    def command_lock(self, timeout: float) -> Iterator[None]:
        """One command at a time on this folder. Waits up to ``timeout`` seconds."""
        path = self.within("command.lock")
        deadline = time.monotonic() + timeout
        while True:
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            except FileNotFoundError as error:
                raise Refused(
                    f"The state folder {self.path} was wiped meanwhile. Try again."
                ) from error
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # A wipe may have deleted the file between open and lock, which then guards nothing.
                if os.path.exists(path) and os.stat(path).st_ino == os.fstat(handle).st_ino:
                    break
            except BlockingIOError:
                pass
            os.close(handle)
            if time.monotonic() > deadline:
                raise Refused(
                    f"Another command has been working on the local AWS in {self.path} for "
                    f"{timeout:.0f} seconds. Wait for it to end, then try again."
                )
            time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            os.close(handle)

    def hold_as_server(self, facts: dict[str, Any]) -> int:
        """Called by the server: take its lock for its lifetime and note its pid and port."""
        handle = os.open(self.within("server.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(f"A local AWS already runs on the state folder {self.path}.") from error
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps(facts).encode())
        return handle

    def server(self) -> tuple[bool, dict[str, Any]]:
        """(whether a server lives on this folder, the pid and port it noted or {})."""
        try:
            handle = os.open(self.within("server.lock"), os.O_RDWR)
        except OSError:
            return False, {}
        try:
            try:
                facts = json.loads(os.read(handle, 4096) or b"{}")
            except ValueError:
                facts = {}
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True, facts
            return False, facts
        finally:
            os.close(handle)

    def forget_server(self) -> None:
        """Remove the note of a server that has ended."""
        with suppress(FileNotFoundError):
            os.unlink(self.within("server.lock"))

    def keep_log_small(self) -> None:
        """Put a large log aside, in the place of the one before. Called before a start."""
        with suppress(FileNotFoundError):
            if os.path.getsize(self.log) > _LOG_BYTES:
                os.replace(self.log, f"{self.log}.1")

    def last_log_lines(self, offset: int = 0, count: int = 20) -> str:
        """The last lines that the server wrote after ``offset`` bytes of its log."""
        try:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                log.seek(offset)
                return "".join(log.readlines()[-count:]).rstrip()
        except OSError:
            return ""
