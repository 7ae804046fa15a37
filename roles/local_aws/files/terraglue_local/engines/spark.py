# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PySpark, the version of Glue 5.0."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from . import Say, packages
from .settings import Settings


def pyspark(settings: Settings, say: Say) -> Path:
    """The folder, for PYTHONPATH, with pyspark: this interpreter's own when it is that version."""
    wanted = packages.PYSPARK[0].partition("==")[2]
    try:
        installed = metadata.distribution("pyspark")
    except metadata.PackageNotFoundError:
        pass
    else:
        if installed.version == wanted:
            return Path(str(installed.locate_file("")))
    return packages.folder(f"pyspark-{wanted}", packages.PYSPARK, settings, say)
