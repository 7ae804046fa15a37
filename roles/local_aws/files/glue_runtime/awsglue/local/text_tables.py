# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text tables of the catalog: the rows that their SerDe gives in Hive and Athena, by Spark's reader.

Both SerDes split lines first: a line break within quotes breaks the row, so multiLine stays off.
OpenCSVSerde takes quotes away and has no null: an absent value is an empty text. LazySimpleSerDe
keeps quotes, and its null is written ``\\N``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awsglue.local.columns import literal, quoted
from awsglue.local.data_catalog import columns_of, format_of
from pyspark.sql.types import StringType, StructField, StructType

_DEFAULT_DELIMITER = "\x01"


def texts(table: Mapping[str, Any]) -> StructType:
    """The columns as what stands in the files: text."""
    return StructType([StructField(one.name, StringType()) for one in columns_of(table).fields])


def reader_options(table: Mapping[str, Any]) -> dict[str, str]:
    """Spark's options that split the lines of a table as its SerDe does."""
    serde = (table.get("StorageDescriptor") or {}).get("SerdeInfo") or {}
    given = serde.get("Parameters") or {}
    parameters = table.get("Parameters") or {}
    skipped = parameters.get("skip.header.line.count") or given.get("skip.header.line.count") or "0"
    options = {
        "header": "true" if skipped.strip().isdigit() and int(skipped) > 0 else "false",
        "multiLine": "false",
        "enforceSchema": "true",
        "mode": "PERMISSIVE",
        "maxCharsPerColumn": "-1",
    }
    if format_of(table) == "csv":
        quote = given.get("quoteChar", '"')
        options.update(sep=given.get("separatorChar", ","), quote=quote, escape=quote)
    else:
        delimiter = given.get("field.delim") or given.get("serialization.format") or ""
        if delimiter in ("", "1"):
            delimiter = _DEFAULT_DELIMITER
        options.update(sep=delimiter, quote="", escape=given.get("escape.delim") or "\x00")
    return options


def value_sql(table: Mapping[str, Any], name: str) -> str:
    """What stands in a column, as SQL over the text that Spark's reader gives."""
    value = f"coalesce({quoted(name)}, '')"
    if format_of(table) == "text":
        serde = (table.get("StorageDescriptor") or {}).get("SerdeInfo") or {}
        null = (serde.get("Parameters") or {}).get("serialization.null.format", "\\N")
        return f"nullif({value}, {literal(null)})"
    return value


def typed_sql(table: Mapping[str, Any]) -> list[str]:
    """Every column with the type that the catalog says; what misses it is null."""
    found = []
    for one in columns_of(table).fields:
        value = value_sql(table, one.name)
        if not isinstance(one.dataType, StringType):
            value = f"try_cast({value} AS {one.dataType.simpleString()})"
        found.append(f"{value} AS {quoted(one.name)}")
    return found
