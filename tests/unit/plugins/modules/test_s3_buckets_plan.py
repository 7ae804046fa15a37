# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module s3_buckets_plan against buckets in memory, drift by drift."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from ansible_collections.terraglue.aws.plugins.modules import s3_buckets_plan
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    REGION,
    ApiCalls,
    ModuleFailed,
    run_module,
)

pytestmark = pytest.mark.usefixtures("aws", "no_pauses")

BUCKETS = {"raw": "<prefix>-raw-<account_id>", "log": "<prefix>-log-<account_id>"}
RAW, LOG = "shop-raw-123456789012", "shop-log-123456789012"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def s3(api_calls: ApiCalls) -> Any:
    return boto3.client("s3", REGION)


def plan(check: bool = False, **options: Any) -> dict[str, Any]:
    args = {
        "buckets": BUCKETS,
        "log_buckets": ["log"],
        "prefix": "shop",
        "owner": "shop",
        "kms_key_arn": KEY,
        **options,
    }
    return run_module(s3_buckets_plan, args, check)


def make(s3: Any, item: dict[str, Any]) -> None:
    """Do to one bucket what amazon.aws.s3_bucket would do."""
    name = item["name"]
    if item["status"] == "absent":
        s3.create_bucket(Bucket=name)
    encryption = {"SSEAlgorithm": item["encryption"]}
    if item["kms_key_id"]:
        encryption["KMSMasterKeyID"] = item["kms_key_id"]
    rule = {"ApplyServerSideEncryptionByDefault": encryption}
    if item["bucket_key"] is not None:
        rule["BucketKeyEnabled"] = item["bucket_key"]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    blocks = {
        "".join(word.title() for word in block.split("_")): value
        for block, value in item["public_access"].items()
    }
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocks)
    controls = {"Rules": [{"ObjectOwnership": item["object_ownership"]}]}
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=controls)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(Bucket=name, Policy=item["policy"])
    tag(s3, name, item["tags"])


def tag(s3: Any, name: str, tags: dict[str, str]) -> None:
    tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_set})


@pytest.fixture
def made(s3: Any, api_calls: ApiCalls) -> dict[str, Any]:
    """Both buckets as they should be; what the plan said about them."""
    result = plan()
    for item in result["to_change"]:
        make(s3, item)
    api_calls.clear()
    return {item["key"]: item for item in result["to_change"]}


def test_nothing_there_in_check_mode_lists_every_bucket(s3: Any, api_calls: ApiCalls) -> None:
    result = plan(check=True)
    assert result["changed"] is True
    assert result["buckets"] == {"raw": RAW, "log": LOG}
    assert result["arns"]["raw"] == f"arn:aws:s3:::{RAW}"
    assert [item["changes"] for item in result["to_change"]] == [["create"], ["create"]]
    assert [entry["before"] for entry in result["diff"]] == [{}, {}]
    after = result["diff"][0]["after"]
    assert after["encryption"] == {"algorithm": "aws:kms", "kms_key_id": KEY, "bucket_key": True}
    assert after["tags"] == {"terraglue:owner": "shop", "ManagedBy": "terraglue.aws"}
    assert api_calls.changing() == []


def test_outside_check_mode_the_plan_itself_changes_nothing(api_calls: ApiCalls) -> None:
    result = plan()
    assert result["changed"] is False
    assert "diff" not in result
    assert len(result["to_change"]) == 2
    assert api_calls.changing() == []


@pytest.mark.parametrize("check", [True, False])
def test_what_is_as_wanted_needs_nothing(made: dict[str, Any], check: bool) -> None:
    result = plan(check)
    assert (result["changed"], result["to_change"], result["to_remove"]) == (False, [], [])


DRIFTS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "encryption off": (lambda s3: s3.delete_bucket_encryption(Bucket=RAW), "encryption"),
    "encryption by another key": (
        lambda s3: s3.put_bucket_encryption(
            Bucket=RAW,
            ServerSideEncryptionConfiguration={
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": "other",
                        },
                        "BucketKeyEnabled": True,
                    }
                ]
            },
        ),
        "encryption",
    ),
    "no public access block": (
        lambda s3: s3.delete_public_access_block(Bucket=RAW),
        "public access block",
    ),
    "one block lifted": (
        lambda s3: s3.put_public_access_block(
            Bucket=RAW,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": False,
                "RestrictPublicBuckets": True,
            },
        ),
        "public access block",
    ),
    "ownership controls removed": (
        lambda s3: s3.delete_bucket_ownership_controls(Bucket=RAW),
        "object ownership",
    ),
    "versioning suspended": (
        lambda s3: s3.put_bucket_versioning(
            Bucket=RAW, VersioningConfiguration={"Status": "Suspended"}
        ),
        "versioning",
    ),
    "policy removed": (lambda s3: s3.delete_bucket_policy(Bucket=RAW), "policy"),
    "a statement added": (
        lambda s3: s3.put_bucket_policy(
            Bucket=RAW,
            Policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        *json.loads(s3.get_bucket_policy(Bucket=RAW)["Policy"])["Statement"],
                        {
                            "Sid": "Open",
                            "Effect": "Allow",
                            "Principal": {"AWS": "123456789012"},
                            "Action": "s3:GetObject",
                            "Resource": f"arn:aws:s3:::{RAW}/*",
                        },
                    ],
                }
            ),
        ),
        "policy",
    ),
    "a tag removed": (lambda s3: tag(s3, RAW, {"terraglue:owner": "shop"}), "tags"),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_each_drift_is_named_and_nothing_else(made: Any, s3: Any, drift: str) -> None:
    change, word = DRIFTS[drift]
    change(s3)
    result = plan(check=True)
    assert [(item["key"], item["changes"]) for item in result["to_change"]] == [("raw", [word])]
    (entry,) = result["diff"]
    assert {*entry["before"], *entry["after"]} == {word.replace(" ", "_")}
    make(s3, result["to_change"][0])
    assert plan()["to_change"] == []


def test_an_added_statement_is_all_that_the_diff_shows(made: Any, s3: Any) -> None:
    DRIFTS["a statement added"][0](s3)
    (entry,) = plan(check=True)["diff"]
    assert [statement["Sid"] for statement in entry["before"]["policy"]] == ["Open"]
    assert entry["after"]["policy"] == []


def test_tags_of_others_are_theirs_unless_purged(made: Any, s3: Any) -> None:
    tag(s3, RAW, {**made["raw"]["tags"], "team": "x"})
    assert plan()["to_change"] == []
    assert plan(check=True, purge_tags=True)["diff"][0]["before"] == {"tags": {"team": "x"}}


def test_strangers_stop_the_plan_all_at_once(s3: Any, api_calls: ApiCalls) -> None:
    s3.create_bucket(Bucket=RAW)
    s3.create_bucket(Bucket=LOG)
    tag(s3, LOG, {"terraglue:owner": "other"})
    api_calls.clear()
    with pytest.raises(ModuleFailed) as caught:
        plan()
    said = caught.value.result["msg"]
    assert RAW in said
    assert f"{LOG} exists and belongs to the environment 'other'" in said
    assert "storage_adopt" in said
    assert [item["name"] for item in caught.value.result["not_ours"]] == [RAW, LOG]
    assert api_calls.changing() == []


def test_what_is_adopted_gets_our_tags(s3: Any) -> None:
    s3.create_bucket(Bucket=RAW)
    items = plan(adopt=["<prefix>-raw-<account_id>"])["to_change"]
    assert "tags" in items[0]["changes"]
    make(s3, items[0])
    assert [item["key"] for item in plan()["to_change"]] == ["log"]


def test_a_name_that_another_account_has(api_calls: ApiCalls) -> None:
    api_calls.fail("HeadBucket", "403", "Forbidden", times=2)
    with pytest.raises(ModuleFailed, match="belongs to another account.*choose another prefix"):
        plan()
    assert api_calls.made[1][1]["ExpectedBucketOwner"] == "123456789012"


def test_a_bucket_in_another_region(s3: Any) -> None:
    boto3.client("s3", "eu-west-1").create_bucket(
        Bucket=RAW, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    with pytest.raises(ModuleFailed, match=f"{RAW} exists in eu-west-1"):
        plan()


def test_a_redirection_to_another_region(api_calls: ApiCalls) -> None:
    api_calls.fail("HeadBucket", "301", "Moved Permanently", times=2)
    with pytest.raises(ModuleFailed, match="exists in another region"):
        plan()


@pytest.mark.parametrize("check", [True, False])
def test_absent_lists_what_is_ours(made: Any, s3: Any, check: bool) -> None:
    tag(s3, LOG, {})
    result = plan(check, state="absent")
    assert result["changed"] is check
    assert result["to_remove"] == [{"key": "raw", "name": RAW}]
    assert [item["name"] for item in result["left_alone"]] == [LOG]
    assert "was not removed" in result["left_alone"][0]["reason"]


def test_absent_of_nothing_is_nothing() -> None:
    result = plan(check=True, state="absent")
    assert (result["changed"], result["to_remove"], result["left_alone"]) == (False, [], [])


def test_absent_passes_by_the_bucket_of_another_account(api_calls: ApiCalls) -> None:
    api_calls.fail("HeadBucket", "403", "Forbidden", times=2)
    result = plan(state="absent")
    assert result["to_remove"] == []
    assert len(result["left_alone"]) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"buckets": {"raw": "Bad_Name", "log": "x"}}, "raw.*log"),
        ({"buckets": {"raw": "<nobody>"}}, "Unknown placeholder <nobody>"),
        ({"buckets": {"raw": "same", "log": "same"}}, "same name"),
        ({"log_buckets": ["none"]}, "'none' is no key"),
    ],
)
def test_bad_names_are_told_before_any_bucket_is_asked(
    api_calls: ApiCalls, options: Any, said: str
) -> None:
    with pytest.raises(ModuleFailed, match=said):
        plan(**options)
    assert api_calls.names() == ["GetCallerIdentity"]


def test_a_denial_names_action_and_bucket(made: Any, api_calls: ApiCalls) -> None:
    api_calls.fail("GetBucketPolicy", "AccessDenied", "Access Denied")
    with pytest.raises(ModuleFailed, match=f"s3:GetBucketPolicy on bucket {RAW[:4]}"):
        plan()
