# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases, tables and partitions as the Hive DDL that makes them when it is run in Athena. Pure.

A statement makes what the Glue API makes of the same input: ``summary()`` finds no drift between the two.
Athena adds some of its own to that, which is nobody's drift: ``transient_lastDdlTime`` among the table's
parameters, and ``serialization.format`` = 1 among the SerDe's where the statement says nothing of it.

Source: Athena user guide, CREATE TABLE, CREATE DATABASE and ALTER TABLE ADD PARTITION; Hive language
manual for how names and texts are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Parameters that stand for what CREATE EXTERNAL TABLE says itself, or that Athena alone may set.
_IMPLIED = ("EXTERNAL", "transient_lastDdlTime")
PARTITIONS = 100  # in a statement, as many as in a call of BatchCreatePartition
STATEMENT_BYTES = 262144  # Athena user guide, service quotas: the length of a query string
# Types whose partition values stand without quotes.
_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "boolean")

# A value that Hive's grammar takes without quotes: it knows no sign there.
_PLAIN_VALUE = re.compile(r"[0-9]+(?:\.[0-9]+)?|true|false")
_ESCAPED = re.compile(r"[\\'\x00-\x1f\x7f]")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def create_database(name: str, settings: Mapping[str, str]) -> str:
    """CREATE DATABASE for a name and the settings of a DatabaseInput, Description and LocationUri.

    Athena has no statement for tags: a database that is made by it has to be tagged by the Glue API.
    """
    lines = [f"CREATE DATABASE IF NOT EXISTS {quoted_name(name)}"]
    if settings.get("Description"):
        lines.append(f"COMMENT {quoted_text(settings['Description'])}")
    if settings.get("LocationUri"):
        lines.append(f"LOCATION {quoted_text(_folder(settings['LocationUri']))}")
    return "\n".join(lines)


def create_table(database: str, table: Mapping[str, Any], if_not_exists: bool = False) -> str:
    """CREATE EXTERNAL TABLE for a TableInput, or for a Table that Glue answers.

    A description is left out: what Hive calls the comment of a table is one of its parameters.
    """
    storage = table["StorageDescriptor"]
    serde = storage["SerdeInfo"]
    head = "CREATE EXTERNAL TABLE IF NOT EXISTS" if if_not_exists else "CREATE EXTERNAL TABLE"
    lines = [f"{head} {quoted_name(database)}.{quoted_name(table['Name'])} ("]
    lines += [*_column_lines(storage["Columns"]), ")"]
    if table.get("PartitionKeys"):
        lines += ["PARTITIONED BY (", *_column_lines(table["PartitionKeys"]), ")"]
    lines.append(f"ROW FORMAT SERDE {quoted_text(serde['SerializationLibrary'])}")
    if serde.get("Parameters"):
        lines += ["WITH SERDEPROPERTIES (", *_property_lines(serde["Parameters"]), ")"]
    lines.append(f"STORED AS INPUTFORMAT {quoted_text(storage['InputFormat'])}")
    lines.append(f"OUTPUTFORMAT {quoted_text(storage['OutputFormat'])}")
    lines.append(f"LOCATION {quoted_text(_folder(storage['Location']))}")
    parameters = {
        key: value for key, value in (table.get("Parameters") or {}).items() if key not in _IMPLIED
    }
    if parameters:
        lines += ["TBLPROPERTIES (", *_property_lines(parameters), ")"]
    return "\n".join(lines)


def add_partitions(
    database: str, table: Mapping[str, Any], partitions: Iterable[Mapping[str, Any]]
) -> list[str]:
    """ALTER TABLE ADD PARTITION for PartitionInputs of a table, 100 at most in a statement.

    A partition has the columns and the SerDe of its table, so only values and location are said.
    """
    head = f"ALTER TABLE {quoted_name(database)}.{quoted_name(table['Name'])} ADD IF NOT EXISTS"
    statements: list[list[str]] = []
    size = 0
    for partition in partitions:
        line = _partition_line(table["PartitionKeys"], partition)
        length = len(line.encode("utf-8")) + 1
        full = size + length > STATEMENT_BYTES or (
            bool(statements) and len(statements[-1]) > PARTITIONS
        )
        if not statements or full:
            statements.append([head])
            size = len(head.encode("utf-8"))
        statements[-1].append(line)
        size += length
    return ["\n".join(lines) for lines in statements]


def quoted_name(name: str) -> str:
    """A name in backticks; a backtick within is doubled."""
    return "`" + name.replace("`", "``") + "`"


def quoted_text(text: str) -> str:
    """A text in single quotes, on one line; the backslash escapes."""
    return "'" + _ESCAPED.sub(_escape, text) + "'"


def _escape(found: re.Match[str]) -> str:
    # Not \\0 for NUL: Hive would read digits that follow as part of an octal number.
    return _ESCAPES.get(found.group()) or f"\\u{ord(found.group()):04x}"


def _folder(location: str) -> str:
    """A location with the slash at its end that Athena asks for."""
    return location.rstrip("/") + "/"


def _column_lines(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for column in columns:
        comment = f" COMMENT {quoted_text(column['Comment'])}" if column.get("Comment") else ""
        lines.append(f"  {quoted_name(column['Name'])} {column.get('Type') or 'string'}{comment}")
    return _separated(lines)


def _property_lines(properties: Mapping[str, str]) -> list[str]:
    """Properties sorted by name, so that the same table is always the same text."""
    return _separated(
        [f"  {quoted_text(key)} = {quoted_text(properties[key])}" for key in sorted(properties)]
    )


def _separated(lines: Sequence[str]) -> list[str]:
    return [*(f"{line}," for line in lines[:-1]), *lines[-1:]]


def _partition_line(keys: Sequence[Mapping[str, Any]], partition: Mapping[str, Any]) -> str:
    values = ", ".join(
        f"{quoted_name(key['Name'])} = {_value(key.get('Type') or 'string', value)}"
        for key, value in zip(keys, partition["Values"])
    )
    location = (partition.get("StorageDescriptor") or {}).get("Location")
    where = f" LOCATION {quoted_text(_folder(location))}" if location else ""
    return f"  PARTITION ({values}){where}"


def _value(column_type: str, value: str) -> str:
    """A partition value; Athena wants those of strings in quotes, and those of numbers without."""
    number = column_type.split("(")[0].lower() in _NUMBERS
    return value if number and _PLAIN_VALUE.fullmatch(value) else quoted_text(value)
