# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS keys, log groups and the tagging API as their API references document them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import LocalAws, error_code


@pytest.fixture
def kms(aws: LocalAws) -> Any:
    return aws.client("kms")


@pytest.fixture
def key(kms: Any, name: str) -> str:
    made = kms.create_key(Tags=[{"TagKey": "terraglue:owner", "TagValue": name}])
    return str(made["KeyMetadata"]["Arn"])


def _state(kms: Any, key: str) -> str:
    return str(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])


def test_pending_deletion_keeps_the_alias_and_is_undone_to_disabled(
    kms: Any, key: str, name: str
) -> None:
    alias = f"alias/{name}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)

    described = kms.describe_key(KeyId=alias)["KeyMetadata"]
    assert (described["Arn"], described["KeyState"]) == (key, "PendingDeletion")
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    assert [one["AliasName"] for one in kms.list_aliases(KeyId=key)["Aliases"]] == [alias]
    refused = "KMSInvalidStateException"
    assert error_code(kms.schedule_key_deletion, KeyId=key) == refused
    assert error_code(kms.enable_key, KeyId=key) == refused
    tags = [{"TagKey": "a", "TagValue": "1"}]
    assert error_code(kms.tag_resource, KeyId=key, Tags=tags) == refused
    other = error_code(kms.create_alias, AliasName=alias + "x", TargetKeyId=key)
    assert other == refused

    kms.cancel_key_deletion(KeyId=key)
    assert _state(kms, key) == "Disabled"
    assert error_code(kms.cancel_key_deletion, KeyId=key) == refused
    assert error_code(kms.enable_key_rotation, KeyId=key) == "DisabledException"
    kms.enable_key(KeyId=key)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    assert status["NextRotationDate"] is not None and status["KeyId"] == key


def test_rotation_period_has_limits(kms: Any, key: str) -> None:
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.disable_key_rotation(KeyId=key)
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)


def test_aliases(kms: Any, key: str, name: str) -> None:
    alias = f"alias/{name}"
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    assert (
        error_code(kms.create_alias, AliasName=alias, TargetKeyId=key) == "AlreadyExistsException"
    )
    kms.update_alias(AliasName=alias, TargetKeyId=other)
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == other
    kms.delete_alias(AliasName=alias)
    assert error_code(kms.describe_key, KeyId=alias) == "NotFoundException"
    assert error_code(kms.delete_alias, AliasName=alias) == "NotFoundException"
    reserved = error_code(kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=key)
    assert reserved == "InvalidAliasNameException"


def test_key_policy(kms: Any, key: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kms.put_key_policy(KeyId=key, Policy=policy)
    assert json.loads(kms.get_key_policy(KeyId=key)["Policy"]) == json.loads(policy)
    for bad in ("no json", "{}", "[]"):
        code = error_code(kms.put_key_policy, KeyId=key, Policy=bad)
        assert code == "MalformedPolicyDocumentException"


def test_the_managed_key_is_not_ours_to_change(kms: Any) -> None:
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert managed["KeyManager"] == "AWS"
    assert error_code(kms.schedule_key_deletion, KeyId=managed["Arn"]) == "AccessDeniedException"


def test_log_group_keys(aws: LocalAws, kms: Any, key: str, name: str) -> None:
    logs = aws.client("logs")

    def found() -> dict[str, Any]:
        return dict(logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0])

    logs.create_log_group(logGroupName=name, tags={"a": "1"})
    assert "kmsKeyId" not in found()
    logs.associate_kms_key(logGroupName=name, kmsKeyId=key)
    assert found()["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName=name)
    assert "kmsKeyId" not in found()

    bad = {"logGroupName": name, "kmsKeyId": key + "0"}
    assert error_code(logs.associate_kms_key, **bad) == "InvalidParameterException"
    kms.disable_key(KeyId=key)
    disabled = error_code(logs.associate_kms_key, logGroupName=name, kmsKeyId=key)
    assert disabled == "InvalidParameterException"
    missing = error_code(logs.associate_kms_key, logGroupName=name + "x", kmsKeyId=key)
    assert missing == "ResourceNotFoundException"


def test_log_group_tags_and_retention(aws: LocalAws, name: str) -> None:
    logs = aws.client("logs")
    logs.create_log_group(logGroupName=name, tags={"a": "1"})
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{name}"
    logs.tag_resource(resourceArn=arn, tags={"b": "2"})
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    logs.put_retention_policy(logGroupName=name, retentionInDays=365)
    group = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    assert (group["retentionInDays"], group["logGroupArn"]) == (365, arn)
    logs.delete_retention_policy(logGroupName=name)
    group = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    assert "retentionInDays" not in group


def test_the_tagging_api_finds_everything_by_tag(
    aws: LocalAws, kms: Any, key: str, name: str
) -> None:
    tags = {"terraglue:owner": name}
    pairs = [{"Key": "terraglue:owner", "Value": name}]
    glue, athena = aws.client("glue"), aws.client("athena")
    command = {"Name": "glueetl", "ScriptLocation": "s3://bucket/main.py"}
    role = "arn:aws:iam::000000000000:role/r"
    glue.create_database(DatabaseInput={"Name": name}, Tags=tags)
    glue.create_job(Name=name, Role=role, Command=command, Tags=tags)
    glue.create_trigger(Name=name, Type="ON_DEMAND", Actions=[{"JobName": name}], Tags=tags)
    athena.create_work_group(Name=name, Tags=pairs)
    aws.client("logs").create_log_group(logGroupName=name, tags=tags)
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs})

    tagging = aws.client("resourcegroupstaggingapi")
    wanted = [{"Key": "terraglue:owner", "Values": [name]}]
    found = tagging.get_resources(TagFilters=wanted)["ResourceTagMappingList"]
    here = "us-east-1:000000000000"
    assert {one["ResourceARN"] for one in found} == {
        key,
        f"arn:aws:s3:::{name}",
        f"arn:aws:glue:{here}:database/{name}",
        f"arn:aws:glue:{here}:job/{name}",
        f"arn:aws:glue:{here}:trigger/{name}",
        f"arn:aws:athena:{here}:workgroup/{name}",
        f"arn:aws:logs:{here}:log-group:{name}",
    }
    assert all(one["Tags"] == pairs for one in found)
    only = tagging.get_resources(
        TagFilters=wanted, ResourceTypeFilters=["athena:workgroup", "kms:key", "logs:log-group"]
    )["ResourceTagMappingList"]
    kinds = sorted(one["ResourceARN"].split(":")[2] for one in only)
    assert kinds == ["athena", "kms", "logs"]
