# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hive's DDL done on the Glue Data Catalog, by calls that any client could make.

What is written is what Athena writes (``aws glue get-table`` on tables that it made): EXTERNAL and
transient_lastDdlTime, the table's comment among the parameters, the location without its last
slash, -1 buckets. Errors are worded as Hive's.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import unquote, urlsplit

from ministack.services import s3

from ..dispatch import Refusal
from . import athena_alter, athena_shows
from . import hive_statements as ddl
from .athena_calls import TASK, Failed, every, get_table, glue, require_database
from .athena_plans import After, Context

_BATCH = 100  # BatchCreatePartition: "Maximum number of 100 items"
_BATCH_DELETE = 25  # BatchDeletePartition: "Maximum number of 25 items"
# Characters of a value that Hive writes as %XX in the name of a partition's folder.
_ESCAPED = frozenset("\"#%'*/:=?\\{[]^" + "".join(map(chr, range(1, 32))) + "\x7f")


# --- databases and tables -----------------------------------------------------------------------


async def _create_database(statement: ddl.CreateDatabase) -> None:
    given = {
        "Name": statement.name,
        "Description": statement.comment,
        "LocationUri": statement.location,
        "Parameters": statement.properties or None,
    }
    try:
        await glue(
            "CreateDatabase", DatabaseInput={k: v for k, v in given.items() if v is not None}
        )
    except Refusal as refusal:
        if refusal.code != "AlreadyExistsException":
            raise Failed(f"{TASK} {refusal.message}") from refusal
        if not statement.if_not_exists:
            raise Failed(f"{TASK} Database {statement.name} already exists") from refusal


async def _drop_database(statement: ddl.DropDatabase) -> None:
    try:
        await require_database(statement.name)
    except Failed:
        if statement.if_exists:
            return
        raise
    tables = await glue("GetTables", DatabaseName=statement.name, MaxResults=1)
    if tables["TableList"] and not statement.cascade:
        raise Failed(
            f"{TASK} InvalidOperationException(message:Database {statement.name} is not empty."
            " One or more tables exist.)"
        )
    await glue("DeleteDatabase", Name=statement.name)


def _columns(columns: list[ddl.Column]) -> list[dict[str, str]]:
    return [
        {"Name": name, "Type": kind, **({} if comment is None else {"Comment": comment})}
        for name, kind, comment in columns
    ]


def _location(given: str) -> str:
    """As Hive's paths are: without the slash at the end."""
    return given.rstrip("/")


def table_input(statement: ddl.CreateTable) -> dict[str, Any]:
    """The TableInput that Athena writes for CREATE EXTERNAL TABLE."""
    parameters = {"EXTERNAL": "TRUE", "transient_lastDdlTime": str(int(time.time()))}
    if statement.comment is not None:
        parameters["comment"] = statement.comment
    return {
        "Name": statement.name.table,
        "Owner": "hadoop",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {**parameters, **statement.properties},
        "PartitionKeys": _columns(statement.partition_keys),
        "StorageDescriptor": {
            "Columns": _columns(statement.columns),
            "Location": _location(statement.location or ""),
            "InputFormat": statement.formats.input,
            "OutputFormat": statement.formats.output,
            "Compressed": False,
            "NumberOfBuckets": statement.buckets,
            "SerdeInfo": {
                "SerializationLibrary": statement.serde,
                "Parameters": statement.serde_parameters,
            },
            "BucketColumns": statement.bucket_columns,
            "SortColumns": [],
            "Parameters": {},
            "SkewedInfo": {
                "SkewedColumnNames": [],
                "SkewedColumnValues": [],
                "SkewedColumnValueLocationMaps": {},
            },
            "StoredAsSubDirectories": False,
        },
    }


def _repeated(columns: list[ddl.Column]) -> str | None:
    names: set[str] = set()
    for column in columns:
        if column.name in names:
            return column.name
        names.add(column.name)
    return None


async def _create_table(statement: ddl.CreateTable, context: Context) -> None:
    database = statement.name.database or context.database
    await require_database(database)
    if not (statement.location or "").startswith("s3://"):
        raise Failed(
            f"{TASK} MetaException(message:Got exception: java.io.IOException"
            f" No FileSystem for scheme: {urlsplit(statement.location or '').scheme})"
        )
    twice = _repeated(statement.columns)
    if twice is not None:
        raise Failed(f"FAILED: SemanticException [Error 10036]: Duplicate column name: {twice}")
    if _repeated(statement.columns + statement.partition_keys) is not None:
        raise Failed(
            "FAILED: SemanticException [Error 10035]: Column repeated in partitioning columns"
        )
    try:
        await glue("CreateTable", DatabaseName=database, TableInput=table_input(statement))
    except Refusal as refusal:
        if refusal.code != "AlreadyExistsException":
            raise Failed(f"{TASK} {refusal.message}") from refusal
        if not statement.if_not_exists:
            name = statement.name.table
            raise Failed(
                f"{TASK} AlreadyExistsException(message:Table {name} already exists)"
            ) from refusal


async def _drop_table(statement: ddl.DropTable, context: Context) -> None:
    try:
        table = await get_table(statement.name, context)
    except Failed:
        if statement.if_exists:
            return
        raise
    await glue("DeleteTable", DatabaseName=table["DatabaseName"], Name=table["Name"])


async def _drop_view(statement: ddl.DropView, context: Context) -> None:
    name = f"{statement.name.database or context.database}.{statement.name.table}"
    try:
        table = await get_table(statement.name, context)
    except Failed as error:
        if statement.if_exists:
            return
        raise Failed(f"View {name} does not exist") from error
    if table.get("TableType") != "VIRTUAL_VIEW":
        raise Failed(f"{name} is a table, not a view: DROP TABLE removes it")
    await glue("DeleteTable", DatabaseName=table["DatabaseName"], Name=table["Name"])


# --- partitions ---------------------------------------------------------------------------------


def folder(values: tuple[tuple[str, str], ...]) -> str:
    """``dt=2024-01-01/kind=a%2Fb``: where Hive keeps a partition."""
    escaped = (
        (key, "".join(f"%{ord(one):02X}" if one in _ESCAPED else one for one in value))
        for key, value in values
    )
    return "/".join(f"{key}={value}" for key, value in escaped)


def _in_order(table: dict[str, Any], partition: ddl.Partition) -> tuple[tuple[str, str], ...]:
    """The values in the order of the table's keys; each key has to be there once."""
    keys = [key["Name"] for key in table.get("PartitionKeys") or []]
    given = dict(partition.values)
    if not keys:
        name = f"{table['DatabaseName']}.{table['Name']}"
        raise Failed(
            f"FAILED: SemanticException table {name} is not partitioned but partition spec exists"
        )
    if sorted(given) != sorted(keys) or len(partition.values) != len(keys):
        spec = ", ".join(f"{key}={value}" for key, value in partition.values)
        raise Failed(
            f"FAILED: SemanticException partition spec {{{spec}}} doesn't contain all"
            f" ({len(keys)}) partition columns"
        )
    return tuple((key, given[key]) for key in keys)


def _partition_input(
    table: dict[str, Any], values: tuple[tuple[str, str], ...], location: str | None
) -> dict[str, Any]:
    storage = table["StorageDescriptor"]
    place = location or f"{storage['Location'].rstrip('/')}/{folder(values)}"
    return {
        "Values": [value for dummy, value in values],
        "StorageDescriptor": {**storage, "Location": _location(place)},
        "Parameters": {"transient_lastDdlTime": str(int(time.time()))},
    }


async def _known(table: dict[str, Any]) -> set[tuple[str, ...]]:
    named = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
    found = await every("GetPartitions", "Partitions", **named)
    return {tuple(partition["Values"]) for partition in found}


async def _add(table: dict[str, Any], inputs: list[dict[str, Any]]) -> None:
    for start in range(0, len(inputs), _BATCH):
        await glue(
            "BatchCreatePartition",
            DatabaseName=table["DatabaseName"],
            TableName=table["Name"],
            PartitionInputList=inputs[start : start + _BATCH],
        )


async def _add_partitions(statement: ddl.AddPartitions, context: Context) -> None:
    """All of them or none: what is there already is found before the first is made."""
    table = await get_table(statement.name, context)
    known = await _known(table)
    inputs = []
    for partition in statement.partitions:
        values = _in_order(table, partition)
        plain = tuple(value for dummy, value in values)
        if plain not in known:
            inputs.append(_partition_input(table, values, partition.location))
        elif not statement.if_not_exists:
            raise Failed(f"{TASK} AlreadyExistsException(message:Partition already exists.)")
        known.add(plain)
    await _add(table, inputs)


async def _drop_partitions(statement: ddl.DropPartitions, context: Context) -> None:
    table = await get_table(statement.name, context)
    known = await _known(table)
    doomed = []
    for partition in statement.partitions:
        values = _in_order(table, partition)
        plain = [value for dummy, value in values]
        if tuple(plain) in known:
            doomed.append({"Values": plain})
        elif not statement.if_exists:
            raise Failed(
                f"FAILED: SemanticException [Error 10006]: Partition not found ({folder(values)})"
            )
    for start in range(0, len(doomed), _BATCH_DELETE):
        await glue(
            "BatchDeletePartition",
            DatabaseName=table["DatabaseName"],
            TableName=table["Name"],
            PartitionsToDelete=doomed[start : start + _BATCH_DELETE],
        )


def _found_in_folders(table: dict[str, Any]) -> list[tuple[tuple[str, str], ...]]:
    """The partitions that ``key=value`` folders below the table's location stand for."""
    place = urlsplit(table["StorageDescriptor"]["Location"])
    keys = [key["Name"] for key in table.get("PartitionKeys") or []]
    prefix = place.path.strip("/") + "/" if place.path.strip("/") else ""
    objects = (s3._buckets.get(place.netloc) or {"objects": {}})["objects"]
    found: dict[tuple[tuple[str, str], ...], None] = {}
    for key in sorted(objects):
        folders = key[len(prefix) :].split("/")[:-1][: len(keys)] if key.startswith(prefix) else []
        pairs = [one.partition("=")[::2] for one in folders]
        # Athena's MSCK wants the keys in lower case: camel case folders are not found.
        if keys and [name for name, dummy in pairs] == keys:
            found[tuple((name, unquote(value)) for name, value in pairs)] = None
    return list(found)


async def _repair(statement: ddl.RepairTable, context: Context) -> list[str]:
    """What MSCK prints: the partitions that were missing, then each that was added."""
    table = await get_table(statement.name, context)
    known = await _known(table)
    missing = [
        values
        for values in _found_in_folders(table)
        if tuple(value for dummy, value in values) not in known
    ]
    await _add(table, [_partition_input(table, values, None) for values in missing])
    named = [f"{table['Name']}:{folder(values)}" for values in missing]
    lines = ["Partitions not in metastore:\t" + "\t".join(named)] if named else []
    return lines + [f"Repair: Added partition to metastore {name}" for name in named]


async def run(statement: ddl.Statement, context: Context) -> list[str]:
    """Do what the statement says; the lines that it prints. Failed with Athena's reason."""
    if isinstance(statement, ddl.CreateDatabase):
        await _create_database(statement)
    elif isinstance(statement, ddl.DropDatabase):
        await _drop_database(statement)
    elif isinstance(statement, ddl.CreateTable):
        await _create_table(statement, context)
    elif isinstance(statement, ddl.DropTable):
        await _drop_table(statement, context)
    elif isinstance(statement, ddl.AddPartitions):
        await _add_partitions(statement, context)
    elif isinstance(statement, ddl.DropPartitions):
        await _drop_partitions(statement, context)
    elif isinstance(statement, ddl.DropView):
        await _drop_view(statement, context)
    elif isinstance(statement, ddl.RepairTable):
        return await _repair(statement, context)
    elif isinstance(statement, (ddl.ShowNames, ddl.ShowTable, ddl.Describe)):
        return await athena_shows.lines(statement, context)
    else:
        await athena_alter.run(statement, context)
    return []


async def finish(after: tuple[After, ...], context: Context) -> None:
    """What is left to be done on the catalog when Trino has done its part."""
    for work in after:
        await athena_alter.finish(work, context)
