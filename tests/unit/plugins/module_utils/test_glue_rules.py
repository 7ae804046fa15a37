# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import glue_rules as rules

FINE: list[tuple[Any, ...]] = [
    (rules.check_name, "gluejob-sot-ecommerce-br"),
    (rules.check_name, "zweiundvierzig Wörter\t𝄞"),
    (rules.check_name, "x" * 255),
    (rules.check_glue_version, "5.0"),
    (rules.check_glue_version, "3.0"),
    (rules.check_glue_version, "5.1"),
    (rules.check_worker_type, "G.1X"),
    (rules.check_worker_type, "G.4X", "3.0"),
    (rules.check_worker_type, "G.025X", "5.0", "gluestreaming"),
    (rules.check_worker_type, "Z.2X", "4.0", "glueray"),
    (rules.check_number_of_workers, 2, "G.1X"),
    (rules.check_number_of_workers, 1, "Standard"),
    (rules.check_timeout, 1),
    (rules.check_timeout, 10080),
]
WRONG: list[tuple[str, Any, tuple[Any, ...]]] = [
    ("1 to 255", rules.check_name, ("",)),
    ("1 to 255", rules.check_name, ("x" * 256,)),
    ("line breaks", rules.check_name, ("a\nb",)),
    ("no Glue version", rules.check_glue_version, ("5",)),
    ("no Glue version", rules.check_glue_version, ("latest",)),
    ("end of life", rules.check_glue_version, ("2.0",)),
    ("no worker type", rules.check_worker_type, ("G1.X",)),
    ("do not run glueetl", rules.check_worker_type, ("G.025X",)),
    ("use one of Z.2X", rules.check_worker_type, ("G.1X", "4.0", "glueray")),
    ("takes no workers", rules.check_worker_type, ("G.1X", "3.0", "pythonshell")),
    ("Glue 4.0 or later, not 3.0", rules.check_worker_type, ("R.1X", "3.0")),
    ("at least 2", rules.check_number_of_workers, (1, "G.1X")),
    ("at least 1", rules.check_number_of_workers, (0, "Standard")),
    ("1 to 10080", rules.check_timeout, (0,)),
    ("1 to 10080", rules.check_timeout, (10081,)),
]


@pytest.mark.parametrize("call", FINE)
def test_what_glue_takes(call: tuple[Any, ...]) -> None:
    check, *values = call
    assert check(*values) is None


@pytest.mark.parametrize("words, check, values", WRONG)
def test_what_glue_refuses(words: str, check: Any, values: tuple[Any, ...]) -> None:
    assert words in check(*values)
