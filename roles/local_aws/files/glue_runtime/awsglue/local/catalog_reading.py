# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of the Data Catalog as a frame: registered partitions alone, and choices for values that
miss the type of their column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from awsglue.local import data_catalog, text_tables
from awsglue.local.columns import column
from awsglue.local.coverage import FORMATS, READER, unsupported
from awsglue.local.files import File, exclusion_patterns, is_true, listing
from awsglue.local.formats import KNOWN, Format, read
from awsglue.local.schemas import choice, is_choice, same
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, MapType, StringType, StructType

Chosen = Callable[[list[File]], list[File]]
_FOLDER = "__terraglue_folder"


@dataclass(frozen=True)
class Request:
    """What of a table is wanted."""

    database: str
    table_name: str
    catalog_id: str | None = None
    push_down_predicate: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def read_table(spark: SparkSession, request: Request, chosen: Chosen) -> DataFrame:
    """The rows of a table; ``chosen`` says which of its files are read."""
    options = request.options
    table = data_catalog.get_table(request.database, request.table_name, request.catalog_id)
    name = f"{request.database}.{request.table_name}"
    if table.get("TableType") == "VIRTUAL_VIEW":
        raise unsupported(f"from_catalog of a view ({name})", READER)
    format_name = data_catalog.format_of(table)
    if format_name not in (*KNOWN, "text"):
        raise unsupported(
            f"from_catalog of {name}, a table of {format_name or 'no'} format", FORMATS
        )
    folders = _folders(spark, table, request)
    recurse = is_true(options.get("recurse", False))
    excluded = exclusion_patterns(options.get("exclusions"))
    files = chosen([one for folder in folders for one in listing(folder, recurse, excluded)])
    frame = _read_files(spark, table, format_name, [file.path for file in files], options)
    if not data_catalog.keys_of(table).fields or not files:
        return frame.drop(_FOLDER)
    return _with_keys(spark, frame, table, folders)


def _folders(
    spark: SparkSession, table: Mapping[str, Any], request: Request
) -> dict[str, list[str]]:
    """The folders to read, each with the partition values that hold for it."""
    keys = data_catalog.keys_of(table)
    if not keys.fields:
        return {table["StorageDescriptor"]["Location"]: []}
    expression = str(request.options.get("catalogPartitionPredicate") or "")
    found = data_catalog.partitions(
        request.database, request.table_name, expression, request.catalog_id
    )
    predicate = request.push_down_predicate
    values = [tuple(one["Values"]) for one in found]
    if predicate and values:
        values_wanted = set(matching(spark, keys, values, predicate))
        found = [one for one in found if tuple(one["Values"]) in values_wanted]
    return {one["StorageDescriptor"]["Location"]: one["Values"] for one in found}


def matching(
    spark: SparkSession, keys: StructType, values: Sequence[tuple[str, ...]], predicate: str
) -> list[tuple[str, ...]]:
    """The partition values for which a predicate, any expression of Spark SQL, is true."""
    texts = ", ".join(f"_{number} string" for number, dummy in enumerate(keys.fields))
    frame = spark.createDataFrame(list(values), texts)
    typed = [
        F.col(f"_{number}").cast(one.dataType).alias(one.name)
        for number, one in enumerate(keys.fields)
    ]
    try:
        rows = frame.select("*", *typed).filter(predicate).collect()
    except AnalysisException as error:
        raise ValueError(
            f"The push_down_predicate {predicate!r} cannot be resolved against the partition"
            f" columns ({', '.join(keys.names)}): {str(error).splitlines()[0]}"
        ) from None
    return [tuple(row[: len(keys.fields)]) for row in rows]


def _read_files(
    spark: SparkSession,
    table: Mapping[str, Any],
    format_name: str,
    paths: list[str],
    options: Mapping[str, Any],
) -> DataFrame:
    if not paths:
        return read(spark, Format(format_name), paths)
    wanted = data_catalog.columns_of(table)
    if format_name in ("csv", "text"):
        reader = spark.read.schema(text_tables.texts(table))
        frame = reader.options(**text_tables.reader_options(table)).csv(paths)
        values = [F.expr(text_tables.value_sql(table, one)).alias(one) for one in wanted.names]
        return to_catalog_types(_placed(frame, *values), wanted, format_name == "text")
    frame = read(spark, Format(format_name, options), paths)
    if format_name == "json":
        return to_catalog_types(_placed(frame, *map(_same_column, frame.columns)), wanted, False)
    return _placed(frame, *map(_same_column, frame.columns))


def _same_column(name: str) -> Column:
    return column([name])


def _placed(frame: DataFrame, *values: Column) -> DataFrame:
    """The values with the folder of the file that each row comes from, where Spark knows it."""
    try:
        return frame.select(*values, F.col("_metadata.file_path").alias(_FOLDER))
    except AnalysisException:  # a frame of records in Python has no files any more
        return frame.select(*values)


def to_catalog_types(frame: DataFrame, wanted: StructType, empty_is_null: bool) -> DataFrame:
    """Text as the types of the catalog. Where a value misses its type the column is a choice."""
    types = {one.name.lower(): one.dataType for one in wanted.fields}
    odd = [
        one
        for one in frame.schema.fields
        if one.name.lower() in types
        and not same(one.dataType, types[one.name.lower()])
        and not isinstance(one.dataType, (StructType, ArrayType, MapType))
        and not isinstance(types[one.name.lower()], (StructType, ArrayType, MapType))
    ]
    if not odd:
        return frame

    def bare(name: str) -> Column:
        value = column([name])
        return F.nullif(value, F.lit("")) if empty_is_null and name in texts else value

    texts = {one.name for one in odd if isinstance(one.dataType, StringType)}
    checks = [
        F.max(
            bare(one.name).isNotNull() & bare(one.name).cast(types[one.name.lower()]).isNull()
        ).alias(f"_{number}")
        for number, one in enumerate(odd)
    ]
    missed = frame.agg(*checks).collect()[0]
    new: dict[str, Column] = {}
    for number, one in enumerate(odd):
        target = types[one.name.lower()]
        value = bare(one.name)
        if not missed[number]:
            new[one.name] = value.cast(target)
            continue
        both = choice([target, one.dataType])
        if not isinstance(both, StructType) or not is_choice(both):
            continue
        good = value.cast(target)
        parts = [
            (good if same(option.dataType, target) else F.when(good.isNull(), value)).alias(
                option.name, metadata=option.metadata
            )
            for option in both.fields
        ]
        new[one.name] = F.when(value.isNotNull(), F.struct(*parts))
    return frame.select(*[new.get(name, column([name])).alias(name) for name in frame.columns])


def _with_keys(
    spark: SparkSession,
    frame: DataFrame,
    table: Mapping[str, Any],
    folders: Mapping[str, list[str]],
) -> DataFrame:
    """The frame with the partition columns, whose values stand in the catalog and not in files."""
    keys = data_catalog.keys_of(table)
    rest = [name for name in frame.columns if name != _FOLDER and name not in keys.names]
    if len(folders) == 1:
        (values,) = folders.values()
        literals = [
            F.lit(value).cast(one.dataType).alias(one.name)
            for value, one in zip(values, keys.fields)
        ]
        return frame.select(*map(_same_column, rest), *literals)
    if _FOLDER not in frame.columns:
        raise unsupported("from_catalog of a partitioned JSON table with mixed types", READER)
    # Spark tells paths as addresses; the scheme that S3 is reached by may differ.
    bare = F.regexp_replace(F.col(_FOLDER), r"^\w+:/*", "")
    matches = [
        F.when(bare.startswith(_address(folder)), F.array(*[F.lit(one) for one in values]))
        for folder, values in folders.items()
    ]
    if len(matches) > 50:
        return _joined(spark, frame, keys, folders, rest)
    found = F.coalesce(*matches)
    typed = [
        found[number].cast(one.dataType).alias(one.name) for number, one in enumerate(keys.fields)
    ]
    return frame.select(*map(_same_column, rest), *typed)


def _joined(
    spark: SparkSession,
    frame: DataFrame,
    keys: StructType,
    folders: Mapping[str, list[str]],
    rest: list[str],
) -> DataFrame:
    """As above for many partitions: the folder of each file is looked up, not tried one by one."""
    names = [f"{_FOLDER}_{number}" for number, dummy in enumerate(keys.fields)]
    rows = [(_address(folder).rstrip("/"), *values) for folder, values in folders.items()]
    known = spark.createDataFrame(rows, ", ".join(f"{one} string" for one in [_FOLDER, *names]))
    own = F.regexp_replace(F.regexp_replace(F.col(_FOLDER), r"^\w+:/*", ""), "/[^/]*$", "")
    joined = frame.withColumn(_FOLDER, own).join(F.broadcast(known), _FOLDER)
    typed = [
        F.col(name).cast(one.dataType).alias(one.name) for name, one in zip(names, keys.fields)
    ]
    return joined.select(*map(_same_column, rest), *typed)


def _address(folder: str) -> str:
    """A folder as Spark tells it, from the bucket on."""
    from urllib.parse import quote

    bare = re.sub(r"^\w+:/*", "", folder).lstrip("/").rstrip("/") + "/"
    return quote(bare, safe="/=:@!$&'()*+,;~")
