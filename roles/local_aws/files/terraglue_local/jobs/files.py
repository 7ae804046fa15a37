# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a script needs beside it: itself, its extra modules, packages for this run only."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from ministack.services import s3

from ..dispatch import changed
from ..engines import Say, Unready, packages
from . import arguments as args
from .errors import Failed, no_script


def _place(address: str) -> tuple[str, str]:
    place = urlsplit(address)
    if place.scheme not in ("s3", "s3a", "s3n") or not place.netloc:
        raise Failed(f"LAUNCH ERROR | {address} is no address in S3: it must read s3://bucket/key.")
    return place.netloc, address.partition("://")[2].partition("/")[2]


def _fetch(address: str, folder: Path) -> Path:
    """Copy one object into a folder under its own name."""
    bucket, key = _place(address)
    content = s3._get_object_data(bucket, key) if bucket in s3._buckets else None
    if content is None or not PurePosixPath(key).name:
        raise no_script(bucket, key)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PurePosixPath(key).name
    path.write_bytes(content)
    return path


def _fetch_folder(address: str, folder: Path) -> None:
    """Copy all objects under a prefix, in their folders."""
    bucket, prefix = _place(address)
    keys = s3._buckets[bucket]["objects"] if bucket in s3._buckets else {}
    found = [key for key in keys if key.startswith(prefix) and not key.endswith("/")]
    if not found:
        raise no_script(bucket, prefix)
    for key in found:
        parts = PurePosixPath(key[len(prefix) :]).parts
        if ".." in parts:
            continue
        _fetch(f"s3://{bucket}/{key}", folder.joinpath(*parts[:-1]))


def script(address: str, folder: Path) -> Path:
    """The job's script, in a folder of its own: that is where Python looks first."""
    return _fetch(address, folder / "script")


def extra_modules(arguments: Mapping[str, str], folder: Path) -> list[str]:
    """``--extra-py-files``: entries for PYTHONPATH. A .py file's folder, an archive itself."""
    entries: list[str] = []
    place = folder / "extra"
    for number, address in enumerate(args.addresses(arguments, "--extra-py-files")):
        if address.endswith("/"):
            _fetch_folder(address, place / str(number))
            entries.append(str(place / str(number)))
        else:
            path = _fetch(address, place)
            entries.append(str(path if path.suffix in (".zip", ".egg", ".whl") else place))
    return list(dict.fromkeys(entries))


def extra_files(arguments: Mapping[str, str], folder: Path) -> None:
    """``--extra-files``: into the script's working folder."""
    for address in args.addresses(arguments, "--extra-files"):
        _fetch(address, folder / "work")


def make_folder(address: str) -> None:
    """The object that stands for a folder: Spark's event log wants its own to be there."""
    bucket, key = _place(address)
    if bucket not in s3._buckets:
        raise Failed(f"LAUNCH ERROR | The bucket {bucket} of {address} does not exist.")
    marker = f"{key.rstrip('/')}/"
    if marker != "/" and s3._get_object_data(bucket, marker) is None:
        s3._put_object(bucket, marker, b"", {"content-length": "0"})
        changed("s3")


async def additional_packages(arguments: Mapping[str, str], folder: Path, say: Say) -> list[str]:
    """``--additional-python-modules``, installed for this run only: entries for PYTHONPATH."""
    wanted = args.addresses(arguments, "--additional-python-modules")
    if not wanted:
        return []
    requirements = [
        str(_fetch(one, folder / "wheels")) if one.startswith("s3") and "://" in one else one
        for one in wanted
    ]
    options = shlex.split(arguments.get("--python-modules-installer-option") or "")
    place = folder / "packages"
    try:
        await asyncio.to_thread(packages.install, (*options, *requirements), place, say)
    except Unready as error:
        raise Failed(f"LAUNCH ERROR | {error}") from error
    return [str(place)]
