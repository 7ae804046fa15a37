# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Data Catalog through the Glue API: tables and partitions, read and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from awsglue.local import aws
from awsglue.local.columns import quoted
from awsglue.local.schemas import parse_type
from pyspark.sql.types import DataType, StructField, StructType

_HIVE = "org.apache.hadoop.hive.ql.io."
_TEXT = (
    "org.apache.hadoop.mapred.TextInputFormat",
    _HIVE + "HiveIgnoreKeyTextOutputFormat",
)
# Input format, output format and SerDe of a table that a sink or Spark makes.
_STORAGE = {
    "parquet": (
        _HIVE + "parquet.MapredParquetInputFormat",
        _HIVE + "parquet.MapredParquetOutputFormat",
        _HIVE + "parquet.serde.ParquetHiveSerDe",
    ),
    "orc": (_HIVE + "orc.OrcInputFormat", _HIVE + "orc.OrcOutputFormat", _HIVE + "orc.OrcSerde"),
    "avro": (
        _HIVE + "avro.AvroContainerInputFormat",
        _HIVE + "avro.AvroContainerOutputFormat",
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    ),
    "json": (*_TEXT, "org.openx.data.jsonserde.JsonSerDe"),
    "csv": (*_TEXT, "org.apache.hadoop.hive.serde2.OpenCSVSerde"),
    "text": (*_TEXT, "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"),
}
_BATCH = 100


def _missing(error: Exception) -> bool:
    code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    return bool(code == "EntityNotFoundException")


def _or_none(call: Any, **arguments: Any) -> Any:
    from botocore.exceptions import ClientError

    try:
        return call(**arguments)
    except ClientError as error:
        if _missing(error):
            return None
        raise


def _owner(catalog_id: str | None) -> dict[str, str]:
    return {"CatalogId": catalog_id} if catalog_id else {}


def database_names() -> list[str]:
    pages = aws.client("glue").get_paginator("get_databases").paginate()
    return [one["Name"] for page in pages for one in page["DatabaseList"]]


def find_database(name: str) -> dict[str, Any] | None:
    answer = _or_none(aws.client("glue").get_database, Name=name)
    return answer["Database"] if answer else None


def create_database(name: str, location: str) -> None:
    given = {"Name": name, **({"LocationUri": location} if location else {})}
    aws.client("glue").create_database(DatabaseInput=given)


def delete_database(name: str) -> None:
    _or_none(aws.client("glue").delete_database, Name=name)


def table_names(database: str) -> list[str]:
    pages = aws.client("glue").get_paginator("get_tables").paginate(DatabaseName=database)
    return [one["Name"] for page in pages for one in page["TableList"]]


def find_table(database: str, name: str, catalog_id: str | None = None) -> dict[str, Any] | None:
    answer = _or_none(
        aws.client("glue").get_table,
        DatabaseName=database.lower(),
        Name=name.lower(),
        **_owner(catalog_id),
    )
    return answer["Table"] if answer else None


def get_table(database: str, name: str, catalog_id: str | None = None) -> dict[str, Any]:
    table = find_table(database, name, catalog_id)
    if table is None:
        raise LookupError(
            f"The Data Catalog has no table {database}.{name} (EntityNotFoundException): check the"
            " names, and that the table is made before this job runs."
        )
    return table


def partitions(
    database: str, name: str, expression: str = "", catalog_id: str | None = None
) -> list[dict[str, Any]]:
    """The registered partitions of a table."""
    asked = {"DatabaseName": database.lower(), "TableName": name.lower(), **_owner(catalog_id)}
    if expression:
        asked["Expression"] = expression
    pages = aws.client("glue").get_paginator("get_partitions").paginate(**asked)
    return [one for page in pages for one in page["Partitions"]]


def named_table(database: str | None, table_name: str | None) -> tuple[str, str]:
    """Both names, which must be given."""
    if not database or not table_name:
        raise ValueError("from_catalog needs database and table_name.")
    return database, table_name


def columns_of(table: Mapping[str, Any]) -> StructType:
    """The columns of a table, without those that it is partitioned by."""
    return _struct((table.get("StorageDescriptor") or {}).get("Columns") or [])


def keys_of(table: Mapping[str, Any]) -> StructType:
    """The columns that a table is partitioned by."""
    return _struct(table.get("PartitionKeys") or [])


def _struct(columns: Iterable[Mapping[str, Any]]) -> StructType:
    return StructType(
        [StructField(one["Name"], parse_type(one.get("Type") or "string")) for one in columns]
    )


def format_of(table: Mapping[str, Any]) -> str:
    """csv, text (LazySimpleSerDe), json, parquet, orc or avro; else the classification."""
    storage = table.get("StorageDescriptor") or {}
    serde = (storage.get("SerdeInfo") or {}).get("SerializationLibrary", "").lower()
    for word, name in (
        ("opencsv", "csv"),
        ("lazysimple", "text"),
        ("json", "json"),
        ("parquet", "parquet"),
        ("orc", "orc"),
        ("avro", "avro"),
    ):
        if word in serde:
            return name
    classification = str((table.get("Parameters") or {}).get("classification", "")).lower()
    return {"glueparquet": "parquet"}.get(classification, classification)


def hive_type(dtype: DataType) -> str:
    """The type as the Data Catalog and Athena call it."""
    return dtype.simpleString()


def storage_descriptor(
    format_name: str, schema: StructType, location: str, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the catalog has to know to read files of a format. Pure."""
    input_format, output_format, library = _STORAGE[format_name]
    parameters = {"serialization.format": "1"}
    options = options or {}
    if format_name == "csv":
        parameters = {
            "separatorChar": str(options.get("separator", ",")),
            "quoteChar": str(options.get("quoteChar", '"')),
            "escapeChar": "\\",
        }
    elif format_name == "json":
        parameters = {"paths": ",".join(sorted(schema.names))}
    elif format_name == "text":
        parameters["field.delim"] = str(options.get("separator", ","))
    return {
        "Columns": catalog_columns(schema),
        "Location": location,
        "InputFormat": input_format,
        "OutputFormat": output_format,
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {"SerializationLibrary": library, "Parameters": parameters},
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": {},
        "StoredAsSubDirectories": False,
    }


def catalog_columns(schema: StructType) -> list[dict[str, str]]:
    return [{"Name": one.name.lower(), "Type": hive_type(one.dataType)} for one in schema.fields]


# What GetTable answers and UpdateTable does not take.
_TABLE_INPUT = (
    "Name",
    "Description",
    "Owner",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
)


def table_input(table: Mapping[str, Any]) -> dict[str, Any]:
    """What is written back of a table that was read."""
    return {name: table[name] for name in _TABLE_INPUT if table.get(name) not in (None, "")}


def create_table(database: str, given: Mapping[str, Any]) -> None:
    aws.client("glue").create_table(DatabaseName=database, TableInput=dict(given))


def update_table(database: str, given: Mapping[str, Any]) -> None:
    aws.client("glue").update_table(DatabaseName=database, TableInput=dict(given))


def delete_table(database: str, name: str) -> None:
    _or_none(aws.client("glue").delete_table, DatabaseName=database, Name=name)


def with_columns(database: str, table: dict[str, Any], columns: StructType) -> dict[str, Any]:
    """The table after it has got these columns, if it had others."""
    wanted = catalog_columns(columns)
    descriptor = table["StorageDescriptor"]
    if wanted == [{key: one[key] for key in ("Name", "Type")} for one in descriptor["Columns"]]:
        return table
    given = {**table_input(table), "StorageDescriptor": {**descriptor, "Columns": wanted}}
    update_table(database, given)
    return get_table(database, table["Name"])


def values_in(folder: str) -> tuple[str, ...]:
    """The partition's values in the name of its folder, ``day=1/hour=2``."""
    return tuple(unquote(part.partition("=")[2]) for part in folder.split("/"))


def add_partitions(
    database: str, table: Mapping[str, Any], wanted: Mapping[tuple[str, ...], str]
) -> None:
    """Register partitions, values and location, that are not registered yet."""
    descriptor = table["StorageDescriptor"]
    have = {tuple(one["Values"]) for one in partitions(database, table["Name"])}
    inputs = [
        {
            "Values": list(values),
            "StorageDescriptor": {**descriptor, "Location": location},
            "Parameters": {},
        }
        for values, location in wanted.items()
        if values not in have
    ]
    for batch in _batches(inputs, _BATCH):
        answer = aws.client("glue").batch_create_partition(
            DatabaseName=database, TableName=table["Name"], PartitionInputList=batch
        )
        faults = [
            one["ErrorDetail"]
            for one in answer.get("Errors", [])
            if one["ErrorDetail"].get("ErrorCode") != "AlreadyExistsException"
        ]
        if faults:
            raise RuntimeError(
                f"Partitions of {database}.{table['Name']} cannot be registered: {faults[0]}"
            )


def delete_partitions(database: str, name: str, values: Iterable[Sequence[str]]) -> None:
    for one in values:
        _or_none(
            aws.client("glue").delete_partition,
            DatabaseName=database,
            TableName=name,
            PartitionValues=list(one),
        )


def _batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def ddl(schema: StructType) -> str:
    """Columns as they stand in a statement."""
    return ", ".join(f"{quoted(one.name)} {one.dataType.simpleString()}" for one in schema.fields)
