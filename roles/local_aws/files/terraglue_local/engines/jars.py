# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jars of an engine: an exact list, each checked against its SHA-256.

Listed whole, so that nothing is resolved: POMs cost minutes and Trino's do not resolve at all. They
come from Maven Central (its address is the library's), from a mirror of it, or from a folder.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import shutil
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from . import Say, Unready, cache
from .settings import Settings

LISTS = Path(__file__).parent / "lists"
_CONNECTIONS = 8
_TIMEOUT = (10, 60)  # seconds to connect, and without a byte
_CHUNK = 1 << 18
_REMEDY = (
    " Without a way to Maven Central, set local_aws_jars_mirror to the address of a mirror of it, or"
    " local_aws_jars_dir to a folder that holds the files."
)


@dataclasses.dataclass(frozen=True)
class Artifact:
    """One line of a list: a file, where it goes, and what is taken out of it if it is an archive."""

    folder: str
    coordinates: str
    sha256: str
    members: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        parts = self.coordinates.split(":")
        return f"{parts[1]}-{parts[-1]}.{parts[2] if len(parts) == 4 else 'jar'}"


def parse(text: str) -> list[Artifact]:
    """The artifacts of a list; the list says what its lines mean."""
    artifacts: list[Artifact] = []
    for line in text.splitlines():
        if line.startswith("  "):
            last = artifacts[-1]
            artifacts[-1] = dataclasses.replace(last, members=(*last.members, line.strip()))
        elif line and not line.startswith("#"):
            folder, coordinates, sha256 = line.split()
            artifacts.append(Artifact(folder, coordinates, sha256))
    return artifacts


def jars(name: str, settings: Settings, say: Say) -> Path:
    """The folder with the jars of ``spark`` or ``trino``."""
    text = (LISTS / f"{name}.txt").read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return cache.folder(
        settings,
        f"jars/{name}-{digest}",
        lambda place: _fill(place, parse(text), settings, say),
    )


def _fill(place: Path, artifacts: list[Artifact], settings: Settings, say: Say) -> None:
    # Beside the folder, so that what was got is kept when the rest fails.
    got = Path(settings.cache) / "downloads"
    got.mkdir(parents=True, exist_ok=True)
    # One file may have its place in two folders.
    once = {one.sha256: one for one in artifacts}
    missing = [one for one in once.values() if not (got / one.sha256).exists()]
    if missing:
        _get_all(missing, got, settings, say)
    for artifact in artifacts:
        _put(got / artifact.sha256, artifact, place / artifact.folder)
    for artifact in artifacts:
        (got / artifact.sha256).unlink(missing_ok=True)


def _get_all(missing: list[Artifact], got: Path, settings: Settings, say: Say) -> None:
    source = settings.jars_dir or settings.jars_mirror or "Maven Central"
    say(f"Getting {len(missing)} files from {source}")
    get = functools.partial(_from_folder if settings.jars_dir else _from_repository, settings)
    parts = max(1, len(missing) // 4)
    lock = threading.Lock()
    done = 0

    def one(artifact: Artifact) -> None:
        nonlocal done
        half = got / f".{artifact.sha256}.{os.getpid()}"
        try:
            with open(half, "wb") as file:
                found = get(artifact, file)
            if found != artifact.sha256:
                raise Unready(
                    f"{artifact.file_name} from {source} is not the file that is wanted: its"
                    f" SHA-256 is {found}, not {artifact.sha256}. It was not used.{_REMEDY}"
                )
            os.replace(half, got / artifact.sha256)
        finally:
            half.unlink(missing_ok=True)
        with lock:
            done += 1
            if done % parts == 0 and done < len(missing):
                say(f"Got {done} of {len(missing)} files")

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        tasks = [pool.submit(one, artifact) for artifact in missing]
        try:
            for task in tasks:
                task.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _from_folder(settings: Settings, artifact: Artifact, file: IO[bytes]) -> str:
    """Copy the file out of the user's folder. Its SHA-256."""
    path = Path(settings.jars_dir).expanduser() / artifact.file_name
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as source:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
    except OSError as error:
        raise Unready(
            f"local_aws_jars_dir is {settings.jars_dir}, but {artifact.file_name}"
            f" ({artifact.coordinates}) cannot be read there: {error.strerror}. Put it there, or leave"
            " the variable empty to get it from Maven Central."
        ) from error
    return digest.hexdigest()


def _from_repository(settings: Settings, artifact: Artifact, file: IO[bytes]) -> str:
    """Download the file. Its SHA-256."""
    # Imported here: a deployment needs neither.
    import requests
    from maven_artifact import Artifact as Coordinates
    from maven_artifact import Downloader

    base = settings.jars_mirror.rstrip("/") or Downloader().resolver.base
    address = Coordinates.parse(artifact.coordinates).uri(base)
    digest = hashlib.sha256()
    try:
        with requests.get(address, stream=True, timeout=_TIMEOUT) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_content(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
    except requests.RequestException as error:
        raise Unready(
            f"{artifact.file_name} could not be had from {settings.jars_mirror or 'Maven Central'}:"
            f" {error}.{_REMEDY}"
        ) from error
    return digest.hexdigest()


def _put(path: Path, artifact: Artifact, folder: Path) -> None:
    """Put the file, or what is wanted of an archive, into the engine's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if not artifact.members:
        shutil.copyfile(path, folder / artifact.file_name)
        return
    with zipfile.ZipFile(path) as archive:
        entries = {os.path.basename(entry.filename): entry for entry in archive.infolist()}
        for name in artifact.members:
            with archive.open(entries[name]) as source, open(folder / name, "wb") as target:
                shutil.copyfileobj(source, target)
