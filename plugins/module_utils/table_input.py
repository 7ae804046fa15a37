# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns of a CSV file as a Glue table, and a Glue table in words that can be compared. Pure.

Source: Glue API reference, TableInput and StorageDescriptor; Athena user guide, OpenCSVSerDe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.tags import OWNER_TAG

SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
INPUT_FORMAT = "org.apache.hadoop.mapred.TextInputFormat"
OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
COLUMN_TYPE = "string"

# Tables take no tags, so the owner of a table stands among its parameters.
OWNER_PARAMETER = OWNER_TAG

# What UpdateTable takes back of what GetTable gives.
_KEPT = ("Description", "Owner", "Retention", "ViewOriginalText", "ViewExpandedText")


class CsvFormat(NamedTuple):
    """The three characters of OpenCSVSerde."""

    separator: str = ","
    quote: str = '"'
    escape: str = "\\"


def table_input(
    name: str,
    columns: Sequence[str],
    location: str,
    csv_format: CsvFormat,
    owner: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The TableInput of an external table over CSV files with one header line.

    Every column is a string: OpenCSVSerde reads nothing else reliably. ``parameters`` are further
    table parameters; they cannot take the owner's mark away.
    """
    mark = {OWNER_PARAMETER: owner} if owner else {}
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [],
        "Parameters": {
            "EXTERNAL": "TRUE",
            "classification": "csv",
            "skip.header.line.count": "1",
            **{key: str(value) for key, value in (parameters or {}).items()},
            **mark,
        },
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": COLUMN_TYPE} for column in columns],
            "Location": location,
            "InputFormat": INPUT_FORMAT,
            "OutputFormat": OUTPUT_FORMAT,
            "SerdeInfo": {
                "SerializationLibrary": SERDE,
                "Parameters": {
                    "separatorChar": csv_format.separator,
                    "quoteChar": csv_format.quote,
                    "escapeChar": csv_format.escape,
                },
            },
        },
    }


def summary(table: Mapping[str, Any]) -> dict[str, Any]:
    """A Table or TableInput as a flat mapping, for comparing and for people.

    Columns are "name type" in order; a location is written without its last slash, which says
    nothing to Glue or Athena.
    """
    storage = table.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    return {
        "columns": _lines(storage.get("Columns")),
        "partition_keys": _lines(table.get("PartitionKeys")),
        "location": (storage.get("Location") or "").rstrip("/"),
        "table_type": table.get("TableType"),
        "input_format": storage.get("InputFormat"),
        "output_format": storage.get("OutputFormat"),
        "serde": serde.get("SerializationLibrary"),
        "serde_parameters": dict(serde.get("Parameters") or {}),
        "parameters": dict(table.get("Parameters") or {}),
    }


def outline(table: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a summary that tells one CSV table from another, for tables that come or go."""
    told = ("columns", "partition_keys", "location", "parameters")
    return {key: value for key, value in summary(table).items() if key in told and value}


def columns_of(columns: Iterable[Mapping[str, Any]] | None) -> list[dict[str, str]]:
    """A list of the API's Columns as ``[{"name": …, "type": …}]``; Glue may leave the type out."""
    return [
        {"name": column["Name"], "type": column.get("Type") or COLUMN_TYPE}
        for column in columns or []
    ]


def _lines(columns: Iterable[Mapping[str, Any]] | None) -> list[str]:
    return [f"{column['name']} {column['type']}" for column in columns_of(columns)]


def merged(wanted: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, Any]:
    """The TableInput that mends ``actual``: what we set, over what others added.

    Athena, crawlers and people leave statistics, comments and descriptions; UpdateTable replaces the
    whole table, so that they have to be sent back.
    """
    kept = {key: actual[key] for key in _KEPT if actual.get(key)}
    result = {**kept, **wanted}
    result["Parameters"] = {**(actual.get("Parameters") or {}), **wanted["Parameters"]}
    storage, found = wanted["StorageDescriptor"], actual.get("StorageDescriptor") or {}
    serde, found_serde = storage["SerdeInfo"], found.get("SerdeInfo") or {}
    comments = {
        column["Name"]: column["Comment"]
        for column in found.get("Columns") or []
        if column.get("Comment")
    }
    # Parameters of another SerDe mean nothing to ours.
    same_serde = found_serde.get("SerializationLibrary") == serde["SerializationLibrary"]
    serde_parameters = (found_serde.get("Parameters") or {}) if same_serde else {}
    result["StorageDescriptor"] = {
        **({"Parameters": found["Parameters"]} if found.get("Parameters") else {}),
        **storage,
        "Columns": [
            {**column, "Comment": comments[column["Name"]]}
            if column["Name"] in comments
            else column
            for column in storage["Columns"]
        ],
        "SerdeInfo": {**serde, "Parameters": {**serde_parameters, **serde["Parameters"]}},
    }
    return result


def is_marked(table: Mapping[str, Any], owner: str | None) -> bool:
    """Whether the table carries the owner's mark; without an owner nobody asks."""
    return not owner or (table.get("Parameters") or {}).get(OWNER_PARAMETER) == owner
