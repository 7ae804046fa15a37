# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the setup step leaves alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SETUP = Path(__file__).resolve().parents[2] / "tools" / "setup.sh"


@pytest.mark.parametrize(("what", "folder"), [("run", ".venv"), ("clients", ".venv-clients")])
def test_a_linked_environment_is_not_emptied(what: str, folder: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "bin").mkdir(parents=True)
    # It works, and was made for another place: the one case in which it would be made anew.
    (other / "bin" / "python").symlink_to(sys.executable)
    (other / "setup-place").write_text("/somewhere/else\n")
    clone = tmp_path / "clone"
    (clone / "tools").mkdir(parents=True)
    shutil.copy(SETUP, clone / "tools")
    for name in ("", "-collections", "-clients"):
        (clone / f"requirements{name}.txt").touch()
    (clone / folder).symlink_to(other)

    done = subprocess.run(
        ["sh", str(clone / "tools" / "setup.sh"), what],
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"{folder} is a link to {other}" in done.stderr
    assert sorted(path.name for path in other.iterdir()) == ["bin", "setup-place"]
    assert (other / "bin" / "python").exists()
