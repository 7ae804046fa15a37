# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of AWS that know nothing of the local AWS, unchanged against it.

They want other releases of what the checks stand on, so they have a Python of their own: each file
of the folder ``clients`` is a run of pytest there.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from .conftest import ROOT, SYSTEM, LocalAws

CHECKS = sorted((SYSTEM / "clients").glob("check_*.py"))


@pytest.fixture(scope="module")
def python() -> Path:
    """The clients' Python, which is set up when it is first needed."""
    setup = ROOT / "tools" / "setup.sh"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    with setup.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [str(setup), "clients"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / ".venv-clients" / "bin" / "python"


@pytest.mark.parametrize("file", CHECKS, ids=[path.stem.removeprefix("check_") for path in CHECKS])
def test_client(local_aws: LocalAws, python: Path, file: Path) -> None:
    done = subprocess.run(
        [
            *(str(python), "-m", "pytest", str(file)),
            # Nothing of the collection's own settings; pytest would look for them in the folders above.
            *("-c", os.devnull, "--rootdir", str(file.parent), "--confcutdir", str(file.parent)),
            *("-o", "python_files=check_*.py", "-o", "python_functions=check_*"),
            *("-p", "no:cacheprovider", "-q", "--tb=short", "--durations=5", "--disable-warnings"),
        ],
        cwd=local_aws.folder,
        env={**local_aws.client_environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
