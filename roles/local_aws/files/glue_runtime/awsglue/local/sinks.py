# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing to S3, and telling the Data Catalog what was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from awsglue.local import data_catalog, formats
from awsglue.local.coverage import CONNECTIONS, unsupported
from awsglue.local.files import is_true, under
from awsglue.local.formats import Format
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

UPDATE, LOG = "UPDATE_IN_DATABASE", "LOG"
_PLACES = ("s3", "file")


def check_place(connection_type: str, call: str) -> None:
    """Refuse what is not a file system."""
    if connection_type not in _PLACES:
        raise unsupported(f"{call}(connection_type={connection_type!r})", CONNECTIONS)


def partition_keys(options: Mapping[str, Any]) -> list[str]:
    return list(options.get("partitionKeys") or [])


def write_files(
    frame: DataFrame, format: Format, path: str, keys: Sequence[str]
) -> dict[tuple[str, ...], str]:
    """Add files at a path. The partitions that have got new ones: values → location."""
    if not keys:
        formats.write(frame, format, path, keys)
        return {}
    before = {file.path for file in under(path)}
    formats.write(frame, format, path, keys)
    top = path.rstrip("/") + "/"
    fresh = [file.folder for file in under(path) if file.path not in before]
    return {
        data_catalog.values_in(folder[len(top) :]): folder + "/" for folder in sorted(set(fresh))
    }


def catalog(
    frame: DataFrame,
    format: Format,
    path: str,
    keys: Sequence[str],
    written: Mapping[tuple[str, ...], str],
    database: str,
    table_name: str,
    behavior: str,
) -> None:
    """Make or update the table, and register the partitions that were written."""
    schema = formats.writable(frame, format).schema
    columns = StructType([one for one in schema.fields if one.name not in keys])
    table = data_catalog.find_table(database, table_name)
    if table is None:
        given = _new_table(columns, schema, format, path, keys, table_name)
        data_catalog.create_table(database, given)
        table = data_catalog.get_table(database, table_name)
    else:
        known = {one.name for one in data_catalog.columns_of(table).fields}
        names = {one.name.lower() for one in columns.fields}
        if behavior == LOG and not names <= known:
            return  # as on AWS: no partition of columns that the table does not have
        if behavior != LOG:
            table = data_catalog.with_columns(database, table, columns)
    if keys:
        data_catalog.add_partitions(database, table, written)


def _new_table(
    columns: StructType,
    schema: StructType,
    format: Format,
    path: str,
    keys: Sequence[str],
    name: str,
) -> dict[str, Any]:
    kinds = {one.name: one.dataType for one in schema.fields}
    parameters = {"classification": format.spark_name, "typeOfData": "file"}
    if format.spark_name == "csv" and is_true(format.option("writeHeader", True)):
        parameters["skip.header.line.count"] = "1"
    if format.spark_name == "parquet":
        parameters["useGlueParquetWriter"] = str(format.name == "glueparquet").lower()
    descriptor = data_catalog.storage_descriptor(
        format.spark_name, columns, path.rstrip("/") + "/", format.options
    )
    return {
        "Name": name.lower(),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "PartitionKeys": [
            {"Name": key.lower(), "Type": data_catalog.hive_type(kinds[key])} for key in keys
        ],
        "StorageDescriptor": descriptor,
    }


def format_of_table(table: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The format of a table, with the options that its SerDe is read by."""
    name = data_catalog.format_of(table)
    if name in ("csv", "text"):
        serde = (table["StorageDescriptor"].get("SerdeInfo") or {}).get("Parameters") or {}
        skipped = (table.get("Parameters") or {}).get("skip.header.line.count", "0")
        separator = serde.get("separatorChar") or serde.get("field.delim") or ","
        return "csv", {"separator": separator, "writeHeader": skipped not in ("", "0")}
    return name, {}
