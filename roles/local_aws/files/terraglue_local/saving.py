# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saving while the server runs.

MiniStack writes its state when it is asked to stop, so a power cut, an out-of-memory kill or
kill -9 would lose everything but the objects. Here the services that our layer knows are also saved
about a second after a change, each into the file that MiniStack reads at its start.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType

from ministack.core import persistence

logger = logging.getLogger("terraglue")

_DELAY_SECONDS = 1.0
# A large catalog takes long to write: saving may not take more than a tenth of the server's time.
_REST_PER_WORK = 9.0


def _snapshot(module: ModuleType) -> tuple[str, str]:
    """(path, content) of a service's state file, taken on the event loop so that nothing moves."""
    name = module.__name__.rpartition(".")[2]
    content = {
        "__ministack_format__": persistence._state_format_version(name),
        "payload": module.get_state(),
    }
    text = json.dumps(content, default=persistence._json_default)
    return os.path.join(persistence.STATE_DIR, f"{name}.json"), text


def _write(path: str, text: str) -> None:
    beside = f"{path}.new"
    with open(beside, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(beside, path)


class Saver:
    """Collects the services that changed and saves them a little later."""

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._wake = asyncio.Event()

    def changed(self, module_name: str) -> None:
        """Note that a service changed. Called on the event loop."""
        self._changed.add(module_name)
        self._wake.set()

    async def _save(self) -> None:
        names, self._changed = self._changed, set()
        for name in sorted(names):
            try:
                path, text = _snapshot(sys.modules[f"ministack.services.{name}"])
                await asyncio.to_thread(_write, path, text)
            except Exception:
                # A request that runs in a thread may change the state under the snapshot: the
                # next round takes it. A full disk must not end the server either.
                logger.warning("The state of %s could not be saved yet.", name, exc_info=True)
                self._changed.add(name)

    async def _keep_saving(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(_DELAY_SECONDS)
            began = time.monotonic()
            await self._save()
            await asyncio.sleep((time.monotonic() - began) * _REST_PER_WORK)
            if self._changed:
                self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Save in the background while the block runs. At the end MiniStack saves itself."""
        task = asyncio.create_task(self._keep_saving())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
