# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Athena workgroups: their settings in the words of the module's options, and the API calls.

Source: Athena API reference (WorkGroupConfiguration, WorkGroupConfigurationUpdates).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.terraglue.aws.plugins.module_utils import state, tags
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api
from ansible_collections.terraglue.aws.plugins.module_utils.session import Caller

# Athena has one code for all refusals and tells them apart by their message.
MISSING = "InvalidRequestException: not found"
LEAST_CUTOFF = 10_000_000  # bytes
PAGE = 50

# Option and API name of what stands in the same form in a configuration and in its updates.
_PLAIN = {
    "enforce_configuration": "EnforceWorkGroupConfiguration",
    "publish_metrics": "PublishCloudWatchMetricsEnabled",
    "bytes_scanned_cutoff": "BytesScannedCutoffPerQuery",
    "requester_pays": "RequesterPaysEnabled",
}
_RESULTS = {"output_location": "OutputLocation", "expected_bucket_owner": "ExpectedBucketOwner"}


def arn(caller: Caller, name: str) -> str:
    """The ARN of a workgroup."""
    place = f"{caller.partition}:athena:{caller.region}:{caller.account}"
    return f"arn:{place}:workgroup/{name}"


def settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the module's options ask for; None is "not set"."""
    key = options.get("kms_key_arn") or None
    encryption = options.get("encryption") or ("SSE_KMS" if key else "SSE_S3")
    wanted = {
        "description": options.get("description") or None,
        "output_location": options.get("output_location") or None,
        "expected_bucket_owner": options.get("expected_bucket_owner") or None,
        "encryption": None if encryption == "none" else encryption,
        "kms_key_arn": key if encryption.endswith("KMS") else None,
        "enforce_configuration": bool(options.get("enforce_configuration", True)),
        "publish_metrics": bool(options.get("publish_metrics", True)),
        "bytes_scanned_cutoff": options.get("bytes_scanned_cutoff") or None,
        "requester_pays": bool(options.get("requester_pays")),
        "engine_version": options.get("engine_version") or "AUTO",
        "enabled": bool(options.get("enabled", True)),
    }
    if wanted["output_location"]:
        # Results lie either in one's own bucket or in storage that Athena owns.
        wanted["managed_query_results"] = False
    return wanted


def described(group: Mapping[str, Any]) -> dict[str, Any]:
    """A WorkGroup of the API in the words of the options, with the defaults of AWS."""
    configuration = group.get("Configuration") or {}
    results = configuration.get("ResultConfiguration") or {}
    encryption = results.get("EncryptionConfiguration") or {}
    managed = configuration.get("ManagedQueryResultsConfiguration") or {}
    version = configuration.get("EngineVersion") or {}
    return {
        "description": group.get("Description") or None,
        "output_location": results.get("OutputLocation"),
        "expected_bucket_owner": results.get("ExpectedBucketOwner"),
        "encryption": encryption.get("EncryptionOption"),
        "kms_key_arn": encryption.get("KmsKey"),
        # On unless set otherwise, as in CreateWorkGroup.
        "enforce_configuration": configuration.get("EnforceWorkGroupConfiguration", True),
        "publish_metrics": configuration.get("PublishCloudWatchMetricsEnabled", False),
        "bytes_scanned_cutoff": configuration.get("BytesScannedCutoffPerQuery"),
        "requester_pays": configuration.get("RequesterPaysEnabled", False),
        "engine_version": version.get("SelectedEngineVersion") or "AUTO",
        "enabled": group.get("State", "ENABLED") == "ENABLED",
        "managed_query_results": bool(managed.get("Enabled")),
    }


def drift(wanted: Mapping[str, Any], group: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """What differs between ``settings()`` and a WorkGroup."""
    if group is None:
        told = {key: value for key, value in wanted.items() if key != "managed_query_results"}
        return state.drift(told, None)
    return state.drift(wanted, described(group))


def _encryption(wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    if not wanted["encryption"]:
        return None
    return {"EncryptionOption": wanted["encryption"], "KmsKey": wanted["kms_key_arn"]}


def payload(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The WorkGroupConfiguration of ``settings()``, for CreateWorkGroup."""
    results = {key: wanted[name] for name, key in _RESULTS.items()}
    results["EncryptionConfiguration"] = _encryption(wanted)
    body = {key: wanted[name] for name, key in _PLAIN.items()}
    body["EngineVersion"] = {"SelectedEngineVersion": wanted["engine_version"]}
    body["ResultConfiguration"] = state.drop_none(results) or None
    return state.drop_none(body)


def updates(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The WorkGroupConfigurationUpdates that turn ``found`` (``described()``) into ``wanted``.

    What is not wanted has to be removed by a flag of its own; leaving it out would keep it.
    """
    body = payload(wanted)
    results = body.pop("ResultConfiguration", {})
    if not wanted["bytes_scanned_cutoff"] and found["bytes_scanned_cutoff"]:
        body["RemoveBytesScannedCutoffPerQuery"] = True
    for name, key in {**_RESULTS, "encryption": "EncryptionConfiguration"}.items():
        if not wanted[name] and found[name]:
            results[f"Remove{key}"] = True
    if results:
        body["ResultConfigurationUpdates"] = results
    if found["managed_query_results"] and wanted.get("managed_query_results") is False:
        body["ManagedQueryResultsConfigurationUpdates"] = {"Enabled": False}
    return body


def update_request(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """All of UpdateWorkGroup but the name."""
    return {
        "Description": wanted["description"] or "",
        "ConfigurationUpdates": updates(wanted, found),
        "State": "ENABLED" if wanted["enabled"] else "DISABLED",
    }


@api("athena:GetWorkGroup", "workgroup {name}", missing=[MISSING])
def get(athena: Any, name: str) -> dict[str, Any] | None:
    """The WorkGroup, or None."""
    return athena.get_work_group(WorkGroup=name)["WorkGroup"]


@api("athena:ListWorkGroups", "the workgroups of the account")
def list_names(athena: Any) -> list[str]:
    """The names of all workgroups of the account in the region."""
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = athena.list_work_groups(MaxResults=PAGE, **token)
        found += [group["Name"] for group in page.get("WorkGroups") or []]
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}


@api("athena:CreateWorkGroup", "workgroup {name}")
def _create(athena: Any, name: str, request: Mapping[str, Any]) -> None:
    athena.create_work_group(Name=name, **request)


@api("athena:UpdateWorkGroup", "workgroup {name}")
def update(athena: Any, name: str, request: Mapping[str, Any]) -> None:
    """Change a workgroup by an ``update_request()``."""
    athena.update_work_group(WorkGroup=name, **request)


@api("athena:DeleteWorkGroup", "workgroup {name}", missing=[MISSING])
def _delete(athena: Any, name: str, force: bool) -> None:
    athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=force)


@api("athena:ListTagsForResource", "{group_arn}")
def get_tags(athena: Any, group_arn: str) -> dict[str, str]:
    """The tags of a workgroup."""
    pages = athena.get_paginator("list_tags_for_resource").paginate(ResourceARN=group_arn)
    return tags.from_list(tag for page in pages for tag in page.get("Tags") or [])


@api("athena:TagResource", "{group_arn}")
def _tag(athena: Any, group_arn: str, wanted: Mapping[str, str]) -> None:
    athena.tag_resource(ResourceARN=group_arn, Tags=tags.to_list(wanted))


@api("athena:UntagResource", "{group_arn}")
def _untag(athena: Any, group_arn: str, names: list[str]) -> None:
    athena.untag_resource(ResourceARN=group_arn, TagKeys=names)


def create(
    athena: Any, name: str, wanted: Mapping[str, Any], group_tags: Mapping[str, str]
) -> None:
    """Create a workgroup; AWS makes it enabled, so one that is not to be is disabled then."""
    request: dict[str, Any] = {"Configuration": payload(wanted), "Tags": tags.to_list(group_tags)}
    if wanted["description"]:
        request["Description"] = wanted["description"]
    _create(athena, name, request)
    if not wanted["enabled"]:
        update(athena, name, {"State": "DISABLED"})


def change_tags(athena: Any, group_arn: str, changes: tags.TagChanges) -> None:
    """Set and remove tags."""
    if changes.to_set:
        _tag(athena, group_arn, changes.to_set)
    if changes.to_remove:
        _untag(athena, group_arn, changes.to_remove)


def delete(athena: Any, name: str, force: bool) -> None:
    """Delete a workgroup; ``force`` also removes its saved queries and their history."""
    try:
        _delete(athena, name, force)
    except TerraglueError as error:
        if force or "not empty" not in str(error):
            raise
        raise TerraglueError(
            f"{error} Set force to true to remove its saved queries and query history as well.",
            **error.details,
        ) from error
