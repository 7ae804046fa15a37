# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What make hands on as it was typed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "SELECT \"$path\", '$(shell touch /tmp/no)', '$$' FROM t WHERE a = 'it''s' AND b LIKE '100%'",
        "SELECT `a`, \"b c\" -- # no comment\nFROM t WHERE c = 'back\\slash' AND d <> '${HOME}';",
        "",
    ],
)
def test_a_query_is_handed_on_as_it_was_typed(sql: str, tmp_path: Path) -> None:
    playbook = tmp_path / "ansible-playbook"
    playbook.write_text('#!/bin/sh\nprintf "%s|" "$@"\nprintf "%s" "$TERRAGLUE_SQL"\n')
    playbook.chmod(0o755)
    words = ["make", "--silent", "--old-file=setup", "query", f"PLAYBOOK={playbook}"]
    done = subprocess.run(
        [*words, f"SQL={sql}", "ARGS=-e csv=file"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"playbooks/query.yml|-e|csv=file|{sql}"
