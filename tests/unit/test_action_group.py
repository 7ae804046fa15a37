# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One ``module_defaults: group/terraglue.aws.aws`` reaches every module that takes the AWS options."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def test_the_action_group_holds_all_modules_that_take_the_aws_options() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    group = runtime["action_groups"]["aws"]
    takes_options = {
        path.stem
        for path in (ROOT / "plugins/modules").glob("*.py")
        if "amazon.aws.common.modules" in path.read_text(encoding="utf-8")
    }
    assert {name for name in group if isinstance(name, str)} == takes_options
    assert {"metadata": {"extend_group": ["amazon.aws.aws"]}} in group
