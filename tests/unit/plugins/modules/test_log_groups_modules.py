# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules log_groups_plan and log_groups_kms against log groups in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from ansible_collections.terraglue.aws.plugins.modules import log_groups_kms, log_groups_plan
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    REGION,
    ApiCalls,
    ModuleFailed,
    run_module,
)

pytestmark = pytest.mark.usefixtures("aws", "no_pauses")

OUT, ERR = "/shop/nightly/output", "/shop/nightly/error"
KEY, OTHER = (f"arn:aws:kms:us-east-1:123456789012:key/{digit * 8}" for digit in "12")
TAGS = {"terraglue:owner": "shop", "ManagedBy": "terraglue.aws"}


@pytest.fixture
def logs(api_calls: ApiCalls) -> Any:
    return boto3.client("logs", REGION)


def plan(check: bool = False, **options: Any) -> dict[str, Any]:
    args = {
        "names": ["/<prefix>/nightly/output", "/<prefix>/nightly/error"],
        "retention_days": 365,
        "kms_key_arn": KEY,
        "prefix": "shop",
        "owner": "shop",
        **options,
    }
    return run_module(log_groups_plan, args, check)


@pytest.fixture
def made(logs: Any, api_calls: ApiCalls) -> None:
    """Both log groups as they should be, and one whose name begins like theirs."""
    for name in (OUT, ERR):
        logs.create_log_group(logGroupName=name, kmsKeyId=KEY, tags=TAGS)
        logs.put_retention_policy(logGroupName=name, retentionInDays=365)
    logs.create_log_group(logGroupName=OUT + "-of-someone")
    api_calls.clear()


def group_arn(name: str) -> str:
    return f"arn:aws:logs:us-east-1:123456789012:log-group:{name}"


def untag(logs: Any, name: str, *tags: str) -> None:
    logs.untag_resource(resourceArn=group_arn(name), tagKeys=list(tags))


def test_nothing_there_in_check_mode_lists_every_group(logs: Any, api_calls: ApiCalls) -> None:
    result = plan(check=True)
    assert result["changed"] is True
    assert result["names"] == [OUT, ERR]
    assert result["arns"][OUT] == group_arn(OUT)
    item = result["to_change"][0]
    assert item == {
        "name": OUT,
        "create": True,
        "changes": ["create"],
        "retention": 365,
        "kms_key_arn": KEY,
        "tags": TAGS,
    }
    assert result["kms_to_change"] == []
    assert len(result["diff"]) == 2
    assert api_calls.changing() == []


@pytest.mark.parametrize("check", [True, False])
def test_what_is_as_wanted_needs_nothing(made: None, check: bool) -> None:
    result = plan(check)
    assert result["changed"] is False
    assert (result["to_change"], result["kms_to_change"], result["to_remove"]) == ([], [], [])


def test_a_group_with_nothing_to_set_is_made_all_the_same(logs: Any) -> None:
    result = plan(check=True, owner=None, retention_days=None, kms_key_arn=None)
    assert [item["create"] for item in result["to_change"]] == [True, True]
    assert result["changed"] is True


def test_a_group_with_a_longer_name_is_another_group(logs: Any) -> None:
    logs.create_log_group(logGroupName=OUT + "-of-someone")
    assert [item["create"] for item in plan()["to_change"]] == [True, True]


DRIFTS: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "kept for a week": (
        lambda logs: logs.put_retention_policy(logGroupName=OUT, retentionInDays=7),
        ["retention days"],
    ),
    "kept for ever": (
        lambda logs: logs.delete_retention_policy(logGroupName=OUT),
        ["retention days"],
    ),
    "a tag removed": (lambda logs: untag(logs, OUT, "ManagedBy"), ["tags"]),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_each_drift_is_named_and_nothing_else(made: None, logs: Any, drift: str) -> None:
    change, words = DRIFTS[drift]
    change(logs)
    result = plan(check=True)
    assert [(item["name"], item["create"], item["changes"]) for item in result["to_change"]] == [
        (OUT, False, words)
    ]
    assert result["kms_to_change"] == []
    assert result["changed"] is True


def test_another_key_is_for_the_module_that_can_change_it(made: None) -> None:
    result = plan(check=True, kms_key_arn=OTHER)
    assert (result["to_change"], result["kms_to_change"]) == ([], [OUT, ERR])
    assert result["diff"][0]["before"] == {"kms_key_arn": KEY}
    assert result["diff"][0]["after"] == {"kms_key_arn": OTHER}
    assert plan(kms_key_arn=None)["kms_to_change"] == [OUT, ERR]


def test_key_and_retention_at_once(made: None) -> None:
    result = plan(kms_key_arn=OTHER, retention_days=400)
    assert [item["name"] for item in result["to_change"]] == result["kms_to_change"] == [OUT, ERR]


def test_strangers_stop_the_plan_all_at_once(made: None, logs: Any) -> None:
    untag(logs, OUT, "terraglue:owner")
    untag(logs, ERR, "terraglue:owner")
    with pytest.raises(ModuleFailed) as caught:
        plan()
    said = caught.value.result["msg"]
    assert OUT in said
    assert ERR in said
    assert "glue_adopt" in said


def test_what_is_adopted_gets_our_tags(made: None, logs: Any) -> None:
    untag(logs, OUT, "terraglue:owner")
    assert plan(adopt=[OUT])["to_change"][0]["changes"] == ["tags"]


@pytest.mark.parametrize("check", [True, False])
def test_absent_lists_what_is_ours(made: None, logs: Any, check: bool) -> None:
    untag(logs, ERR, "terraglue:owner")
    result = plan(check, state="absent")
    assert result["changed"] is check
    assert result["to_remove"] == [{"name": OUT}]
    assert [item["name"] for item in result["left_alone"]] == [ERR]


def test_absent_takes_late_groups_too_but_not_those_of_another_owner(made: None, logs: Any) -> None:
    logs.create_log_group(logGroupName="/shop/nightly/late")
    logs.create_log_group(logGroupName="/shop/nightly/other", tags={"terraglue:owner": "other"})
    logs.create_log_group(logGroupName="/shop/daily")
    result = plan(state="absent", late_prefixes=["/<prefix>/nightly/", "/shop/nightly"])
    assert [item["name"] for item in result["to_remove"]] == [
        OUT,
        ERR,
        "/shop/nightly/late",
        OUT + "-of-someone",
    ]
    assert [item["name"] for item in result["left_alone"]] == ["/shop/nightly/other"]


def test_absent_of_nothing_is_nothing(logs: Any) -> None:
    result = plan(check=True, state="absent", late_prefixes=["/shop/"])
    assert (result["changed"], result["to_remove"]) == (False, [])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"names": ["a b", "ok", ""]}, "'a b'.*''"),
        ({"late_prefixes": ["/aws-glue/jobs/"]}, "everyone in the account"),
        ({"retention_days": 1096}, "must be one of"),
        ({"names": ["<nobody>"]}, "Unknown placeholder <nobody>"),
    ],
)
def test_bad_options_are_told_before_any_group_is_asked(
    api_calls: ApiCalls, options: Any, said: str
) -> None:
    with pytest.raises(ModuleFailed, match=said):
        plan(**options)
    assert "DescribeLogGroups" not in api_calls.names()


# log_groups_kms ------------------------------------------------------------------------------


class Keys:
    """The keys of log groups, for AWS calls that moto does not know."""

    def __init__(self, api_calls: ApiCalls, **keys: str | None) -> None:
        self.of = {f"/{name}": key for name, key in keys.items()}
        api_calls.answer("DescribeLogGroups", self.describe, 1000)
        api_calls.answer("AssociateKmsKey", self.associate, 1000)
        api_calls.answer("DisassociateKmsKey", self.disassociate, 1000)

    def describe(self, parameters: dict[str, Any]) -> dict[str, Any]:
        below = [
            name for name in sorted(self.of) if name.startswith(parameters["logGroupNamePrefix"])
        ]
        return {
            "logGroups": [
                {"logGroupName": name, **({"kmsKeyId": self.of[name]} if self.of[name] else {})}
                for name in below
            ]
        }

    def associate(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self.of[parameters["logGroupName"]] = parameters["kmsKeyId"]
        return {}

    def disassociate(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self.of[parameters["logGroupName"]] = None
        return {}


def tie(check: bool = False, **options: Any) -> dict[str, Any]:
    return run_module(log_groups_kms, {"names": ["/a", "/b", "/c"], **options}, check)


def test_groups_are_tied_to_the_key(api_calls: ApiCalls) -> None:
    keys = Keys(api_calls, a=None, b=KEY, c=OTHER, ab=None)
    predicted = tie(check=True, kms_key_arn=KEY)
    assert keys.of == {"/a": None, "/b": KEY, "/c": OTHER, "/ab": None}
    done = tie(kms_key_arn=KEY)
    assert predicted == done
    assert (done["changed"], done["changed_names"]) == (True, ["/a", "/c"])
    assert done["diff"][1]["before"] == {"kms_key_arn": OTHER}
    assert keys.of == {"/a": KEY, "/b": KEY, "/c": KEY, "/ab": None}
    assert tie(kms_key_arn=KEY)["changed"] is False


def test_groups_are_let_go(api_calls: ApiCalls) -> None:
    keys = Keys(api_calls, a=KEY, b=None, c=KEY)
    assert tie(kms_key_arn="")["changed_names"] == ["/a", "/c"]
    assert keys.of == {"/a": None, "/b": None, "/c": None}
    assert tie()["changed"] is False


def test_a_missing_group_is_told_before_any_is_tied(api_calls: ApiCalls) -> None:
    Keys(api_calls, a=None, b=None, c_longer=None)
    assert tie(check=True, kms_key_arn=KEY)["changed_names"] == ["/a", "/b"]
    with pytest.raises(ModuleFailed, match="There is no log group /c"):
        tie(kms_key_arn=KEY)
    assert "AssociateKmsKey" not in api_calls.names()


def test_a_refused_key_is_told_in_words(api_calls: ApiCalls) -> None:
    Keys(api_calls, a=None, b=KEY, c=KEY)
    api_calls._answers.pop("AssociateKmsKey")
    api_calls.fail("AssociateKmsKey", "InvalidParameterException", "The key is not allowed")
    with pytest.raises(ModuleFailed, match="logs:AssociateKmsKey on log group /a failed: The key"):
        tie(kms_key_arn=KEY)
