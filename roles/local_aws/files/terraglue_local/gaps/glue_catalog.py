# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glue Data Catalog: databases, tables and their versions, partitions."""

from __future__ import annotations

import copy
import re
import time
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import glue

from ..dispatch import Answer, Call, Forward, Refusal, answers, content_of, done, own_store
from .glue_expressions import Invalid, condition
from .glue_shared import page

# "database/table" → the archived versions, oldest first.
_versions = own_store(glue, "table_versions")

_TABLE_INPUT = (
    "Description",
    "Owner",
    "LastAccessTime",
    "LastAnalyzedTime",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
    "TargetTable",
    "FederatedTable",
    "ViewDefinition",
)
# What GetTable and GetPartition add to a StorageDescriptor that left them out. Hive's and Trino's
# Glue clients read these without asking whether they are there.
_DESCRIPTOR_DEFAULTS: dict[str, Any] = {
    "Compressed": False,
    "NumberOfBuckets": 0,
    "SortColumns": [],
    "StoredAsSubDirectories": False,
}
# "Default permissions on the table for principals. Used by Lake Formation": the IAM-only default.
_DEFAULT_PERMISSIONS = [
    {
        "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
        "Permissions": ["ALL"],
    }
]


def _without_blanks(record: dict[str, Any]) -> dict[str, Any]:
    """Without what was never given: MiniStack answers "" and null, which AWS refuses as input."""
    return {name: value for name, value in record.items() if value is not None and value != ""}


def _with_descriptor(record: dict[str, Any]) -> dict[str, Any]:
    answer = _without_blanks(record)
    if "StorageDescriptor" in answer:
        answer["StorageDescriptor"] = {**_DESCRIPTOR_DEFAULTS, **answer["StorageDescriptor"]}
    return answer


def table_answer(record: dict[str, Any]) -> dict[str, Any]:
    """A table as AWS answers it, whoever stored it (MiniStack's Athena and Iceberg do, too)."""
    answer = _with_descriptor(record)
    answer.setdefault("Retention", 0)
    answer.setdefault("IsRegisteredWithLakeFormation", False)
    return answer


def _folded(call: Call, *names: str) -> dict[str, Any]:
    """The call's data with these names "folded to lowercase", as the catalog stores them."""
    return {
        key: value.lower() if key in names and isinstance(value, str) else value
        for key, value in call.data.items()
    }


def _database(data: dict[str, Any], name: str = "DatabaseName") -> str:
    database = data.get(name, "")
    if database not in glue._databases:
        raise Refusal("EntityNotFoundException", f"Database {database} not found.")
    return database


def _table(data: dict[str, Any], name: str = "Name") -> str:
    """Key of an existing table."""
    key = f"{_database(data)}/{data.get(name, '')}"
    if key not in glue._tables:
        raise Refusal(
            "EntityNotFoundException", f"Entity Not Found: table {data.get(name)} not found."
        )
    return key


def _check_name(kind: str, name: Any) -> str:
    """NameString: 1 to 255 characters without control characters; here already folded."""
    if not isinstance(name, str) or not re.fullmatch(r"[^\x00-\x1f]{1,255}", name):
        raise Refusal("InvalidInputException", f"{kind} name is not valid: {name!r}")
    return name


# --- databases ----------------------------------------------------------------------------------


def _database_record(given: dict[str, Any], name: str, made: float) -> dict[str, Any]:
    kept = ("Description", "LocationUri", "Parameters", "TargetDatabase", "FederatedDatabase")
    return {
        "Name": name,
        **{key: given[key] for key in kept if given.get(key) not in (None, "")},
        "CreateTime": made,
        "CreateTableDefaultPermissions": given.get(
            "CreateTableDefaultPermissions", copy.deepcopy(_DEFAULT_PERMISSIONS)
        ),
        "CatalogId": get_account_id(),
    }


@answers("glue", "CreateDatabase")
def create_database(call: Call, forward: Forward) -> Answer:
    """The name is folded to lowercase; what was not given is not answered later."""
    given = call.data.get("DatabaseInput") or {}
    name = _check_name("Database", str(given.get("Name") or "").lower())
    if name in glue._databases:
        raise Refusal("AlreadyExistsException", f"Database already exists: {name}")
    glue._databases[name] = _database_record(given, name, time.time())
    if call.data.get("Tags"):
        glue._tags[glue._arn("database", name)] = dict(call.data["Tags"])
    return done()


@answers("glue", "UpdateDatabase")
def update_database(call: Call, forward: Forward) -> Answer:
    """DatabaseInput "specifies the new definition": what it leaves out is gone."""
    name = _database(_folded(call, "Name"), "Name")
    given = call.data.get("DatabaseInput") or {}
    glue._databases[name] = _database_record(given, name, glue._databases[name]["CreateTime"])
    return done()


@answers("glue", "GetDatabase")
def get_database(call: Call, forward: Forward) -> Answer:
    """Without the empty members that MiniStack adds."""
    name = _database(_folded(call, "Name"), "Name")
    return done({"Database": _without_blanks(glue._databases[name])})


@answers("glue", "GetDatabases")
def get_databases(call: Call, forward: Forward) -> Answer:
    """By pages of at most 100."""
    names, token = page(call, sorted(glue._databases), most=100)
    return done(
        {"DatabaseList": [_without_blanks(glue._databases[name]) for name in names], **token}
    )


@answers("glue", "DeleteDatabase")
async def delete_database(call: Call, forward: Forward) -> Answer:
    """MiniStack removes its tables and tags; the tables' versions go too."""
    data = _folded(call, "Name")
    name = _database(data, "Name")
    for key in [key for key in _versions if key.startswith(f"{name}/")]:
        del _versions[key]
    return await forward(call.with_data(data))


# --- tables -------------------------------------------------------------------------------------


def _table_record(given: dict[str, Any], database: str, name: str) -> dict[str, Any]:
    now = time.time()
    return {
        "Name": name,
        "DatabaseName": database,
        **{key: given[key] for key in _TABLE_INPUT if given.get(key) not in (None, "")},
        "CreateTime": now,
        "UpdateTime": now,
        "CreatedBy": f"arn:aws:iam::{get_account_id()}:root",
        "CatalogId": get_account_id(),
        "VersionId": "0",
    }


@answers("glue", "CreateTable")
def create_table(call: Call, forward: Forward) -> Answer:
    """Keeps every member of TableInput and invents none; the first version is 0."""
    data = _folded(call, "DatabaseName", "Name")
    database = _database(data)
    given = data.get("TableInput") or {}
    name = _check_name("Table", str(given.get("Name") or data.get("Name") or "").lower())
    key = f"{database}/{name}"
    if key in glue._tables:
        raise Refusal("AlreadyExistsException", f"Table already exists: {name}")
    glue._tables[key] = _table_record(given, database, name)
    return done()


@answers("glue", "UpdateTable")
def update_table(call: Call, forward: Forward) -> Answer:
    """Replaces the definition and archives the old one, unless SkipArchive.

    VersionId: "The version ID at which to update the table contents"; a stale one is refused with
    ConcurrentModificationException.
    """
    data = _folded(call, "DatabaseName", "Name")
    given = data.get("TableInput") or {}
    name = str(given.get("Name") or data.get("Name") or "").lower()
    key = _table({**data, "Name": name})
    old = glue._tables[key]
    wanted = data.get("VersionId")
    if wanted is not None and str(wanted) != old["VersionId"]:
        raise Refusal(
            "ConcurrentModificationException",
            f"Update table failed due to concurrent modifications: {old['VersionId']} is current.",
        )
    if not data.get("SkipArchive"):
        _versions.setdefault(key, []).append(copy.deepcopy(old))
    new = _table_record(given, old["DatabaseName"], name)
    new["CreateTime"] = old["CreateTime"]
    new["VersionId"] = str(int(old["VersionId"]) + 1)
    glue._tables[key] = new
    return done()


@answers("glue", "GetTable")
def get_table(call: Call, forward: Forward) -> Answer:
    """With AWS's defaults and without empty members that were not given."""
    data = _folded(call, "DatabaseName", "Name")
    return done({"Table": table_answer(glue._tables[_table(data)])})


@answers("glue", "GetTables")
def get_tables(call: Call, forward: Forward) -> Answer:
    """By pages of at most 100; Expression is a regular expression, not a glob."""
    data = _folded(call, "DatabaseName")
    prefix = f"{_database(data)}/"
    names = sorted(key[len(prefix) :] for key in glue._tables if key.startswith(prefix))
    if data.get("Expression"):
        try:
            pattern = re.compile(data["Expression"])
        except re.error as error:
            raise Refusal("InvalidInputException", f"Invalid expression: {error}") from error
        names = [name for name in names if pattern.fullmatch(name)]
    shown, token = page(call, names, most=100)
    return done(
        {"TableList": [table_answer(glue._tables[prefix + name]) for name in shown], **token}
    )


@answers("glue", "DeleteTable", "BatchDeleteTable")
async def delete_tables(call: Call, forward: Forward) -> Answer:
    """A missing database is an error for both; the versions go with the tables."""
    data = _folded(call, "DatabaseName", "Name")
    database = _database(data)
    if call.action == "DeleteTable":
        _table(data)
        names = [data["Name"]]
    else:
        names = data["TablesToDelete"] = [name.lower() for name in data.get("TablesToDelete", [])]
    for name in names:
        _versions.pop(f"{database}/{name}", None)
    return await forward(call.with_data(data))


def _versions_of(key: str) -> list[dict[str, Any]]:
    """Newest first, the current one included."""
    return [glue._tables[key], *reversed(_versions.get(key, []))]


def _version_answer(record: dict[str, Any]) -> dict[str, Any]:
    return {"Table": table_answer(record), "VersionId": record["VersionId"]}


@answers("glue", "GetTableVersions")
def get_table_versions(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack."""
    key = _table(_folded(call, "DatabaseName", "TableName"), "TableName")
    records = _versions_of(key)
    start = int(call.data.get("NextToken") or 0)
    end = start + min(call.data.get("MaxResults") or 100, 100)
    answer: dict[str, Any] = {"TableVersions": [_version_answer(one) for one in records[start:end]]}
    if end < len(records):
        answer["NextToken"] = str(end)
    return done(answer)


@answers("glue", "GetTableVersion")
def get_table_version(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack. Without VersionId the current version."""
    key = _table(_folded(call, "DatabaseName", "TableName"), "TableName")
    wanted = call.data.get("VersionId", glue._tables[key]["VersionId"])
    for record in _versions_of(key):
        if record["VersionId"] == wanted:
            return done({"TableVersion": _version_answer(record)})
    raise Refusal("EntityNotFoundException", f"Table version {wanted} not found.")


def _delete_version(key: str, version: str) -> bool:
    kept = [record for record in _versions.get(key, []) if record["VersionId"] != version]
    found = len(kept) < len(_versions.get(key, []))
    _versions[key] = kept
    return found


@answers("glue", "DeleteTableVersion")
def delete_table_version(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack. The current version cannot be deleted this way."""
    key = _table(_folded(call, "DatabaseName", "TableName"), "TableName")
    version = call.data.get("VersionId", "")
    if version == glue._tables[key]["VersionId"]:
        raise Refusal("InvalidInputException", "Cannot delete the latest version of the table.")
    if not _delete_version(key, version):
        raise Refusal("EntityNotFoundException", f"Table version {version} not found.")
    return done()


@answers("glue", "BatchDeleteTableVersion")
def batch_delete_table_version(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack. What could not be deleted is listed in Errors."""
    data = _folded(call, "DatabaseName", "TableName")
    key = _table(data, "TableName")
    errors = [
        {
            "TableName": data["TableName"],
            "VersionId": version,
            "ErrorDetail": {
                "ErrorCode": "EntityNotFoundException",
                "ErrorMessage": f"Table version {version} not found.",
            },
        }
        for version in data.get("VersionIds", [])
        if not _delete_version(key, version)
    ]
    return done({"Errors": errors})


# --- partitions ---------------------------------------------------------------------------------


def _partition_index(key: str, values: list[str]) -> int:
    for index, partition in enumerate(glue._partitions.get(key, [])):
        if partition.get("Values") == values:
            return index
    raise Refusal("EntityNotFoundException", "Cannot find partition.")


def _check_values(key: str, given: dict[str, Any]) -> None:
    """As many values as the table has partition keys; MiniStack takes any."""
    keys = glue._tables[key].get("PartitionKeys") or []
    if len(given.get("Values") or []) != len(keys):
        raise Refusal(
            "InvalidInputException",
            "The number of partition keys do not match the number of partition values",
        )


@answers("glue", "CreatePartition")
async def create_partition(call: Call, forward: Forward) -> Answer:
    """MiniStack keeps partitions of missing tables."""
    data = _folded(call, "DatabaseName", "TableName")
    _check_values(_table(data, "TableName"), data.get("PartitionInput") or {})
    return await forward(call.with_data(data))


@answers("glue", "BatchCreatePartition")
async def batch_create_partition(call: Call, forward: Forward) -> Answer:
    """What could not be created is listed in Errors."""
    data = _folded(call, "DatabaseName", "TableName")
    key = _table(data, "TableName")
    fitting, errors = [], []
    for given in data.get("PartitionInputList") or []:
        try:
            _check_values(key, given)
            fitting.append(given)
        except Refusal as refusal:
            detail = {"ErrorCode": refusal.code, "ErrorMessage": refusal.message}
            errors.append({"PartitionValues": given.get("Values", []), "ErrorDetail": detail})
    answer = await forward(call.with_data({**data, "PartitionInputList": fitting}))
    if answer[0] != 200 or not errors:
        return answer
    return done({"Errors": [*content_of(answer)["Errors"], *errors]})


@answers(
    "glue",
    "BatchUpdatePartition",
    "DeleteColumnStatisticsForPartition",
    "DeleteColumnStatisticsForTable",
    "GetColumnStatisticsForPartition",
    "GetColumnStatisticsForTable",
    "UpdateColumnStatisticsForPartition",
    "UpdateColumnStatisticsForTable",
)
async def by_names_of_any_case(call: Call, forward: Forward) -> Answer:
    """MiniStack finds a table by its name in lower case alone."""
    data = _folded(call, "DatabaseName", "TableName")
    _table(data, "TableName")
    return await forward(call.with_data(data))


@answers("glue", "GetPartition", "BatchGetPartition")
async def partitions_of_what_exists(call: Call, forward: Forward) -> Answer:
    """MiniStack leaves out descriptor defaults."""
    data = _folded(call, "DatabaseName", "TableName")
    _table(data, "TableName")
    answer = await forward(call.with_data(data))
    if answer[0] != 200:
        return answer
    content = content_of(answer)
    if "Partition" in content:
        content["Partition"] = _with_descriptor(content["Partition"])
    if "Partitions" in content:
        content["Partitions"] = [_with_descriptor(one) for one in content["Partitions"]]
    return done(content)


def _wanted(key: str, expression: str) -> list[dict[str, Any]]:
    """The partitions that an expression chooses, all of them without one."""
    partitions = list(glue._partitions.get(key, []))
    keys = glue._tables[key].get("PartitionKeys") or []
    names = [one["Name"].lower() for one in keys]
    if not expression.strip():
        return partitions
    try:
        holds = condition(expression, {one["Name"].lower(): one["Type"] for one in keys})
        return [one for one in partitions if holds(dict(zip(names, one["Values"])))]
    except Invalid as error:
        raise Refusal("InvalidInputException", f"Unsupported expression: {error}") from error


@answers("glue", "GetPartitions")
def get_partitions(call: Call, forward: Forward) -> Answer:
    """By pages of at most 1,000. Segment: everything is in the first, the others are empty.
    ExcludeColumnSchema: "not returning the partition column schema".

    MiniStack knows neither Expression nor pages, and repeats everything in each segment.
    """
    data = _folded(call, "DatabaseName", "TableName")
    key = _table(data, "TableName")
    if (data.get("Segment") or {}).get("SegmentNumber", 0) > 0:
        return done({"Partitions": []})
    found = _wanted(key, data.get("Expression") or "")
    start = int(data.get("NextToken") or 0)
    end = start + min(data.get("MaxResults") or 1000, 1000)
    token = {"NextToken": str(end)} if end < len(found) else {}
    shown = [_with_descriptor(one) for one in found[start:end]]
    if data.get("ExcludeColumnSchema"):
        for one in shown:
            one.get("StorageDescriptor", {}).pop("Columns", None)
    return done({"Partitions": shown, **token})


@answers("glue", "UpdatePartition")
def update_partition(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack. PartitionInput replaces what PartitionValueList names; new values
    must not be another partition's."""
    data = _folded(call, "DatabaseName", "TableName")
    key = _table(data, "TableName")
    index = _partition_index(key, data.get("PartitionValueList", []))
    old = glue._partitions[key][index]
    given = data.get("PartitionInput") or {}
    _check_values(key, given)
    if given["Values"] != old["Values"] and any(
        one["Values"] == given["Values"] for one in glue._partitions[key]
    ):
        raise Refusal("AlreadyExistsException", "Partition already exists.")
    made = {name: old[name] for name in ("DatabaseName", "TableName", "CreationTime", "CatalogId")}
    glue._partitions[key][index] = {**given, **made}
    return done()


@answers("glue", "DeletePartition")
async def delete_partition(call: Call, forward: Forward) -> Answer:
    """EntityNotFoundException for a missing partition; MiniStack succeeds."""
    data = _folded(call, "DatabaseName", "TableName")
    _partition_index(_table(data, "TableName"), data.get("PartitionValues", []))
    return await forward(call.with_data(data))


@answers("glue", "BatchDeletePartition")
def batch_delete_partition(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack. What is missing is listed in Errors."""
    key = _table(_folded(call, "DatabaseName", "TableName"), "TableName")
    errors = []
    for entry in call.data.get("PartitionsToDelete", []):
        values = entry.get("Values", [])
        try:
            del glue._partitions[key][_partition_index(key, values)]
        except Refusal as refusal:
            detail = {"ErrorCode": refusal.code, "ErrorMessage": refusal.message}
            errors.append({"PartitionValues": values, "ErrorDetail": detail})
    return done({"Errors": errors})
