# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules in forks of the controller answer what they answer in the ordinary way."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .conftest import LocalAws, Run

# Something of each role that is as it is not wanted.
CHANGED = {
    "terraglue_tags": {"cost-center": "42"},
    "glue_number_of_workers": 3,
    "glue_trigger_schedule": "cron(0 3 * * ? *)",
    "catalog_column_types": "infer",
    "catalog_workgroup_description": "another",
}
CASES: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    "changes_nothing": ("site.yml", (), {}),
    "would_change": ("site.yml", ("--check", "--diff"), CHANGED),
    "would_remove": ("teardown.yml", ("--check", "--diff"), {}),
    "shows": ("status.yml", (), {}),
    "fails": ("site.yml", (), {"storage_existing_buckets": {"sor": "there-is-none"}}),
}


@pytest.fixture(scope="module")
def deployed(local_aws: LocalAws) -> LocalAws:
    local_aws.play("site.yml").ok()
    return local_aws


def played(aws: LocalAws, forks: bool, case: str) -> Run:
    playbook, options, variables = CASES[case]
    return aws.play(
        playbook,
        "-vvv",
        *options,
        environment={"RECORD_RESULTS": "1"},
        terraglue_forked_modules=forks,
        **variables,
    )


def ways(run: Run) -> set[str]:
    return set(re.findall(r"terraglue\.aws\.\w+ runs (.*)", run.output))


@pytest.mark.parametrize("case", CASES)
def test_both_ways_give_the_same(deployed: LocalAws, case: str) -> None:
    forked, ordinary = played(deployed, True, case), played(deployed, False, case)
    assert ways(forked) == {"in a fork of the controller"}
    assert ways(ordinary) == {"in the ordinary way, because terraglue_forked_modules is false"}
    # That Ansible packs a module shows in what it would run, and for amazon.aws's it does.
    assert "AnsiballZ_s3_buckets_plan" not in forked.output
    assert (forked.code != 0, ordinary.code != 0) == (case == "fails",) * 2, forked.output
    assert [task["task"] for task in forked.tasks] == [task["task"] for task in ordinary.tasks]
    for one, other in zip(forked.tasks, ordinary.tasks):
        assert settled(one) == settled(other)


def settled(value: Any) -> Any:
    """A result without what differs between any two runs, and may."""
    if isinstance(value, dict):
        left_out = ("start", "end", "delta", "terraglue_forked_modules")
        return {name: settled(item) for name, item in value.items() if name not in left_out}
    if isinstance(value, list):
        return [settled(item) for item in value]
    return value
