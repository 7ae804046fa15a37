# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Athena tells of the Glue Data Catalog, of its engine, and of a query's time.

MiniStack invents tables that are not there, knows the catalog by one spelling of its name, and
leaves out where a table lies and how it is read.
"""

from __future__ import annotations

import re
from typing import Any

from ministack.services import athena, glue

from ..dispatch import Answer, Call, Forward, Refusal, answers, done
from .athena import ENGINE
from .athena_lists import page

_CATALOG = "AwsDataCatalog"


def _check_catalog(call: Call) -> None:
    """MetadataException for a catalog that is not there; other kinds than Glue's are empty."""
    named = call.data.get("CatalogName") or _CATALOG
    if named.lower() != _CATALOG.lower() and named not in athena._data_catalogs:
        raise Refusal("MetadataException", f"Catalog {named} was not found")


def _databases(call: Call) -> dict[str, dict[str, Any]]:
    _check_catalog(call)
    ours = (call.data.get("CatalogName") or _CATALOG).lower() == _CATALOG.lower()
    return {name: glue._databases[name] for name in sorted(glue._databases)} if ours else {}


def _found(kind: str, given: str | None, records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The record of a name in any case. MetadataException when it is not there."""
    name = (given or "").lower()
    if name not in records:
        raise Refusal("MetadataException", f"EntityNotFoundException: {kind} {name} not found.")
    return records[name]


def _found_database(call: Call) -> dict[str, Any]:
    return _found("Database", call.data.get("DatabaseName"), _databases(call))


def _tables(call: Call) -> dict[str, dict[str, Any]]:
    """The tables of the database by name."""
    prefix = f"{_found_database(call)['Name']}/"
    keys = sorted(key for key in glue._tables if key.startswith(prefix))
    return {key.removeprefix(prefix): glue._tables[key] for key in keys}


def _database(record: dict[str, Any]) -> dict[str, Any]:
    answer = {"Name": record["Name"], "Parameters": record.get("Parameters") or {}}
    if record.get("Description"):
        answer["Description"] = record["Description"]
    return answer


def _columns(columns: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    shown = ("Name", "Type", "Comment")
    return [{name: one[name] for name in shown if one.get(name)} for one in columns or []]


def _table(record: dict[str, Any]) -> dict[str, Any]:
    """TableMetadata. The descriptor is told among the Parameters."""
    descriptor = record.get("StorageDescriptor") or {}
    serde = descriptor.get("SerdeInfo") or {}
    told = {
        "inputformat": descriptor.get("InputFormat"),
        "location": descriptor.get("Location"),
        "outputformat": descriptor.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
        **{f"serde.param.{name}": value for name, value in (serde.get("Parameters") or {}).items()},
    }
    return {
        "Name": record["Name"],
        "CreateTime": record["CreateTime"],
        "LastAccessTime": record.get("LastAccessTime") or 0,
        "TableType": record.get("TableType") or "",
        "Columns": _columns(descriptor.get("Columns")),
        "PartitionKeys": _columns(record.get("PartitionKeys")),
        "Parameters": {
            **(record.get("Parameters") or {}),
            **{name: value for name, value in told.items() if value},
        },
    }


@answers("athena", "GetDatabase")
def get_database(call: Call, forward: Forward) -> Answer:
    """MetadataException when it is not there."""
    return done({"Database": _database(_found_database(call))})


@answers("athena", "ListDatabases")
def list_databases(call: Call, forward: Forward) -> Answer:
    """By pages of at most 50."""
    shown, token = page(call, list(_databases(call).values()))
    return done({"DatabaseList": [_database(one) for one in shown], **token})


@answers("athena", "GetTableMetadata")
def get_table_metadata(call: Call, forward: Forward) -> Answer:
    """MetadataException when it is not there."""
    found = _found("Table", call.data.get("TableName"), _tables(call))
    return done({"TableMetadata": _table(found)})


@answers("athena", "ListTableMetadata")
def list_table_metadata(call: Call, forward: Forward) -> Answer:
    """By pages of at most 50; Expression is "a regex filter that pattern-matches table names"."""
    tables = list(_tables(call).values())
    if call.data.get("Expression"):
        try:
            pattern = re.compile(call.data["Expression"])
        except re.error as error:
            raise Refusal("InvalidRequestException", f"Invalid expression: {error}") from error
        tables = [one for one in tables if pattern.fullmatch(one["Name"])]
    shown, token = page(call, tables)
    return done({"TableMetadataList": [_table(one) for one in shown], **token})


@answers("athena", "ListEngineVersions")
def list_engine_versions(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack."""
    selected = ("AUTO", ENGINE)
    return done(
        {
            "EngineVersions": [
                {"SelectedEngineVersion": one, "EffectiveEngineVersion": ENGINE} for one in selected
            ]
        }
    )
