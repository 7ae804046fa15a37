# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, roles and log groups compared, pure."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import iam, kms, log_groups

KEY = kms.Key(
    key_id="k",
    arn="arn:k",
    state="Enabled",
    description="d",
    usage="ENCRYPT_DECRYPT",
    spec="SYMMETRIC_DEFAULT",
    created="2024",
    tags={"a": "1"},
)
POLICY = {"Statement": [{"Sid": "a"}]}
WANTED = kms.Wanted(
    description="d", enabled=True, rotation=True, policy=POLICY, tags={"a": "1"}, purge_tags=False
)


@pytest.mark.parametrize(
    "alias", ["data", "alias/", "alias/aws/s3", "alias/a b", "alias/" + "x" * 251, "Alias/a"]
)
def test_names_that_are_no_alias(alias: str) -> None:
    assert kms.alias_fault(alias)


@pytest.mark.parametrize("alias", ["alias/a", "alias/awsome", "alias/a/b_c-D9"])
def test_names_of_aliases(alias: str) -> None:
    assert kms.alias_fault(alias) is None


def test_the_key_behind_the_alias_comes_first_then_enabled_then_new_ones() -> None:
    pending, disabled, old, new = (
        KEY._replace(arn=arn, state=state, created=created)
        for arn, state, created in (
            ("pending", "PendingDeletion", "9"),
            ("disabled", "Disabled", "9"),
            ("old", "Enabled", "1"),
            ("new", "Enabled", "2"),
        )
    )
    keys = [pending, disabled, old, new]
    assert [key.arn for key in kms.preferred(keys, None)] == ["new", "old", "disabled", "pending"]
    assert kms.preferred(keys, "pending")[0].arn == "pending"


@pytest.mark.parametrize(
    ("key", "rotation", "wanted", "touched"),
    [
        ({}, True, {}, set()),
        ({"state": "Disabled"}, True, {}, {"key_state"}),
        ({"state": "PendingDeletion"}, False, {}, {"key_state"}),
        ({}, True, {"enabled": False}, {"key_state"}),
        ({"state": "Disabled"}, False, {"enabled": False}, set()),
        ({}, False, {}, {"rotation"}),
        ({}, None, {"rotation": None}, set()),
        ({"description": "x"}, True, {}, {"description"}),
        ({"description": "x"}, True, {"description": None}, set()),
        ({"tags": {}}, True, {}, {"tags"}),
        ({"tags": {"a": "1", "b": "2"}}, True, {"purge_tags": True}, {"tags"}),
        ({}, True, {"policy": {"Statement": [{"Sid": "b"}]}}, {"policy"}),
    ],
)
def test_drift_of_a_key(key: Any, rotation: Any, wanted: Any, touched: set[str]) -> None:
    change = kms.key_drift(WANTED._replace(**wanted), KEY._replace(**key), POLICY, rotation)
    assert {*change["before"], *change["after"]} == touched


@pytest.mark.parametrize(
    ("policies", "role", "faults"),
    [
        (["a.b-c_d"], "r", 0),
        (["a b"], "r", 1),
        ([""], None, 1),
        (["x" * 129], "r" * 64, 1),
        ([], "r" * 65, 1),
        (["p/q"], "r/s", 2),
    ],
)
def test_names_of_policies_and_roles(policies: list[str], role: str | None, faults: int) -> None:
    assert len(iam.name_faults(policies, role)) == faults


ROLE = iam.Role(
    name="r",
    arn="arn:r",
    description="d",
    trust=POLICY,
    max_session_duration=3600,
    permissions_boundary=None,
    tags={},
    attached=("a", "b"),
    inline=(),
)
WANTED_ROLE = iam.WantedRole(
    name="r",
    description="d",
    trust=POLICY,
    max_session_duration=3600,
    permissions_boundary=None,
    tags={},
    purge_tags=False,
    attached=("b", "a"),
)


@pytest.mark.parametrize(
    ("found", "wanted", "before", "after"),
    [
        ({}, {}, {}, {}),
        ({"attached": ("a",)}, {}, {"attached_policies": []}, {"attached_policies": ["b"]}),
        (
            {"attached": ("a", "b", "c")},
            {},
            {"attached_policies": ["c"]},
            {"attached_policies": []},
        ),
        ({"inline": ("i",)}, {}, {"inline_policies": ["i"]}, {"inline_policies": []}),
        ({"description": "x"}, {"description": None}, {}, {}),
        ({"permissions_boundary": "arn:b"}, {}, {}, {}),
        (
            {},
            {"permissions_boundary": "arn:b"},
            {},
            {"permissions_boundary": "arn:b"},
        ),
        (
            {"max_session_duration": 7200},
            {},
            {"max_session_duration": 7200},
            {"max_session_duration": 3600},
        ),
    ],
)
def test_drift_of_a_role(found: Any, wanted: Any, before: Any, after: Any) -> None:
    change = iam.role_changes(ROLE._replace(**found), WANTED_ROLE._replace(**wanted))
    assert change == {"before": before, "after": after}


GROUP = log_groups.Group("/a", "arn:a", 365, "arn:key", {"a": "1"})


@pytest.mark.parametrize(
    ("group", "retention", "key", "touched"),
    [
        ({}, 365, "arn:key", set()),
        ({"retention": 7}, 365, "arn:key", {"retention_days"}),
        ({"retention": None}, 365, "arn:key", {"retention_days"}),
        ({"retention": 7}, None, "arn:key", set()),
        ({}, 365, None, {"kms_key_arn"}),
        ({"kms_key_arn": None}, 365, "arn:key", {"kms_key_arn"}),
        ({"kms_key_arn": None}, 365, None, set()),
        ({"tags": {}}, 365, "arn:key", {"tags"}),
    ],
)
def test_drift_of_a_log_group(group: Any, retention: Any, key: Any, touched: set[str]) -> None:
    change = log_groups.group_drift(GROUP._replace(**group), retention, key, {"a": "1"}, False)
    assert {*change["before"], *change["after"]} == touched


@pytest.mark.parametrize("name", ["", "a b", "x" * 513, "/ä"])
def test_names_that_are_no_log_group(name: str) -> None:
    assert log_groups.name_fault(name)


@pytest.mark.parametrize(
    ("prefix", "refused"),
    [
        ("", True),
        ("/", True),
        ("/aws-glue", True),
        ("/aws-glue/jobs/", True),
        ("/aws-glue/jobs/nightly", False),
        ("/shop/", False),
    ],
)
def test_a_prefix_of_everyones_logs_is_refused(prefix: str, refused: bool) -> None:
    assert bool(log_groups.late_prefix_fault(prefix)) is refused
