# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Athena workgroups as the API reference documents them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LocalAws, error_code

KEY = "arn:aws:kms:us-east-1:000000000000:key/1"
RESULT = {
    "OutputLocation": "s3://results/here/",
    "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": KEY},
    "ExpectedBucketOwner": "000000000000",
}


@pytest.fixture
def athena(aws: LocalAws) -> Any:
    return aws.client("athena")


def _configuration(athena: Any, name: str) -> dict[str, Any]:
    return dict(athena.get_work_group(WorkGroup=name)["WorkGroup"]["Configuration"])


def test_a_bare_workgroup_has_all_defaults(athena: Any, name: str) -> None:
    athena.create_work_group(Name=name)
    group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    assert group["State"] == "ENABLED" and "Description" not in group
    assert group["Configuration"] == {
        "ResultConfiguration": {},
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": True,
        "RequesterPaysEnabled": False,
        "EngineVersion": {
            "SelectedEngineVersion": "AUTO",
            "EffectiveEngineVersion": "Athena engine version 3",
        },
    }
    primary = _configuration(athena, "primary")
    assert primary["EnforceWorkGroupConfiguration"] is False
    assert primary["PublishCloudWatchMetricsEnabled"] is False
    assert error_code(athena.create_work_group, Name=name) == "InvalidRequestException"


def test_updates_change_only_what_they_name(athena: Any, name: str) -> None:
    athena.create_work_group(
        Name=name,
        Configuration={
            "ResultConfiguration": RESULT,
            "EnforceWorkGroupConfiguration": True,
            "PublishCloudWatchMetricsEnabled": True,
            "BytesScannedCutoffPerQuery": 10_000_000,
        },
        Description="one",
    )
    before = _configuration(athena, name)
    athena.update_work_group(WorkGroup=name, Description="two", State="DISABLED")
    group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    assert (group["Description"], group["State"]) == ("two", "DISABLED")
    assert group["Configuration"] == before

    update = {"BytesScannedCutoffPerQuery": 20_000_000, "RequesterPaysEnabled": True}
    athena.update_work_group(WorkGroup=name, ConfigurationUpdates=update)
    assert _configuration(athena, name) == {**before, **update}

    athena.update_work_group(
        WorkGroup=name,
        ConfigurationUpdates={
            "RemoveBytesScannedCutoffPerQuery": True,
            "ResultConfigurationUpdates": {
                "RemoveEncryptionConfiguration": True,
                "RemoveExpectedBucketOwner": True,
                "OutputLocation": "s3://results/there/",
            },
        },
    )
    after = _configuration(athena, name)
    assert "BytesScannedCutoffPerQuery" not in after
    assert after["ResultConfiguration"] == {"OutputLocation": "s3://results/there/"}


def test_a_refused_update_changes_nothing(athena: Any, name: str) -> None:
    athena.create_work_group(Name=name)
    before = _configuration(athena, name)
    for bad in (
        {"BytesScannedCutoffPerQuery": 10_000_000 - 1},
        {"ResultConfigurationUpdates": {"OutputLocation": "results"}},
    ):
        update = {"RequesterPaysEnabled": True, **bad}
        code = error_code(athena.update_work_group, WorkGroup=name, ConfigurationUpdates=update)
        assert code == "InvalidRequestException"
    assert _configuration(athena, name) == before


def test_deletion(athena: Any, name: str) -> None:
    assert error_code(athena.delete_work_group, WorkGroup=name) == "InvalidRequestException"
    athena.create_work_group(Name=name)
    query = athena.create_named_query(
        Name="q", Database="default", QueryString="SELECT 1", WorkGroup=name
    )["NamedQueryId"]
    assert error_code(athena.delete_work_group, WorkGroup=name) == "InvalidRequestException"
    athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)
    assert error_code(athena.get_work_group, WorkGroup=name) == "InvalidRequestException"
    assert error_code(athena.get_named_query, NamedQueryId=query) == "InvalidRequestException"
    assert error_code(athena.delete_work_group, WorkGroup="primary") == "InvalidRequestException"


def test_tags_hold_and_end_with_the_workgroup(athena: Any, name: str) -> None:
    arn = f"arn:aws:athena:us-east-1:000000000000:workgroup/{name}"
    athena.create_work_group(Name=name, Tags=[{"Key": "a", "Value": "1"}])
    athena.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    athena.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert athena.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    athena.delete_work_group(WorkGroup=name)
    missing = error_code(athena.list_tags_for_resource, ResourceARN=arn)
    assert missing == "ResourceNotFoundException"


def test_list_work_groups_in_pages(athena: Any, name: str) -> None:
    for suffix in "ab":
        athena.create_work_group(Name=name + suffix)
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = athena.list_work_groups(MaxResults=1, **token)
        found += page["WorkGroups"]
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    names = [group["Name"] for group in found]
    assert {name + "a", name + "b", "primary"} <= set(names) and len(names) == len(set(names))
    assert all("EffectiveEngineVersion" in group["EngineVersion"] for group in found)
