# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpack one collection out of the wheel of the ``ansible`` package.

unpack_collection.py WHEEL NAMESPACE/NAME ANSIBLE_COLLECTIONS_FOLDER
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import zipfile
from pathlib import Path


def unpack(wheel: Path, collection: str, root: Path) -> None:
    """Replace ``root/collection``; whole or not at all, so that a stopped setup leaves no half one."""
    inside = f"ansible_collections/{collection}/"
    target = root / collection
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as scratch, zipfile.ZipFile(wheel) as archive:
        members = [name for name in archive.namelist() if name.startswith(inside)]
        if not members:
            raise SystemExit(f"setup: {wheel.name} holds no collection {collection}.")
        archive.extractall(scratch, members)
        if target.exists():
            shutil.rmtree(target)
        (Path(scratch) / inside).rename(target)


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
