# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans say whose things are, name all strangers at once, and speak for skipped tasks."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import plan as subject
from ansible_collections.terraglue.aws.plugins.module_utils.errors import NotOurs, TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.session import Caller

WHO = Caller("123456789012", "eu-west-1", "aws", "arn:aws:iam::123456789012:user/a")
OURS = {"terraglue:owner": "shop"}


class Module:
    """As much of a module as a plan's end needs."""

    def __init__(self, check_mode: bool) -> None:
        self.check_mode = check_mode
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def test_variables_may_speak_of_built_in_placeholders_but_not_replace_them() -> None:
    variables = {"raw": "<prefix>-raw-<account_id>", "region": "mars", "days": 7}
    values = subject.stands_for(WHO, {"prefix": "shop", "variables": variables})
    assert values == {
        "raw": "shop-raw-123456789012",
        "days": "7",
        "account_id": "123456789012",
        "region": "eu-west-1",
        "partition": "aws",
        "prefix": "shop",
    }


def test_without_a_prefix_its_placeholder_is_unknown() -> None:
    with pytest.raises(TerraglueError, match="Unknown placeholder <prefix>"):
        subject.stands_for(WHO, {"prefix": None, "variables": {"a": "<prefix>"}})


def ownership(owner: str | None, *adopt: str) -> subject.Ownership:
    params = {"owner": owner, "adopt": adopt}
    return subject.Ownership.of(params, "things_adopt", {"prefix": "shop"})


def test_all_strangers_are_named_at_once() -> None:
    found = [
        subject.Found("bucket", "a", {}),
        subject.Found("bucket", "b", OURS),
        subject.Found("bucket", "c", {"terraglue:owner": "other"}),
        subject.Found("bucket", "shop-d", {}),
    ]
    with pytest.raises(NotOurs) as caught:
        ownership("shop", "<prefix>-d").require(found)
    text = str(caught.value)
    assert "bucket a exists and carries no owner" in text
    assert "bucket c exists and belongs to the environment 'other'" in text
    assert "their names to things_adopt" in text
    assert [item["name"] for item in caught.value.details["not_ours"]] == ["a", "c"]


def test_without_an_owner_nobody_asks() -> None:
    ownership(None).require([subject.Found("bucket", "a", {})])
    assert ownership(None).removable(subject.Found("bucket", "a", {}), [])


def test_a_removal_passes_by_strangers_even_if_they_might_be_adopted() -> None:
    left: list[dict[str, str]] = []
    assert ownership("shop").removable(subject.Found("bucket", "b", OURS), left)
    assert not ownership("shop", "a").removable(subject.Found("bucket", "a", {}), left)
    assert [item["name"] for item in left] == ["a"]
    assert left[0]["reason"].endswith("It was not removed.")


@pytest.mark.parametrize(
    ("current", "wanted", "purge", "expected"),
    [
        ({"a": "1"}, {"a": "1"}, False, ({}, {})),
        ({"a": "1", "x": "y"}, {"a": "2"}, False, ({"a": "1"}, {"a": "2"})),
        ({}, {"a": "2"}, False, ({}, {"a": "2"})),
        ({"a": "1", "x": "y"}, {"a": "1"}, True, ({"x": "y"}, {})),
        ({"aws:stack": "s"}, {}, True, ({}, {})),
    ],
)
def test_tags_that_differ(current: Any, wanted: Any, purge: bool, expected: Any) -> None:
    assert subject.tag_drift(current, wanted, purge) == expected


@pytest.mark.parametrize(
    ("check", "diff", "changed"), [(True, [{}], True), (True, [], False), (False, [{}], False)]
)
def test_only_check_mode_speaks_for_the_tasks_that_follow(
    check: bool, diff: list, changed: bool
) -> None:
    module = Module(check)
    result = subject.conclude(module, WHO, diff, left=[{"name": "a", "reason": "why"}], more=1)
    assert result["changed"] is changed
    assert ("diff" in result) is check
    assert (result["account_id"], result["partition"], result["more"]) == (WHO.account, "aws", 1)
    assert module.warnings == ["why"]
