# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module s3_buckets_create: a bucket is never without its owner's mark, however a run ends."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import s3_buckets
from ansible_collections.terraglue.aws.plugins.modules import s3_buckets_create
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    REGION,
    ApiCalls,
    ModuleFailed,
    run_module,
)

pytestmark = pytest.mark.usefixtures("aws", "no_pauses")

MARKS = [
    {"Key": "team", "Value": "data"},
    {"Key": "terraglue:owner", "Value": "shop"},
    {"Key": "ManagedBy", "Value": "terraglue.aws"},
]


def create(check: bool = False, **given: Any) -> dict[str, Any]:
    options = {"buckets": ["raw", "log"], "owner": "shop", "tags": {"team": "data"}, **given}
    return run_module(s3_buckets_create, options, check)


def standing() -> list[str]:
    return sorted(bucket["Name"] for bucket in boto3.client("s3", REGION).list_buckets()["Buckets"])


def test_the_tags_come_with_the_bucket(api_calls: ApiCalls) -> None:
    result = create()
    assert (result["changed"], result["created"]) == (True, ["raw", "log"])
    assert standing() == ["log", "raw"]
    assert api_calls.changing() == ["CreateBucket", "CreateBucket"]
    given = [parameters for name, parameters in api_calls.made if name == "CreateBucket"]
    for parameters in given:
        assert parameters["CreateBucketConfiguration"] == {"Tags": MARKS}


def test_another_region_is_named(api_calls: ApiCalls) -> None:
    create(region="eu-west-1", buckets=["raw"])
    given = dict(api_calls.made)["CreateBucket"]["CreateBucketConfiguration"]
    assert given == {"LocationConstraint": "eu-west-1", "Tags": MARKS}


def test_check_mode_predicts_and_changes_nothing(api_calls: ApiCalls) -> None:
    predicted = create(check=True)
    assert predicted["created"] == ["raw", "log"]
    assert "shop" in str(predicted["diff"])
    assert (api_calls.changing(), standing()) == ([], [])


def test_what_exists_is_not_touched(api_calls: ApiCalls) -> None:
    boto3.client("s3", REGION).create_bucket(Bucket="raw")
    api_calls.clear()
    assert create()["created"] == ["log"]
    assert api_calls.changing() == ["CreateBucket"]
    api_calls.clear()
    assert create()["changed"] is False
    assert api_calls.changing() == []


def test_without_the_permission_to_tag_the_tags_are_the_next_call(api_calls: ApiCalls) -> None:
    api_calls.fail("CreateBucket", "AccessDenied", "not authorized: s3:TagResource", times=1)
    create(buckets=["raw"])
    assert api_calls.changing() == ["CreateBucket", "CreateBucket", "PutBucketTagging"]
    found = boto3.client("s3", REGION).get_bucket_tagging(Bucket="raw")["TagSet"]
    assert found == MARKS


def test_an_older_botocore_tags_with_the_next_call(
    api_calls: ApiCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_buckets, "_takes_tags", lambda s3: False)
    create(buckets=["raw"])
    assert api_calls.changing() == ["CreateBucket", "PutBucketTagging"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", "Access denied: s3:CreateBucket on bucket raw"),
        ("BucketAlreadyExists", "The bucket name raw is taken"),
    ],
)
def test_a_refusal_is_told(api_calls: ApiCalls, code: str, said: str) -> None:
    api_calls.fail("CreateBucket", code)
    with pytest.raises(ModuleFailed) as caught:
        create(buckets=["raw"])
    assert caught.value.result["msg"].startswith(said)
