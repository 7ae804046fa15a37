# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of Trino: started by the first query, stopped when it is idle, gone with the server."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import logging
import os
import shutil
import socket
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

from .. import HOST
from ..engines import Say, Unready, jars, java, settings
from ..engines.process import Process
from ..engines.settings import Settings
from ..folder import Refused
from . import configuration

FOLDERS = "sql-engine"
_START_SECONDS = 180.0
_POLL_SECONDS = 0.1
# How often its keeper looks whether it is idle.
_LOOK_SECONDS = 5.0
# Nothing asked for so long: the machine has time for the archive.
_QUIET_SECONDS = 5.0
_LOG_LINES = 15
logger = logging.getLogger("terraglue")


@dataclasses.dataclass(frozen=True)
class _Trino:
    """One Trino that runs."""

    process: Process
    port: int
    folder: Path
    home: Path
    jars: Path
    wanted: Settings

    @property
    def archive(self) -> Path:
        return archive_path(self.wanted, self.home, self.jars)

    @property
    def log(self) -> Path:
        return self.folder / "trino.log"


class Engine:
    """At most one Trino. All of its methods run on the server's event loop."""

    def __init__(self, state_dir: str, endpoint: str) -> None:
        self._state_dir = state_dir
        self._endpoint = endpoint
        self._trino: _Trino | None = None
        self._start: asyncio.Task[_Trino] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._listeners: list[Say] = []
        self._users = 0
        self._last_used = 0.0

    @property
    def _alive(self) -> _Trino | None:
        return None if self._trino is None or self._trino.process.has_ended else self._trino

    @property
    def is_up(self) -> bool:
        """Whether a query would be answered without waiting for a start."""
        return self._alive is not None

    @contextlib.asynccontextmanager
    async def used(self, say: Say) -> AsyncIterator[int]:
        """The port of a Trino that runs as long as the block does. Raises Unready.

        ``say`` is told what is being waited for.
        """
        self._users += 1
        try:
            yield (await self._running(say)).port
        finally:
            self._users -= 1
            self._last_used = time.monotonic()

    def log_tail(self) -> str:
        """The last lines that the present Trino has printed."""
        return _tail(self._trino.log) if self._trino else ""

    async def _running(self, say: Say) -> _Trino:
        if (alive := self._alive) is not None:
            return alive
        if self._start is None:
            self._start = asyncio.create_task(self._begin())
            self._start.add_done_callback(self._begun)
        self._listeners.append(say)
        try:
            # A query that is cancelled while it waits does not end the start for the others.
            return await asyncio.shield(self._start)
        finally:
            self._listeners.remove(say)

    def _begun(self, start: asyncio.Task[_Trino]) -> None:
        self._start = None
        if not start.cancelled():
            start.exception()  # those who wait have it; with nobody left it is no news

    def _say(self, text: str) -> None:
        logger.info("SQL engine: %s", text)
        for listener in self._listeners:
            listener(text)

    async def _begin(self) -> _Trino:
        loop = asyncio.get_running_loop()

        def say(text: str) -> None:
            loop.call_soon_threadsafe(self._say, text)

        try:
            wanted = settings.of(self._state_dir)
        except Refused as refused:
            raise Unready(str(refused)) from refused
        require_memory(wanted.sql_memory_mb, available_mb())
        home, jar_folder = await asyncio.to_thread(_get, wanted, say)
        self._say("Starting the SQL engine")
        trino = await self._launch(wanted, home, jar_folder)
        self._trino = trino
        self._last_used = time.monotonic()
        self._keeper = asyncio.create_task(self._keep(trino))
        return trino

    async def _launch(self, wanted: Settings, home: Path, jar_folder: Path) -> _Trino:
        parent = Path(self._state_dir) / "tmp" / FOLDERS
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=parent))
        port = _free_port()
        _write(folder, configuration.files(port, self._endpoint, wanted.sql_memory_mb), jar_folder)
        process = await Process.start(
            configuration.command(
                home,
                jar_folder,
                folder,
                wanted.sql_memory_mb,
                archive_path(wanted, home, jar_folder),
            ),
            folder=folder,
            work=folder,
            environment=_environment(),
            output=folder / "trino.log",
        )
        trino = _Trino(process, port, folder, home, jar_folder, wanted)
        try:
            await _answer(trino)
        except BaseException:
            await _end(trino)
            raise
        return trino

    async def _keep(self, trino: _Trino) -> None:
        """Stay with a Trino to its end: its own, or that of its use."""
        ended = asyncio.create_task(trino.process.wait())
        try:
            while not ended.done():
                await asyncio.wait({ended}, timeout=_LOOK_SECONDS)
                idle = 0.0 if self._users else time.monotonic() - self._last_used
                if idle > trino.wanted.sql_idle_minutes * 60:
                    break
                if idle > _QUIET_SECONDS and not trino.archive.exists():
                    await _archive(trino)
        finally:
            if self._trino is trino:
                self._trino = None
        if ended.done():
            logger.warning("The SQL engine has ended. Its last lines:\n%s", _tail(trino.log))
        await _end(trino)

    @contextlib.asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """While the block runs there may be a Trino; the settings may want it at once."""
        shutil.rmtree(Path(self._state_dir) / "tmp" / FOLDERS, ignore_errors=True)
        ahead = asyncio.create_task(self._ahead())
        try:
            yield
        finally:
            trino = self._trino
            tasks = [task for task in (ahead, self._start, self._keeper) if task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if trino is not None:
                await _end(trino)

    async def _ahead(self) -> None:
        try:
            if settings.of(self._state_dir).sql_ahead:
                async with self.used(lambda text: None):
                    pass
        except (Refused, Unready) as error:
            logger.warning("The SQL engine is not there ahead of the first query: %s", error)


# --- parts --------------------------------------------------------------------------------------


def require_memory(wanted_mb: int, free_mb: int | None) -> None:
    """Raise Unready when the engine would not come up, or would push the machine to its end."""
    if wanted_mb < configuration.LEAST_MB:
        raise Unready(
            f"local_aws_sql_memory_mb is {wanted_mb}; the SQL engine needs"
            f" {configuration.LEAST_MB} or more."
        )
    needed = wanted_mb + configuration.BESIDES_MB
    if free_mb is not None and free_mb < needed:
        raise Unready(
            f"The SQL engine needs {needed} MB of memory ({wanted_mb} of them for its data), but only"
            f" {free_mb} MB are free. End other programs, or set local_aws_sql_memory_mb to a lower"
            f" number ({configuration.LEAST_MB} is the least)."
        )


def available_mb() -> int | None:
    """The memory that a new process can have without pushing others out; None where unknown."""
    found = []
    with contextlib.suppress(OSError, ValueError, StopIteration):
        with open("/proc/meminfo", encoding="ascii") as lines:
            line = next(one for one in lines if one.startswith("MemAvailable:"))
        found.append(int(line.split()[1]) // 1024)
    # A container's own limit; without one the file says "max", which is no number.
    with contextlib.suppress(OSError, ValueError):
        limit, used = (
            int(Path("/sys/fs/cgroup", name).read_text(encoding="ascii"))
            for name in ("memory.max", "memory.current")
        )
        found.append((limit - used) // (1024 * 1024))
    return min(found, default=None)


def _get(wanted: Settings, say: Say) -> tuple[Path, Path]:
    """(Java's home, folder of jars). Blocks for as long as they take to be had."""
    return java.java_home(wanted, say), jars.jars("trino", wanted, say)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _write(folder: Path, files: dict[str, str], jar_folder: Path) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "tmp").mkdir()
    (folder / "plugin").symlink_to(jar_folder / "plugin")


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def _is_ready(port: int) -> bool:
    # Not by the environment's proxy.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{port}/v1/info", timeout=5) as answer:
            return b'"starting":false' in answer.read()
    except OSError:
        return False


async def _answer(trino: _Trino) -> None:
    """Wait until it answers. Raises Unready when it does not."""
    deadline = time.monotonic() + _START_SECONDS
    while not await asyncio.to_thread(_is_ready, trino.port):
        if trino.process.has_ended:
            raise Unready(f"The SQL engine did not start. Its last lines:\n{_tail(trino.log)}")
        if time.monotonic() > deadline:
            raise Unready(
                f"The SQL engine did not answer within {_START_SECONDS:.0f} seconds. Its last"
                f" lines:\n{_tail(trino.log)}"
            )
        await asyncio.sleep(_POLL_SECONDS)


def _tail(log: Path) -> str:
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-_LOG_LINES:])


async def _end(trino: _Trino) -> None:
    await trino.process.end(grace=0)  # it has nothing to lose
    await asyncio.to_thread(shutil.rmtree, trino.folder, ignore_errors=True)


def archive_path(wanted: Settings, home: Path, jar_folder: Path) -> Path:
    """Where the archive of classes lies: it holds for one Java and one list of jars."""
    try:
        release = (home / "release").read_bytes()
    except OSError:
        release = b""
    text = release + f"{home} {jar_folder}".encode()
    return Path(wanted.cache) / "cds" / f"trino-{hashlib.sha256(text).hexdigest()[:12]}.jsa"


async def _archive(trino: _Trino) -> None:
    """Make the archive with which the next start is quicker, at the lowest priority.

    Without it all works as well, so trouble is only noted.
    """
    made = trino.folder / "classes.jsa"
    command = configuration.archiving(
        trino.home, trino.jars, trino.folder, trino.wanted.sql_memory_mb, made
    )
    process = await Process.start(
        ["/usr/bin/env", "nice", "-n", "19", *command],
        folder=trino.folder,
        work=trino.folder,
        environment=_environment(),
        output=trino.folder / "archive.log",
    )
    try:
        code = await process.wait()
    finally:
        await process.end(grace=0)
    try:
        trino.archive.parent.mkdir(parents=True, exist_ok=True)
        if code == 0 and made.exists():
            await asyncio.to_thread(_keep_archive, made, trino.archive)
        else:
            trino.archive.touch()  # not tried again; Java ignores what is no archive
            logger.warning("No archive of classes:\n%s", _tail(trino.folder / "archive.log"))
    except OSError as error:
        logger.warning("The archive of classes is not kept: %s", error)


def _keep_archive(made: Path, place: Path) -> None:
    """Put it into the cache whole, and take older ones away."""
    half = place.with_suffix(".half")
    shutil.move(str(made), str(half))
    for old in place.parent.glob("trino-*.jsa"):
        old.unlink(missing_ok=True)
    os.replace(half, place)
