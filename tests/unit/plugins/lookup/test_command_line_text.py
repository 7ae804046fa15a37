# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.terraglue.aws.plugins.lookup.command_line_text import whole_texts


@pytest.mark.parametrize(
    "options, texts, seeming",
    [
        (["sql=SELECT 1 FROM t"], {"sql": "SELECT 1 FROM t"}, {"_raw_params"}),
        (
            ["sql=SELECT a FROM t WHERE csv='x y' AND b = \"c\"", "csv=file"],
            {"sql": "SELECT a FROM t WHERE csv='x y' AND b = \"c\""},
            {"_raw_params", "csv"},
        ),
        # Ansible's own forms are left to Ansible.
        (["sql='SELECT 1 FROM t' csv=file"], {}, set()),
        (['sql="SELECT 1"'], {}, set()),
        (["sql=SELECT", "a=b c=d"], {}, set()),
        (['{"sql": "SELECT 1 FROM t"}', "@file.yml", "[a=b c]"], {}, set()),
        (["sql=SELECT 1", "sql=SELECT 2 FROM t"], {"sql": "SELECT 2 FROM t"}, {"_raw_params"}),
    ],
)
def test_whole_texts(options: list[str], texts: dict[str, str], seeming: set[str]) -> None:
    assert whole_texts(options) == (texts, seeming)
