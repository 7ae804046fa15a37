# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring pip into an empty virtual environment, from what Python ships and the package index alone.

ansible-test runs a file of this purpose, named after pip's version (``get_pip_24_2.py``), and fetches
it from a host of its own when its cache has none. tools/ansible_test.sh puts this one there.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

version = re.sub(r"\D+", ".", Path(__file__).stem).strip(".")
subprocess.run(
    [sys.executable, "-m", "ensurepip"],
    check=True,
    stdout=subprocess.DEVNULL,
)
subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", f"pip=={version}"], check=True)
