# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""meta/runtime.yml: what it says of all modules holds for all of them."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


RUNTIME = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))


def test_the_action_group_holds_all_modules_that_take_the_aws_options() -> None:
    """So that one ``module_defaults: group/terraglue.aws.aws`` reaches them."""
    group = RUNTIME["action_groups"]["aws"]
    takes_options = {
        path.stem
        for path in (ROOT / "plugins/modules").glob("*.py")
        if "amazon.aws.common.modules" in path.read_text(encoding="utf-8")
    }
    assert {name for name in group if isinstance(name, str)} == takes_options
    assert {"metadata": {"extend_group": ["amazon.aws.aws"]}} in group


def test_every_module_runs_behind_an_action_of_ours() -> None:
    """Of its own name, or by the routing to the one that runs modules in forks."""
    routed = RUNTIME["plugin_routing"]["modules"]
    assert {route["action_plugin"] for route in routed.values()} == {"terraglue.aws.forked_module"}
    own = {path.stem for path in (ROOT / "plugins/action").glob("*.py")} - {"forked_module"}
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    assert sorted(modules) == sorted([*routed, *own])
