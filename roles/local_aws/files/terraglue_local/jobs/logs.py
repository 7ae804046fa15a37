# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's lines, shipped to CloudWatch Logs of this server while the run goes."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from ..dispatch import Refusal, ask, changed

_EVERY_SECONDS = 0.5
_MOST_AT_ONCE = 10_000  # events of one PutLogEvents
_LONGEST = 256 * 1024 - 26  # bytes of one event, its overhead taken off
_CHUNK = 4 << 20
_TAIL = 64 * 1024


class Stream:
    """One log stream, made when its first line comes."""

    def __init__(self, group: str, name: str, kms_key: str) -> None:
        self._group = group
        self._name = name
        self._kms_key = kms_key
        self._made = False

    async def _make(self) -> None:
        group = {"logGroupName": self._group}
        with suppress(Refusal):  # it exists
            await ask("logs", "CreateLogGroup", group)
        if self._kms_key:
            # As Glue does, whose role needs logs:AssociateKmsKey for it.
            with suppress(Refusal):
                await ask("logs", "AssociateKmsKey", {**group, "kmsKeyId": self._kms_key})
        with suppress(Refusal):
            await ask(
                "logs",
                "CreateLogStream",
                {"logGroupName": self._group, "logStreamName": self._name},
            )
        self._made = True

    async def put(self, lines: list[str]) -> None:
        """Append lines; an event cannot be empty."""
        lines = [line for line in lines if line]
        if not lines:
            return
        if not self._made:
            await self._make()
        now = int(time.time() * 1000)
        for start in range(0, len(lines), _MOST_AT_ONCE):
            events = [
                {"timestamp": now, "message": line} for line in lines[start : start + _MOST_AT_ONCE]
            ]
            await ask(
                "logs",
                "PutLogEvents",
                {"logGroupName": self._group, "logStreamName": self._name, "logEvents": events},
            )
        changed("cloudwatch_logs")


class Tail:
    """Follows a file and ships what is new in it, line by line."""

    def __init__(self, path: Path, stream: Stream) -> None:
        self._path = path
        self._stream = stream
        self._position = 0
        self._rest = b""
        self._over = asyncio.Event()
        self.last = ""

    async def _ship(self, final: bool) -> bool:
        """Ship one piece. Whether there may be more."""
        with suppress(FileNotFoundError), open(self._path, "rb") as file:
            file.seek(self._position)
            piece = file.read(_CHUNK)
            self._position += len(piece)
            *whole, self._rest = (self._rest + piece).split(b"\n")
            if (final and len(piece) < _CHUNK) or len(self._rest) > _LONGEST:
                whole, self._rest = [*whole, self._rest], b""
            if whole:
                lines = [line[:_LONGEST].decode("utf-8", "replace").rstrip("\r") for line in whole]
                self.last = (self.last + "\n".join(lines) + "\n")[-_TAIL:]
                await self._stream.put(lines)
            return len(piece) == _CHUNK
        return False

    async def follow(self) -> None:
        """Ship until ``finish``, and then what is left. Never cancelled: a line would be lost."""
        while not self._over.is_set():
            if not await self._ship(final=False):
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._over.wait(), _EVERY_SECONDS)
        while await self._ship(final=True):
            pass

    def finish(self) -> None:
        """Nothing more will be written."""
        self._over.set()
