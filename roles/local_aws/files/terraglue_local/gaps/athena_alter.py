# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of what is in the catalog: ALTER, and what Athena writes other than Trino."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from ..dispatch import Refusal
from . import hive_statements as ddl
from .athena_calls import TASK, Failed, get_table, glue
from .athena_plans import After, Context, NewTable, NewView, Vanish

# What UpdateTable takes of what GetTable answers.
_INPUT = (
    "Name Description Owner LastAccessTime LastAnalyzedTime Retention StorageDescriptor PartitionKeys"
    " ViewOriginalText ViewExpandedText TableType Parameters TargetTable"
).split()
_PARTITION_INPUT = (
    "Values",
    "LastAccessTime",
    "LastAnalyzedTime",
    "StorageDescriptor",
    "Parameters",
)
_VIEW = re.compile(r"/\* Presto View: ([A-Za-z0-9+/=\s]+)\*/")
# Trino's names of types → Hive's; the rest is spelled alike.
_TYPES = {"integer": "int", "real": "float", "varbinary": "binary", "varchar": "string"}


async def update(table: dict[str, Any], **changes: Any) -> None:
    """Write a table with changes of its input."""
    kept = {key: table[key] for key in _INPUT if key in table}
    await glue("UpdateTable", DatabaseName=table["DatabaseName"], TableInput={**kept, **changes})


# --- types and views (pure) ---------------------------------------------------------------------


def _parts(text: str) -> list[str]:
    """What stands between the commas outside of brackets and quotes."""
    parts, depth, start, quote = [], 0, 0, False
    for at, one in enumerate(text):
        if one == '"':
            quote = not quote
        elif not quote:
            depth += {"(": 1, ")": -1}.get(one, 0)
            if one == "," and depth == 0:
                parts.append(text[start:at].strip())
                start = at + 1
    return [*parts, text[start:].strip()]


def hive_type(trino: str) -> str:
    """``row(a integer, b array(varchar))`` → ``struct<a:int,b:array<string>>``"""
    outer, dummy, rest = trino.strip().partition("(")
    inner = rest.rpartition(")")[0]
    if outer == "array":
        return f"array<{hive_type(inner)}>"
    if outer == "map":
        key, value = _parts(inner)
        return f"map<{hive_type(key)},{hive_type(value)}>"
    if outer == "row":
        fields = []
        for index, part in enumerate(_parts(inner)):
            match = re.fullmatch(r'("(?:[^"]|"")*"|\w+)\s+(.+)', part, re.DOTALL)
            name, kind = match.groups() if match else (f"field{index}", part)
            fields.append(f"{name.strip(chr(34))}:{hive_type(kind)}")
        return f"struct<{','.join(fields)}>"
    if outer == "timestamp":
        return "timestamp"
    if dummy:
        return trino.replace(" ", "")
    return _TYPES.get(outer, outer)


def athena_type(hive: str) -> str:
    """A column of CREATE TABLE AS: Athena knows no length of a text there."""
    return re.sub(r"\bvarchar\(\d+\)", "string", hive)


def view_of(table: dict[str, Any]) -> dict[str, Any] | None:
    """What Trino and Athena keep of a view: originalSql, columns, …; None when it is none."""
    match = _VIEW.search(table.get("ViewOriginalText") or "")
    if match is None:
        return None
    try:
        content = json.loads(base64.b64decode(match.group(1)))
    except (binascii.Error, ValueError):
        return None
    return content if isinstance(content, dict) else None


def view_columns(view: dict[str, Any]) -> list[dict[str, str]]:
    """The columns of a view as Glue shows them."""
    return [{"Name": one["name"], "Type": hive_type(one["type"])} for one in view["columns"]]


# --- afterwork ----------------------------------------------------------------------------------


def _plain(columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**column, "Type": athena_type(column["Type"])} for column in columns]


async def finish(work: After, context: Context) -> None:
    """Make of what Trino wrote what Athena writes."""
    table = await get_table(work.name, context)
    storage = table["StorageDescriptor"]
    if isinstance(work, Vanish):
        await glue("DeleteTable", DatabaseName=table["DatabaseName"], Name=table["Name"])
    elif isinstance(work, NewView):
        view = view_of(table)
        if view is not None:
            await update(table, StorageDescriptor={**storage, "Columns": view_columns(view)})
    elif isinstance(work, NewTable):
        await update(
            table,
            StorageDescriptor={
                **storage,
                "Columns": _plain(storage["Columns"]),
                "Location": storage["Location"].rstrip("/"),
            },
            PartitionKeys=_plain(table.get("PartitionKeys") or []),
            Parameters={**table.get("Parameters", {}), **dict(work.properties)},
        )


# --- ALTER --------------------------------------------------------------------------------------


def _columns(columns: list[ddl.Column]) -> list[dict[str, str]]:
    return [
        {"Name": name, "Type": kind, **({} if comment is None else {"Comment": comment})}
        for name, kind, comment in columns
    ]


def _with_columns(table: dict[str, Any], statement: ddl.SetColumns) -> list[dict[str, str]]:
    old = [] if statement.replace else table["StorageDescriptor"]["Columns"]
    new = [*old, *_columns(statement.columns)]
    seen = {key["Name"] for key in table.get("PartitionKeys") or []}
    for column in new:
        if column["Name"] in seen:
            raise Failed(f"{TASK} Duplicate column name: {column['Name']}")
        seen.add(column["Name"])
    return new


def _with_changed(table: dict[str, Any], statement: ddl.ChangeColumn) -> list[dict[str, str]]:
    old = table["StorageDescriptor"]["Columns"]
    if statement.old not in [column["Name"] for column in old]:
        raise Failed(f"{TASK} Invalid column reference {statement.old}")
    new = _columns([statement.new])[0]
    return [{**one, **new} if one["Name"] == statement.old else one for one in old]


def _ordered(table: dict[str, Any], partition: ddl.Partition) -> list[str]:
    """The values in the order of the table's keys."""
    keys = [key["Name"] for key in table.get("PartitionKeys") or []]
    given = dict(partition.values)
    if sorted(given) != sorted(keys):
        raise Failed(
            f"FAILED: SemanticException partition spec {given} doesn't contain all"
            f" ({len(keys)}) partition columns"
        )
    return [given[key] for key in keys]


async def _change_partition(
    table: dict[str, Any], partition: ddl.Partition, values: list[str] | None, location: str | None
) -> None:
    named = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
    old = _ordered(table, partition)
    try:
        found = (await glue("GetPartition", **named, PartitionValues=old))["Partition"]
        given = {key: found[key] for key in _PARTITION_INPUT if key in found}
        given["Values"] = values or old
        if location is not None:
            storage = {**given["StorageDescriptor"], "Location": location.rstrip("/")}
            given["StorageDescriptor"] = storage
        await glue("UpdatePartition", **named, PartitionValueList=old, PartitionInput=given)
    except Refusal as refusal:
        raise Failed(f"{TASK} {refusal.message}") from refusal


async def _set_database(statement: ddl.SetDatabaseProperties) -> None:
    try:
        old = (await glue("GetDatabase", Name=statement.name))["Database"]
    except Refusal as refusal:
        raise Failed(
            f"FAILED: SemanticException [Error 10072]: Database does not exist: {statement.name}"
        ) from refusal
    kept = {key: old[key] for key in ("Name", "Description", "LocationUri") if key in old}
    properties = {**old.get("Parameters", {}), **statement.properties}
    await glue(
        "UpdateDatabase", Name=statement.name, DatabaseInput={**kept, "Parameters": properties}
    )


async def run(statement: ddl.Statement, context: Context) -> None:
    """Do what an ALTER says."""
    if isinstance(statement, ddl.SetDatabaseProperties):
        return await _set_database(statement)
    assert isinstance(
        statement,
        (
            ddl.SetColumns,
            ddl.ChangeColumn,
            ddl.SetProperties,
            ddl.SetLocation,
            ddl.RenamePartition,
        ),
    )
    table = await get_table(statement.name, context)
    storage = table["StorageDescriptor"]
    if isinstance(statement, ddl.SetColumns):
        columns = _with_columns(table, statement)
        await update(table, StorageDescriptor={**storage, "Columns": columns})
    elif isinstance(statement, ddl.ChangeColumn):
        columns = _with_changed(table, statement)
        await update(table, StorageDescriptor={**storage, "Columns": columns})
    elif isinstance(statement, ddl.SetProperties):
        await update(table, Parameters={**table.get("Parameters", {}), **statement.properties})
    elif isinstance(statement, ddl.RenamePartition):
        values = _ordered(table, statement.new)
        await _change_partition(table, statement.old, values, None)
    elif statement.partition is not None:
        await _change_partition(table, statement.partition, None, statement.location)
    else:
        location = statement.location.rstrip("/")
        await update(table, StorageDescriptor={**storage, "Location": location})
    return None
