# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules kms_key_plan and kms_alias against keys in memory, case by case."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.terraglue.aws.plugins.modules import kms_alias, kms_key_plan
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    REGION,
    ApiCalls,
    ModuleFailed,
    run_module,
)

pytestmark = pytest.mark.usefixtures("aws", "no_pauses")

ALIAS = "alias/shop-data"
ROOT = {
    "Sid": "Root",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:<partition>:iam::<account_id>:root"},
    "Action": "kms:*",
    "Resource": "*",
}
TAGS = {"terraglue:owner": "shop", "ManagedBy": "terraglue.aws", "terraglue:alias": ALIAS}


@pytest.fixture
def kms(api_calls: ApiCalls) -> Any:
    return boto3.client("kms", REGION)


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [ROOT]}), encoding="utf-8")
    return path


@pytest.fixture
def plan(policy_file: Path) -> Callable[..., dict[str, Any]]:
    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        args = {
            "alias": "alias/<prefix>-data",
            "policy_file": str(policy_file),
            "description": "Data",
            "prefix": "shop",
            "owner": "shop",
            **options,
        }
        return run_module(kms_key_plan, args, check)

    return run


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": name, "TagValue": value} for name, value in tags.items()]


def new_key(kms: Any, tags: dict[str, str], alias: str | None = None) -> str:
    """A key as the plan wants it but for its tags; its id."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [filled_root()]})
    key = kms.create_key(Tags=tag_list(tags), Description="Data", Policy=policy)["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"])
    if alias:
        kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    return key["KeyId"]


def filled_root() -> dict[str, Any]:
    return {**ROOT, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}


@pytest.fixture
def key(kms: Any, api_calls: ApiCalls) -> str:
    """Our key behind our alias, as it should be."""
    key_id = new_key(kms, TAGS, ALIAS)
    api_calls.clear()
    return key_id


def test_neither_alias_nor_key_means_create(plan: Any, api_calls: ApiCalls) -> None:
    result = plan(check=True)
    assert result["changed"] is True
    assert (result["status"], result["key_id"], result["key_arn"]) == ("absent", None, None)
    item = result["key_to_change"]
    assert (item["alias"], item["key_id"], item["changes"]) == (ALIAS, None, ["create"])
    assert json.loads(item["policy"])["Statement"] == [filled_root()]
    assert item["tags"] == TAGS
    assert (item["enabled"], item["enable_key_rotation"]) == (True, True)
    assert result["alias_to_change"] is None
    assert result["to_change"] == [item]
    assert api_calls.changing() == []


@pytest.mark.parametrize("check", [True, False])
def test_what_is_as_wanted_needs_nothing(plan: Any, key: str, check: bool) -> None:
    result = plan(check)
    assert (result["changed"], result["key_to_change"], result["alias_to_change"]) == (
        False,
        None,
        None,
    )
    assert (result["key_id"], result["status"]) == (key, "enabled")


def test_outside_check_mode_the_plan_itself_changes_nothing(plan: Any, kms: Any, key: str) -> None:
    kms.disable_key(KeyId=key)
    result = plan()
    assert result["changed"] is False
    assert result["key_to_change"]["changes"] == ["key state"]


DRIFTS: dict[str, tuple[Callable[[Any, str], Any], str]] = {
    "disabled": (lambda kms, key: kms.disable_key(KeyId=key), "key state"),
    "rotation off": (lambda kms, key: kms.disable_key_rotation(KeyId=key), "rotation"),
    "described otherwise": (
        lambda kms, key: kms.update_key_description(KeyId=key, Description="x"),
        "description",
    ),
    "a tag removed": (
        lambda kms, key: kms.untag_resource(KeyId=key, TagKeys=["ManagedBy"]),
        "tags",
    ),
    "policy edited": (
        lambda kms, key: kms.put_key_policy(
            KeyId=key,
            PolicyName="default",
            Policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [filled_root(), {**filled_root(), "Sid": "X"}],
                }
            ),
        ),
        "policy",
    ),
    "scheduled for deletion": (
        lambda kms, key: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7),
        "key state",
    ),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_each_drift_is_named_and_nothing_else(plan: Any, kms: Any, key: str, drift: str) -> None:
    change, word = DRIFTS[drift]
    change(kms, key)
    result = plan(check=True)
    item = result["key_to_change"]
    assert (item["key_id"], item["changes"]) == (key, [word])
    assert result["alias_to_change"] is None
    (entry,) = result["diff"]
    assert {*entry["before"], *entry["after"]} == {word.replace(" ", "_")}


def test_a_key_that_goes_is_revived(plan: Any, kms: Any, key: str) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    result = plan(check=True)
    assert result["status"] == "pending_deletion"
    assert result["diff"][0]["before"] == {"key_state": "PendingDeletion"}
    assert result["diff"][0]["after"] == {"key_state": "Enabled"}
    assert result["key_to_change"]["enabled"] is True


def test_a_lost_alias_is_made_again_for_the_key_of_ours(plan: Any, kms: Any, key: str) -> None:
    kms.delete_alias(AliasName=ALIAS)
    result = plan(check=True)
    assert result["key_to_change"] is None
    assert result["key_id"] == key
    assert result["alias_to_change"]["name"] == ALIAS
    assert result["alias_to_change"]["key_id"] == key
    assert result["alias_to_change"]["found_key_arn"] is None
    assert result["changed"] is True


def test_an_alias_pointed_elsewhere_is_pointed_back(plan: Any, kms: Any, key: str) -> None:
    other = new_key(kms, {})
    kms.update_alias(AliasName=ALIAS, TargetKeyId=other)
    result = plan(check=True)
    assert result["key_to_change"] is None
    assert result["alias_to_change"]["key_id"] == key
    assert result["alias_to_change"]["found_key_arn"].endswith(other)
    (entry,) = result["diff"]
    assert entry["before"]["target_key"].endswith(other)
    assert entry["after"]["target_key"].endswith(key)


def test_an_adopted_alias_that_was_pointed_elsewhere_is_pointed_back_too(
    plan: Any, kms: Any, key: str
) -> None:
    kms.update_alias(AliasName=ALIAS, TargetKeyId=new_key(kms, {}))
    assert plan(adopt=[ALIAS])["alias_to_change"]["key_id"] == key


@pytest.mark.parametrize("tags", [{}, {"terraglue:owner": "other"}])
def test_the_key_of_a_stranger_stops_the_plan(
    plan: Any, kms: Any, api_calls: ApiCalls, tags: dict[str, str]
) -> None:
    new_key(kms, tags, ALIAS)
    api_calls.clear()
    with pytest.raises(ModuleFailed, match=f"key behind {ALIAS} exists.*kms_adopt"):
        plan()
    assert api_calls.changing() == []


def test_what_is_adopted_gets_our_tags(plan: Any, kms: Any) -> None:
    key = new_key(kms, {"theirs": "stay"}, ALIAS)
    item = plan(adopt=["alias/<prefix>-data"])["key_to_change"]
    assert (item["key_id"], item["changes"], item["tags"]) == (key, ["tags"], TAGS)


def test_keys_of_other_aliases_of_the_environment_are_not_taken(plan: Any, kms: Any) -> None:
    new_key(kms, {**TAGS, "terraglue:alias": "alias/shop-other"}, "alias/shop-other")
    assert plan()["key_to_change"]["changes"] == ["create"]


def test_of_several_keys_the_one_behind_the_alias_counts(plan: Any, kms: Any, key: str) -> None:
    new_key(kms, TAGS)
    assert plan()["key_id"] == key
    assert plan()["key_to_change"] is None


def test_of_several_keys_without_alias_an_enabled_one_counts(plan: Any, kms: Any) -> None:
    dying, good = new_key(kms, TAGS), new_key(kms, TAGS)
    kms.schedule_key_deletion(KeyId=dying, PendingWindowInDays=7)
    assert plan()["alias_to_change"]["key_id"] == good


def test_without_the_tagging_api_all_keys_are_asked(
    plan: Any, kms: Any, key: str, api_calls: ApiCalls
) -> None:
    kms.delete_alias(AliasName=ALIAS)
    new_key(kms, {})
    api_calls.deny("GetResources")
    assert plan()["alias_to_change"]["key_id"] == key
    assert "ListKeys" in api_calls.names()


def test_keys_that_may_not_be_read_are_not_ours(plan: Any, kms: Any, api_calls: ApiCalls) -> None:
    new_key(kms, {})
    api_calls.deny("GetResources")
    api_calls.deny("ListResourceTags")
    assert plan()["key_to_change"]["changes"] == ["create"]


def test_another_failure_of_the_tagging_api_is_told(plan: Any, api_calls: ApiCalls) -> None:
    api_calls.fail("GetResources", "InvalidParameterException", "wrong")
    with pytest.raises(ModuleFailed, match="tag:GetResources on keys of the environment failed"):
        plan()


def test_without_an_owner_only_the_alias_is_followed(
    plan: Any, kms: Any, api_calls: ApiCalls
) -> None:
    new_key(kms, {}, ALIAS)
    assert plan(owner=None)["key_to_change"] is None
    assert "GetResources" not in api_calls.names()


def test_rotation_of_a_disabled_key_is_left(plan: Any, kms: Any, key: str) -> None:
    kms.disable_key_rotation(KeyId=key)
    item = plan(enabled=False)["key_to_change"]
    assert item["changes"] == ["key state"]
    assert item["enable_key_rotation"] is None


def test_a_key_that_cannot_rotate(plan: Any) -> None:
    item = plan(key_usage="SIGN_VERIFY", key_spec="RSA_2048")["key_to_change"]
    assert item["enable_key_rotation"] is None


def test_usage_and_spec_cannot_change(plan: Any, key: str) -> None:
    with pytest.raises(ModuleFailed, match="AWS cannot change that"):
        plan(key_usage="SIGN_VERIFY", key_spec="RSA_2048")


@pytest.mark.parametrize("check", [True, False])
def test_absent_lists_our_key_and_keeps_the_alias(plan: Any, key: str, check: bool) -> None:
    result = plan(check, state="absent", policy_file=None, pending_window=9)
    assert result["changed"] is check
    assert result["key_to_remove"]["key_id"] == key
    assert result["key_to_remove"]["pending_window"] == 9
    assert result["keys_to_remove"] == result["to_remove"] == [result["key_to_remove"]]
    assert result["alias_to_change"] is None


def test_absent_lists_every_key_of_ours_that_does_not_go_yet(plan: Any, kms: Any, key: str) -> None:
    more, gone = new_key(kms, TAGS), new_key(kms, TAGS)
    kms.schedule_key_deletion(KeyId=gone, PendingWindowInDays=7)
    assert [item["key_id"] for item in plan(state="absent")["keys_to_remove"]] == [key, more]


def test_absent_of_a_key_that_goes_is_nothing(plan: Any, kms: Any, key: str) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    result = plan(check=True, state="absent")
    assert (result["changed"], result["key_to_remove"]) == (False, None)


def test_absent_of_nothing_is_nothing(plan: Any) -> None:
    assert plan(check=True, state="absent")["changed"] is False


def test_absent_leaves_the_key_of_a_stranger(plan: Any, kms: Any) -> None:
    new_key(kms, {}, ALIAS)
    result = plan(state="absent")
    assert result["key_to_remove"] is None
    assert ALIAS in result["left_alone"][0]["reason"]


def test_absent_removes_our_key_when_the_alias_is_a_strangers(
    plan: Any, kms: Any, key: str
) -> None:
    kms.update_alias(AliasName=ALIAS, TargetKeyId=new_key(kms, {}))
    result = plan(state="absent")
    assert [item["key_id"] for item in result["keys_to_remove"]] == [key]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"alias": "data"}, "begins with alias/"),
        ({"alias": "alias/aws/s3"}, "kept for AWS"),
        ({"pending_window": 5}, "7 to 30"),
        ({"policy_file": "/none.json"}, "1 fault was found.*/none.json"),
        ({"policy_file": None}, "policy_file"),
    ],
)
def test_bad_input_is_told_before_any_key_is_asked(
    plan: Any, api_calls: ApiCalls, options: Any, said: str
) -> None:
    with pytest.raises(ModuleFailed) as caught:
        plan(**options)
    assert re.search(said, caught.value.result["msg"], re.DOTALL)
    assert "DescribeKey" not in api_calls.names()


# kms_alias -----------------------------------------------------------------------------------


def alias(check: bool = False, **options: Any) -> dict[str, Any]:
    return run_module(kms_alias, {"name": ALIAS, "owner": "shop", **options}, check)


def behind(kms: Any) -> str | None:
    found = {item["AliasName"]: item.get("TargetKeyId") for item in kms.list_aliases()["Aliases"]}
    return found.get(ALIAS)


def test_an_alias_is_made(kms: Any, api_calls: ApiCalls) -> None:
    key = new_key(kms, TAGS)
    api_calls.clear()
    predicted = alias(check=True, target_key=key)
    assert api_calls.changing() == []
    done = alias(target_key=key)
    assert predicted == done
    assert (done["changed"], done["key_id"], done["previous_key_arn"]) == (True, key, None)
    assert behind(kms) == key
    assert alias(target_key=done["key_arn"])["changed"] is False


def test_an_alias_is_pointed_back(kms: Any, key: str) -> None:
    other = new_key(kms, {})
    kms.update_alias(AliasName=ALIAS, TargetKeyId=other)
    assert alias(check=True, target_key=key)["changed"] is True
    assert behind(kms) == other
    done = alias(target_key=key)
    assert done["previous_key_arn"].endswith(other)
    assert done["diff"][0]["after"]["target_key"].endswith(key)
    assert behind(kms) == key


def test_the_key_of_a_stranger_gets_no_alias_unless_adopted(kms: Any) -> None:
    key = new_key(kms, {})
    with pytest.raises(ModuleFailed, match="carries no owner"):
        alias(target_key=key)
    assert alias(target_key=key, adopt=True)["changed"] is True


def test_a_key_that_goes_gets_no_alias(kms: Any) -> None:
    key = new_key(kms, TAGS)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with pytest.raises(ModuleFailed, match="scheduled for deletion"):
        alias(target_key=key)


def test_a_key_that_is_not_there() -> None:
    with pytest.raises(ModuleFailed, match="There is no key"):
        alias(target_key="1234abcd-12ab-34cd-56ef-1234567890ab")


def test_our_alias_is_removed(kms: Any, key: str) -> None:
    assert alias(check=True, state="absent")["changed"] is True
    assert behind(kms) == key
    result = alias(state="absent")
    assert (result["changed"], result["key_arn"]) == (True, None)
    assert behind(kms) is None
    assert alias(state="absent")["changed"] is False


def test_the_alias_of_a_stranger_stays(kms: Any) -> None:
    key = new_key(kms, {}, ALIAS)
    result = alias(state="absent")
    assert (result["changed"], result["key_id"]) == (False, key)
    assert behind(kms) == key


def test_a_name_that_is_no_alias() -> None:
    with pytest.raises(ModuleFailed, match="begins with alias/"):
        alias(name="data", state="absent")
