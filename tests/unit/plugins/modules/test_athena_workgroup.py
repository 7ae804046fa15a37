# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.modules import athena_workgroup
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.fakes import FakeAthena
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    ApiCalls,
    ModuleFailed,
    run_module,
)

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GROUP: dict[str, Any] = {
    "name": "lab",
    "description": "Queries",
    "output_location": "s3://results/",
    "expected_bucket_owner": "123456789012",
    "kms_key_arn": KEY,
    "bytes_scanned_cutoff": 10737418240,
    "owner": "terraglue",
    "tags": {"Project": "p"},
}
BARE: dict[str, Any] = {"name": "lab", "encryption": "none", "owner": "terraglue"}
GONE = {"name": "lab", "owner": "terraglue", "state": "absent"}


@pytest.fixture
def athena(api_calls: ApiCalls) -> FakeAthena:
    return FakeAthena(api_calls)


@pytest.mark.parametrize("args", [GROUP, BARE], ids=["full", "bare"])
def test_a_new_workgroup_is_predicted_made_and_left_alone(
    athena: FakeAthena, args: dict[str, Any]
) -> None:
    predicted = run_module(athena_workgroup, args, check=True)
    assert predicted["changed"]
    assert athena.calls.changing() == []
    made = run_module(athena_workgroup, args)
    assert (made["diff"], made["changes"]) == (predicted["diff"], predicted["changes"])
    for key in ("name", "state", "arn", "tags"):
        assert made["workgroup"][key] == predicted["workgroup"][key]
    athena.calls.clear()
    assert run_module(athena_workgroup, args)["changes"] == []
    assert athena.calls.changing() == []


def test_a_new_workgroup_is_hardened(athena: FakeAthena) -> None:
    run_module(athena_workgroup, GROUP)
    configuration = athena.groups["lab"]["Configuration"]
    assert configuration["EnforceWorkGroupConfiguration"]
    assert configuration["PublishCloudWatchMetricsEnabled"]
    assert configuration["ResultConfiguration"] == {
        "OutputLocation": "s3://results/",
        "ExpectedBucketOwner": "123456789012",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": KEY},
    }
    assert athena.tags[athena.arn("lab")]["terraglue:owner"] == "terraglue"


def test_without_a_key_results_are_encrypted_by_s3(athena: FakeAthena) -> None:
    run_module(athena_workgroup, {"name": "lab"})
    results = athena.groups["lab"]["Configuration"]["ResultConfiguration"]
    assert results["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}


def test_a_workgroup_can_be_made_and_kept_disabled(athena: FakeAthena) -> None:
    args = {**GROUP, "enabled": False}
    assert run_module(athena_workgroup, args)["workgroup"]["state"] == "DISABLED"
    assert not run_module(athena_workgroup, args)["changed"]
    assert run_module(athena_workgroup, GROUP)["changes"] == ["enabled"]


def loosen(group: dict[str, Any], path: str, value: Any) -> None:
    """Set, or with None remove, what lies at a dotted path."""
    *parents, last = path.split(".")
    for parent in parents:
        group = group.setdefault(parent, {})
    if value is None:
        del group[last]
    else:
        group[last] = value


RESULTS = "Configuration.ResultConfiguration"
ENCRYPTION = f"{RESULTS}.EncryptionConfiguration"
DRIFTS: list[tuple[dict[str, Any], str, Any, list[str]]] = [
    (GROUP, "Configuration.EnforceWorkGroupConfiguration", False, ["enforce_configuration"]),
    (GROUP, "Configuration.PublishCloudWatchMetricsEnabled", False, ["publish_metrics"]),
    (GROUP, "Configuration.BytesScannedCutoffPerQuery", None, ["bytes_scanned_cutoff"]),
    (GROUP, "Configuration.BytesScannedCutoffPerQuery", 10**15, ["bytes_scanned_cutoff"]),
    (BARE, "Configuration.BytesScannedCutoffPerQuery", 10**15, ["bytes_scanned_cutoff"]),
    (GROUP, "Configuration.RequesterPaysEnabled", True, ["requester_pays"]),
    (
        GROUP,
        "Configuration.EngineVersion.SelectedEngineVersion",
        "Athena engine version 3",
        ["engine_version"],
    ),
    (GROUP, f"{RESULTS}.OutputLocation", "s3://elsewhere/", ["output_location"]),
    (BARE, f"{RESULTS}.OutputLocation", "s3://elsewhere/", ["output_location"]),
    (GROUP, f"{RESULTS}.ExpectedBucketOwner", None, ["expected_bucket_owner"]),
    (BARE, f"{RESULTS}.ExpectedBucketOwner", "1" * 12, ["expected_bucket_owner"]),
    (GROUP, ENCRYPTION, {"EncryptionOption": "SSE_S3"}, ["encryption", "kms_key_arn"]),
    (GROUP, ENCRYPTION, None, ["encryption", "kms_key_arn"]),
    (BARE, ENCRYPTION, {"EncryptionOption": "SSE_S3"}, ["encryption"]),
    (GROUP, "Description", "mine", ["description"]),
    (BARE, "Description", "mine", ["description"]),
    (GROUP, "State", "DISABLED", ["enabled"]),
    (
        GROUP,
        "Configuration.ManagedQueryResultsConfiguration",
        {"Enabled": True},
        ["managed_query_results"],
    ),
]


@pytest.mark.parametrize("args, path, value, names", DRIFTS)
def test_a_loosened_workgroup_is_named_and_mended(
    athena: FakeAthena, args: dict[str, Any], path: str, value: Any, names: list[str]
) -> None:
    run_module(athena_workgroup, args)
    loosen(athena.groups["lab"], path, value)
    athena.calls.clear()
    predicted = run_module(athena_workgroup, args, check=True)
    assert (predicted["changes"], athena.calls.changing()) == (names, [])
    assert run_module(athena_workgroup, args)["changes"] == names
    assert athena.calls.changing() == ["UpdateWorkGroup"]
    assert not run_module(athena_workgroup, args)["changed"]


def test_tags_are_mended_and_those_of_others_left_unless_purged(athena: FakeAthena) -> None:
    run_module(athena_workgroup, GROUP)
    tags = athena.tags[athena.arn("lab")]
    tags.update(Theirs="x", Project="q")
    assert run_module(athena_workgroup, GROUP)["changes"] == ["tags.Project"]
    assert (tags["Theirs"], tags["Project"]) == ("x", "p")
    result = run_module(athena_workgroup, {**GROUP, "purge_tags": True})
    assert result["changes"] == ["tags.Theirs"]
    assert "Theirs" not in result["workgroup"]["tags"]


def test_removal_is_predicted_done_once_and_then_nothing(athena: FakeAthena) -> None:
    run_module(athena_workgroup, GROUP)
    athena.calls.clear()
    assert run_module(athena_workgroup, GONE, check=True)["changed"]
    assert athena.calls.changing() == []
    assert run_module(athena_workgroup, GONE)["workgroup"] == {}
    assert athena.groups == {}
    assert not run_module(athena_workgroup, GONE)["changed"]
    assert not run_module(athena_workgroup, GONE, check=True)["changed"]


def test_one_with_queries_goes_by_force_alone(athena: FakeAthena) -> None:
    run_module(athena_workgroup, GROUP)
    athena.queries.add("lab")
    with pytest.raises(ModuleFailed, match="not empty.*force"):
        run_module(athena_workgroup, GONE)
    assert run_module(athena_workgroup, {**GONE, "force": True})["changed"]


def test_primary_can_be_changed_and_never_removed(athena: FakeAthena) -> None:
    run_module(athena_workgroup, {**GROUP, "name": "primary"})
    with pytest.raises(ModuleFailed, match="never removes"):
        run_module(athena_workgroup, {**GONE, "name": "primary", "force": True})
    assert "primary" in athena.groups


def test_what_is_not_ours_is_neither_changed_nor_removed(athena: FakeAthena) -> None:
    run_module(athena_workgroup, {**GROUP, "owner": None})
    athena.calls.clear()
    with pytest.raises(ModuleFailed, match="carries no owner.*catalog_adopt"):
        run_module(athena_workgroup, {**GROUP, "description": "x"})
    kept = run_module(athena_workgroup, GONE)
    assert (kept["changed"], kept["workgroup"]["name"]) == (False, "lab")
    assert "was not removed" in kept["msg"]
    assert athena.calls.changing() == []
    adopted = run_module(athena_workgroup, {**GROUP, "adopt": True})
    assert adopted["changes"] == ["tags.ManagedBy", "tags.terraglue:owner"]
    assert run_module(athena_workgroup, GONE)["changed"]


def test_other_refusals_are_not_taken_for_a_missing_workgroup(athena: FakeAthena) -> None:
    athena.refuse("GetWorkGroup", "InvalidRequestException", "Athena is tired")
    with pytest.raises(
        ModuleFailed, match="athena:GetWorkGroup on workgroup lab failed: Athena is"
    ):
        run_module(athena_workgroup, GONE)


def test_a_denial_names_action_and_workgroup(athena: FakeAthena) -> None:
    athena.refuse("CreateWorkGroup", "AccessDeniedException", "User is not authorized")
    with pytest.raises(ModuleFailed, match="athena:CreateWorkGroup on workgroup lab"):
        run_module(athena_workgroup, GROUP)


@pytest.mark.parametrize(
    "args, words",
    [
        ({"output_location": "results"}, "s3://"),
        ({"expected_bucket_owner": "12345"}, "12 digits"),
        ({"encryption": "SSE_KMS", "kms_key_arn": None}, "needs kms_key_arn"),
        ({"bytes_scanned_cutoff": 10}, "10000000"),
    ],
)
def test_bad_input_is_told_before_any_change(
    athena: FakeAthena, args: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModuleFailed, match=words):
        run_module(athena_workgroup, {**GROUP, **args})
    assert athena.calls.changing() == []
