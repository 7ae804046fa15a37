# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns as a Glue table, and a Glue table in words that can be compared. Pure.

Types and the SerDe that reads them are chosen together. OpenCSVSerDe takes quotes off and reads strings
alone; LazySimpleSerDe reads types and takes no quotes off.

Source: Glue API reference, TableInput, StorageDescriptor, Column and PartitionInput; Athena user guide,
OpenCSVSerDe, LazySimpleSerDe and OpenX JSON SerDe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.column_names import one_line
from ansible_collections.terraglue.aws.plugins.module_utils.tags import OWNER_TAG

OPEN_CSV_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
LAZY_SIMPLE_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
INPUT_FORMAT = "org.apache.hadoop.mapred.TextInputFormat"
OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
COLUMN_TYPE = "string"

# Tables take no tags, so the owner of a table stands among its parameters.
OWNER_PARAMETER = OWNER_TAG

# What UpdateTable takes back of what GetTable gives.
_KEPT = ("Description", "Owner", "Retention", "ViewOriginalText", "ViewExpandedText")


class Column(NamedTuple):
    """A column of a table, or of its partition keys."""

    name: str
    type: str = COLUMN_TYPE
    comment: str = ""


class CsvFormat(NamedTuple):
    """The three characters of OpenCSVSerde."""

    separator: str = ","
    quote: str = '"'
    escape: str = "\\"


DEFAULT_CSV = CsvFormat()


class Storage(NamedTuple):
    """How the files of a table are read: its SerDe, the SerDe's parameters, and the table's own.

    Compression is not among them: Athena and Spark see it by the names of the files.
    """

    serde: str
    serde_parameters: Mapping[str, str]
    parameters: Mapping[str, str]
    input_format: str = INPUT_FORMAT
    output_format: str = OUTPUT_FORMAT


class Choice(NamedTuple):
    """A storage, whether its columns may have types, and why not; ``reason`` is a sentence or empty."""

    storage: Storage
    typed: bool
    reason: str = ""


class TypeVerdict(NamedTuple):
    """What comes of a type that a user wants where it does not read well; ``refused`` or a warning."""

    refused: bool
    message: str


def open_csv(csv_format: CsvFormat = DEFAULT_CSV, header_lines: int = 1) -> Storage:
    """CSV files with quotes. Every cell is a string: an empty one is '', a missing one is NULL."""
    return Storage(
        OPEN_CSV_SERDE,
        {
            "separatorChar": csv_format.separator,
            "quoteChar": csv_format.quote,
            "escapeChar": csv_format.escape,
        },
        _csv_parameters(header_lines),
    )


def lazy_simple(separator: str = ",", header_lines: int = 1) -> Storage:
    """CSV files without any quotes, with types.

    An empty cell of a string column is '' and one of any other column is NULL; ``\\N`` is NULL
    everywhere (Athena user guide, LazySimpleSerDe; no serialization.null.format is set).
    """
    # The two parameters that ROW FORMAT DELIMITED FIELDS TERMINATED BY sets in Athena and in Hive.
    parameters = {"field.delim": separator, "serialization.format": separator}
    return Storage(LAZY_SIMPLE_SERDE, parameters, _csv_parameters(header_lines))


def json_lines(mapping: Mapping[str, str] | None = None) -> Storage:
    """One JSON object a line. ``mapping`` says which key a column has that is not called like it.

    Upper and lower case need no mapping: the SerDe does not tell them apart.
    """
    named = {f"mapping.{column}": key for column, key in (mapping or {}).items()}
    return Storage(JSON_SERDE, named, {"classification": "json"})


def _csv_parameters(header_lines: int) -> dict[str, str]:
    skip = {"skip.header.line.count": str(header_lines)} if header_lines else {}
    return {"classification": "csv", **skip}


def storage_for(
    csv_format: CsvFormat, typed: bool = False, quoted: str | None = None, header_lines: int = 1
) -> Choice:
    """The storage of CSV files: types (``typed``) only where no field is quoted.

    ``quoted`` is the place of the first quoted field that was found, ``file:line``, None when none was.
    """
    strings = open_csv(csv_format, header_lines)
    if not typed:
        return Choice(strings, False)
    if quoted is not None:
        reason = (
            f"{quoted} holds a quoted field, so every column is a string: the SerDe that takes quotes off"
            " (OpenCSVSerDe) reads no types, and the one that reads types (LazySimpleSerDe) takes no"
            " quotes off. Write the file without quotes to have types."
        )
        return Choice(strings, False, reason)
    separator = csv_format.separator
    # Hive takes one byte, and a digit for the number of a byte.
    if not separator.isascii() or separator.isdigit():
        reason = (
            f"The separator {separator!r} is none that LazySimpleSerDe, the SerDe that reads types, can"
            " take, so every column is a string. Use a comma, semicolon, tab or pipe to have types."
        )
        return Choice(strings, False, reason)
    return Choice(lazy_simple(separator, header_lines), True)


def judge_quoted(column: Column) -> TypeVerdict | None:
    """What Athena makes of a type that a user gives to a column of a table with quotes.

    None for a string, which is always right.
    """
    column_type = column.type.strip().lower()
    what = f"Column '{column.name}' is to be {column_type}, in a table with quoted fields"
    if column_type == COLUMN_TYPE:
        return None
    if column_type in ("tinyint", "smallint", "int", "bigint", "float", "double", "boolean"):
        message = (
            f"{what}: there Athena reads {column_type} (OpenCSVSerDe) only while no cell is empty, a query"
            " that meets an empty one fails, and Spark reads strings. Leave it a string and cast in the"
            " query, or write the files without quotes."
        )
        return TypeVerdict(False, message)
    if column_type in ("date", "timestamp"):
        unit = "days" if column_type == "date" else "milliseconds"
        message = (
            f"{what}: there Athena takes {column_type} (OpenCSVSerDe) only as a number of {unit} since"
            " 1970-01-01, and a query fails at anything else. Make it a string and cast in the query, or"
            " write the files without quotes."
        )
        return TypeVerdict(True, message)
    message = (
        f"{what}: OpenCSVSerDe does not read {column_type}. Make it a string and cast in the query, or"
        " write the files without quotes."
    )
    return TypeVerdict(True, message)


def table_input(
    name: str,
    columns: Sequence[Column],
    location: str,
    storage: Storage,
    owner: str | None = None,
    parameters: Mapping[str, str] | None = None,
    partition_keys: Sequence[Column] = (),
) -> dict[str, Any]:
    """The TableInput of an external table.

    ``parameters`` are further table parameters; they cannot take the owner's mark away.
    """
    mark = {OWNER_PARAMETER: owner} if owner else {}
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": _api_columns(partition_keys),
        "Parameters": {
            "EXTERNAL": "TRUE",
            **storage.parameters,
            **{key: str(value) for key, value in (parameters or {}).items()},
            **mark,
        },
        "StorageDescriptor": _descriptor(columns, location, storage),
    }


def partition_input(
    values: Sequence[str], location: str, storage: Storage, columns: Sequence[Column]
) -> dict[str, Any]:
    """The PartitionInput of one partition, for BatchCreatePartition.

    ``values`` are those of the partition keys, in their order. A partition describes its files by
    itself: with the table's columns and SerDe, or a query would not see what the table says.
    """
    return {
        "Values": list(values),
        "StorageDescriptor": _descriptor(columns, location, storage),
    }


def _descriptor(columns: Sequence[Column], location: str, storage: Storage) -> dict[str, Any]:
    return {
        "Columns": _api_columns(columns),
        "Location": location,
        "InputFormat": storage.input_format,
        "OutputFormat": storage.output_format,
        "SerdeInfo": {
            "SerializationLibrary": storage.serde,
            "Parameters": dict(storage.serde_parameters),
        },
    }


def _api_columns(columns: Sequence[Column]) -> list[dict[str, str]]:
    found = []
    for column in columns:
        comment = one_line(column.comment)
        found.append(
            {
                "Name": column.name,
                "Type": column.type,
                **({"Comment": comment} if comment else {}),
            }
        )
    return found


def summary(table: Mapping[str, Any]) -> dict[str, Any]:
    """A Table or TableInput as a flat mapping, for comparing and for people.

    Columns are "name type" in order; comments are by column, because only those that are wanted are
    compared; a location is written without its last slash, which says nothing to Glue or Athena.
    """
    storage = table.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    return {
        "columns": _lines(storage.get("Columns")),
        "partition_keys": _lines(table.get("PartitionKeys")),
        "comments": {**_comments(table.get("PartitionKeys")), **_comments(storage.get("Columns"))},
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
    told = ("columns", "partition_keys", "comments", "location", "parameters")
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
    result["PartitionKeys"] = _commented(wanted["PartitionKeys"], actual.get("PartitionKeys"))
    result["StorageDescriptor"] = merged_storage(
        wanted["StorageDescriptor"], actual.get("StorageDescriptor") or {}
    )
    return result


def merged_storage(wanted: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, Any]:
    """The StorageDescriptor that mends that of a table or partition."""
    serde, found_serde = wanted["SerdeInfo"], actual.get("SerdeInfo") or {}
    # Parameters of another SerDe mean nothing to ours.
    same_serde = found_serde.get("SerializationLibrary") == serde["SerializationLibrary"]
    serde_parameters = (found_serde.get("Parameters") or {}) if same_serde else {}
    return {
        **({"Parameters": actual["Parameters"]} if actual.get("Parameters") else {}),
        **wanted,
        "Columns": _commented(wanted["Columns"], actual.get("Columns")),
        "SerdeInfo": {**serde, "Parameters": {**serde_parameters, **serde["Parameters"]}},
    }


def _comments(columns: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    return {column["Name"]: column["Comment"] for column in columns or [] if column.get("Comment")}


def _commented(
    wanted: Sequence[Mapping[str, str]], actual: Iterable[Mapping[str, Any]] | None
) -> list[dict[str, str]]:
    """The wanted columns, each with the comment that somebody gave it, unless one is wanted."""
    comments = _comments(actual)
    return [
        {**({"Comment": comments[name]} if name in comments else {}), **column}
        for name, column in ((column["Name"], column) for column in wanted)
    ]


def is_marked(table: Mapping[str, Any], owner: str | None) -> bool:
    """Whether the table carries the owner's mark; without an owner nobody asks."""
    return not owner or (table.get("Parameters") or {}).get(OWNER_PARAMETER) == owner
