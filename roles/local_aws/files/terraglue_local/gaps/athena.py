# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Athena workgroups: the defaults that AWS always answers, updates, deletion."""

from __future__ import annotations

import copy
import re
import time
from typing import Any

from ministack.services import athena

from ..dispatch import Answer, Call, Forward, Refusal, answers, done
from .glue_shared import page

ENGINE = "Athena engine version 3"
_DEFAULTS: dict[str, Any] = {
    "EnforceWorkGroupConfiguration": True,
    "PublishCloudWatchMetricsEnabled": True,
    "RequesterPaysEnabled": False,
}
# WorkGroupConfigurationUpdates: what a value replaces, and what a Remove… flag takes away.
_REPLACED = (
    "EnforceWorkGroupConfiguration",
    "PublishCloudWatchMetricsEnabled",
    "BytesScannedCutoffPerQuery",
    "RequesterPaysEnabled",
    "EngineVersion",
    "AdditionalConfiguration",
    "ExecutionRole",
    "CustomerContentEncryptionConfiguration",
    "EnableMinimumEncryptionConfiguration",
    "QueryResultsS3AccessGrantsConfiguration",
)
_REMOVED = ("BytesScannedCutoffPerQuery", "CustomerContentEncryptionConfiguration")
_RESULT = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")
# The workgroup that AWS makes leaves the choice of its settings to the client.
_PRIMARY = {"EnforceWorkGroupConfiguration": False, "PublishCloudWatchMetricsEnabled": False}
_LEAST_CUTOFF = 10_000_000  # bytes: "BytesScannedCutoffPerQuery … Minimum value of 10000000"


def _configuration(given: dict[str, Any]) -> dict[str, Any]:
    """The configuration as GetWorkGroup answers it: every member that AWS fills in is there."""
    answer = {"ResultConfiguration": {}, **_DEFAULTS, **copy.deepcopy(given)}
    selected = (given.get("EngineVersion") or {}).get("SelectedEngineVersion", "AUTO")
    answer["EngineVersion"] = {
        "SelectedEngineVersion": selected,
        "EffectiveEngineVersion": ENGINE if selected == "AUTO" else selected,
    }
    return answer


def _check(configuration: dict[str, Any]) -> None:
    cutoff = configuration.get("BytesScannedCutoffPerQuery")
    if cutoff is not None and cutoff < _LEAST_CUTOFF:
        raise Refusal(
            "InvalidRequestException",
            f"BytesScannedCutoffPerQuery must be at least {_LEAST_CUTOFF} bytes.",
        )
    location = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    if location is not None and not re.fullmatch(
        r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?", location
    ):
        raise Refusal(
            "InvalidRequestException", f"OutputLocation is not a valid S3 path: {location}"
        )


def found_group(name: str) -> dict[str, Any]:
    """A workgroup by its name. InvalidRequestException when it is not there."""
    athena._ensure_default_workgroup()
    group = athena._workgroups.get(name)
    if group is None:
        raise Refusal("InvalidRequestException", f"WorkGroup {name} is not found.")
    return group


@answers("athena", "CreateWorkGroup")
def create_work_group(call: Call, forward: Forward) -> Answer:
    """InvalidRequestException for an existing name, a bad name or a bad setting."""
    name = call.data.get("Name") or ""
    if not re.fullmatch(r"[a-zA-Z0-9._-]{1,128}", name):
        raise Refusal("InvalidRequestException", f"WorkGroup name is not valid: {name!r}")
    athena._ensure_default_workgroup()
    if name in athena._workgroups:
        raise Refusal("InvalidRequestException", f"WorkGroup {name} is already created.")
    given = call.data.get("Configuration") or {}
    _check(given)
    group = {
        "Name": name,
        "State": "ENABLED",
        "Configuration": _configuration(given),
        "CreationTime": time.time(),
    }
    if call.data.get("Description"):
        group["Description"] = call.data["Description"]
    athena._workgroups[name] = group
    if call.data.get("Tags"):
        tags = {tag["Key"]: tag.get("Value", "") for tag in call.data["Tags"]}
        athena._tags[athena._arn_workgroup(name)] = tags
    return done()


@answers("athena", "GetWorkGroup")
def get_work_group(call: Call, forward: Forward) -> Answer:
    """With every default. The primary workgroup does not enforce its settings until told to."""
    group = dict(found_group(call.data.get("WorkGroup", "")))
    given = group.get("Configuration") or {}
    if group["Name"] == "primary":
        given = {**_PRIMARY, **given}
    group["Configuration"] = _configuration(given)
    return done({"WorkGroup": group})


@answers("athena", "ListWorkGroups")
def list_work_groups(call: Call, forward: Forward) -> Answer:
    """By pages of at most 50, with each group's engine."""
    athena._ensure_default_workgroup()
    names, token = page(call, sorted(athena._workgroups), most=50)
    summaries = []
    for name in names:
        group = athena._workgroups[name]
        summary = {
            key: group[key]
            for key in ("Name", "State", "Description", "CreationTime")
            if group.get(key) not in (None, "")
        }
        summary["EngineVersion"] = _configuration(group.get("Configuration") or {})["EngineVersion"]
        summaries.append(summary)
    return done({"WorkGroups": summaries, **token})


def _updated_result(result: dict[str, Any], updates: dict[str, Any]) -> dict[str, Any]:
    new = dict(result)
    for name in _RESULT:
        if updates.get(f"Remove{name}"):
            new.pop(name, None)
        elif name in updates:
            new[name] = updates[name]
    return new


@answers("athena", "UpdateWorkGroup")
def update_work_group(call: Call, forward: Forward) -> Answer:
    """Only what is named changes; Remove… flags take a setting away (MiniStack knows two)."""
    group = found_group(call.data.get("WorkGroup", ""))
    updates = call.data.get("ConfigurationUpdates") or {}
    new = copy.deepcopy(group.get("Configuration") or {})
    new.update({name: updates[name] for name in _REPLACED if name in updates})
    for name in _REMOVED:
        if updates.get(f"Remove{name}"):
            new.pop(name, None)
    if "ResultConfigurationUpdates" in updates:
        result = new.get("ResultConfiguration") or {}
        new["ResultConfiguration"] = _updated_result(result, updates["ResultConfigurationUpdates"])
    _check(new)
    # Nothing is stored before everything is checked.
    if group["Name"] != "primary":
        new = _configuration(new)
    group["Configuration"] = new
    if "Description" in call.data:
        group["Description"] = call.data["Description"]
    if "State" in call.data:
        group["State"] = call.data["State"]
    return done()


@answers("athena", "DeleteWorkGroup")
def delete_work_group(call: Call, forward: Forward) -> Answer:
    """A missing one, the primary one, and one with contents but without RecursiveDeleteOption are
    refused. The contents go with it: named queries, query executions, prepared statements."""
    name = call.data.get("WorkGroup", "")
    if name == "primary":
        raise Refusal("InvalidRequestException", "The primary WorkGroup cannot be deleted.")
    found_group(name)
    queries = [key for key, one in athena._named_queries.items() if one.get("WorkGroup") == name]
    runs = [key for key, one in athena._executions.items() if one.get("WorkGroup") == name]
    statements = [key for key in athena._prepared_statements if key.startswith(f"{name}/")]
    if (queries or runs or statements) and not call.data.get("RecursiveDeleteOption"):
        raise Refusal("InvalidRequestException", f"WorkGroup {name} is not empty.")
    for store, keys in (
        (athena._named_queries, queries),
        (athena._executions, runs),
        (athena._prepared_statements, statements),
    ):
        for key in keys:
            del store[key]
    del athena._workgroups[name]
    athena._tags.pop(athena._arn_workgroup(name), None)
    return done()


@answers("athena", "ListTagsForResource", "TagResource", "UntagResource")
async def tags_of_what_exists(call: Call, forward: Forward) -> Answer:
    """ResourceNotFoundException for a missing workgroup; MiniStack keeps tags for anything."""
    kind, dummy, name = call.data.get("ResourceARN", "").rpartition(":")[2].partition("/")
    if kind == "workgroup" and name != "primary" and name not in athena._workgroups:
        raise Refusal("ResourceNotFoundException", f"WorkGroup {name} is not found.")
    return await forward(call)
