# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's cache: folders that are there whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from . import Unready
from .settings import Settings


def folder(settings: Settings, name: str, fill: Callable[[Path], None]) -> Path:
    """A folder of the cache, filled by ``fill`` when it is not there yet.

    One process fills, others wait for it. It gets its name when it is complete: what an interrupted
    or failed run has left is thrown away by the next.
    """
    place = Path(settings.cache) / name
    if place.is_dir():
        return place
    half = place.with_name(f".{place.name}.half")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(place.with_name(f".{place.name}.lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.is_dir():
                shutil.rmtree(half, ignore_errors=True)
                half.mkdir()
                try:
                    fill(half)
                    os.rename(half, place)
                finally:
                    shutil.rmtree(half, ignore_errors=True)
    except OSError as error:
        raise Unready(
            f"The cache folder {settings.cache} cannot be used: {error.strerror or error}. Make"
            " room or mend it, or set local_aws_cache_dir to another folder."
        ) from error
    return place
