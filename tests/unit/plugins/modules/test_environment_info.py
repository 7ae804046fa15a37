# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module environment_info: who, where, which key; and each way in which credentials fail."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from ansible_collections.terraglue.aws.plugins.modules import environment_info
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    REGION,
    ApiCalls,
    ModuleFailed,
    run_module,
)
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

pytestmark = pytest.mark.usefixtures("aws", "no_pauses")


def info(**options: Any) -> dict[str, Any]:
    return run_module(environment_info, {"prefix": "shop", **options})


def failure(**options: Any) -> str:
    with pytest.raises(ModuleFailed) as caught:
        info(**options)
    return caught.value.result["msg"]


def test_who_and_where(api_calls: ApiCalls) -> None:
    boto3.client("iam", REGION).create_account_alias(AccountAlias="example-sandbox")
    api_calls.clear()
    result = info()
    assert result["changed"] is False
    assert result["account_id"] == "123456789012"
    assert result["account_alias"] == "example-sandbox"
    assert (result["region"], result["partition"]) == (REGION, "aws")
    assert result["arn"].startswith("arn:aws:")
    assert (result["endpoint_url"], result["kms_key_arn"], result["names"]) == (None, None, {})
    assert api_calls.changing() == []


def test_names_are_filled_in() -> None:
    names = {"raw": "<prefix>-raw-<account_id>-<region>", "team": "<team>-<partition>"}
    result = info(names=names, variables={"team": "<prefix>-x"})
    assert result["names"] == {"raw": "shop-raw-123456789012-us-east-1", "team": "shop-x-aws"}


def test_an_unknown_placeholder_is_told() -> None:
    assert "Unknown placeholder <nobody>" in failure(names={"raw": "<nobody>"})


def test_a_denied_or_missing_account_alias_stops_nobody(api_calls: ApiCalls) -> None:
    assert info()["account_alias"] is None
    api_calls.deny("ListAccountAliases")
    assert info()["account_alias"] is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://sts.us-east-1.amazonaws.com", None),
        ("https://sts.cn-north-1.amazonaws.com.cn", None),
        ("https://sts.us-east-1.api.aws", None),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
        ("http://amazonaws.com.example:80/x", "http://amazonaws.com.example:80/x"),
    ],
)
def test_where_the_calls_go(url: str, said: str | None) -> None:
    assert environment_info.elsewhere(url) == said


@pytest.fixture
def key() -> Any:
    kms = boto3.client("kms", REGION)
    found = kms.create_key(Tags=[{"TagKey": "terraglue:owner", "TagValue": "shop"}])["KeyMetadata"]
    kms.create_alias(AliasName="alias/shop-data", TargetKeyId=found["KeyId"])
    return found


def key_arn(**options: Any) -> str | None:
    return info(**{"kms_alias": "alias/<prefix>-data", "owner": "shop", **options})["kms_key_arn"]


def test_our_key_is_found(key: Any) -> None:
    assert key_arn() == key["Arn"]


def test_a_key_that_cannot_be_used_rests_until_it_is_revived(key: Any) -> None:
    def keys() -> tuple[str | None, str | None]:
        found = info(kms_alias="alias/<prefix>-data", owner="shop")
        return found["kms_key_arn"], found["kms_resting_key_arn"]

    kms = boto3.client("kms", REGION)
    assert keys() == (key["Arn"], None)
    kms.disable_key(KeyId=key["KeyId"])
    assert keys() == (None, key["Arn"])
    kms.enable_key(KeyId=key["KeyId"])
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    assert keys() == (None, key["Arn"])


def test_a_missing_key_is_none() -> None:
    assert key_arn() is None


def test_our_key_is_found_while_its_alias_is_lost_or_moved(key: Any) -> None:
    kms = boto3.client("kms", REGION)
    tags = [{"TagKey": "terraglue:alias", "TagValue": "alias/shop-data"}]
    kms.tag_resource(KeyId=key["KeyId"], Tags=tags)
    kms.delete_alias(AliasName="alias/shop-data")
    assert key_arn() == key["Arn"]
    assert key_arn(owner=None) is None
    strangers = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/shop-data", TargetKeyId=strangers)
    assert key_arn() == key["Arn"]
    kms.disable_key(KeyId=key["KeyId"])
    assert key_arn() is None


def test_the_key_of_a_stranger_is_none_but_for_those_who_do_not_ask(key: Any) -> None:
    assert key_arn(owner="other") is None
    assert key_arn(owner=None) == key["Arn"]


def test_a_name_that_is_no_alias_is_told() -> None:
    assert "begins with alias/" in failure(kms_alias="data")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "The AWS credentials have expired"),
        ("ExpiredTokenException", "The AWS credentials have expired"),
        ("RequestExpired", "The AWS credentials have expired"),
        ("InvalidClientTokenId", "AWS does not accept the credentials"),
        ("SignatureDoesNotMatch", "AWS does not accept the credentials"),
        ("AccessDenied", "Access denied: sts:GetCallerIdentity on the calling identity"),
    ],
)
def test_credentials_that_aws_refuses(api_calls: ApiCalls, code: str, said: str) -> None:
    api_calls.fail("GetCallerIdentity", code)
    message = failure()
    assert message.startswith(said)
    if code != "AccessDenied":
        assert "aws sso login" in message
        assert "terraglue_target=local" in message


def test_no_credentials(api_calls: ApiCalls) -> None:
    def refuse(parameters: dict[str, Any]) -> Any:
        raise NoCredentialsError

    # The account in memory sets credentials of its own, so the want of them is played.
    api_calls.answer("GetCallerIdentity", refuse)
    message = failure()
    assert message.startswith("No usable AWS credentials were found")
    assert "AWS_PROFILE" in message


def test_no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "No AWS region is set. Set AWS_REGION" in failure(region=None)


def test_an_endpoint_that_does_not_answer(api_calls: ApiCalls) -> None:
    def refuse(parameters: dict[str, Any]) -> Any:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    api_calls.answer("GetCallerIdentity", refuse)
    message = failure()
    assert message.startswith("AWS could not be reached for sts:GetCallerIdentity")
    assert "local AWS may have stopped" in message
