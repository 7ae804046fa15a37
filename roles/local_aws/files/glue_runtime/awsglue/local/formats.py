# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of files: reading them into a DataFrame and writing one, by the options of Glue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from awsglue.local.columns import column
from awsglue.local.coverage import FORMATS, unsupported
from awsglue.local.files import is_true
from awsglue.local.json_reading import read_json
from awsglue.local.schemas import without_choices
from pyspark.sql import DataFrame, DataFrameWriter, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import NullType, StringType, StructField, StructType

_SAME = {"glueparquet": "parquet"}
KNOWN = ("csv", "json", "parquet", "orc", "avro")


@dataclass(frozen=True)
class Format:
    """A format with its options, as readers, sources, writers and sinks are given them."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    compression: str = ""

    @staticmethod
    def of(
        name: str | None, options: Mapping[str, Any] | None, connection: Mapping[str, Any]
    ) -> Format:
        options = dict(options or {})
        compression = connection.get("compressionType") or connection.get("compression")
        compression = compression or options.get("compression") or ""
        if not name:
            raise ValueError(
                "No format is given: say format='csv', 'json', 'parquet', 'orc' or 'avro'."
            )
        if _SAME.get(name, name) not in KNOWN:
            raise unsupported(f"format={name!r}", FORMATS)
        return Format(name, options, str(compression).lower())

    @property
    def spark_name(self) -> str:
        return _SAME.get(self.name, self.name)

    def option(self, name: str, default: Any = None) -> Any:
        value = self.options.get(name)
        return default if value is None else value


def read(spark: SparkSession, format: Format, paths: Sequence[str]) -> DataFrame:
    """The rows of files. No file: a frame without columns, since columns are learnt from rows."""
    if not paths:
        return spark.createDataFrame([], StructType([]))
    return _READERS[format.spark_name](spark, format, list(paths))


def _read_csv(spark: SparkSession, format: Format, paths: list[str]) -> DataFrame:
    header = is_true(format.option("withHeader", False))
    skip = is_true(format.option("skipFirst", False))
    reader = spark.read.options(**csv_options(format))
    reader = reader.option("header", header or skip)
    frame = reader.csv(paths)
    if not header:
        # A header that is skipped says how many columns there are, not what they are called.
        schema = StructType(
            [
                StructField(f"col{number}", StringType())
                for number, dummy in enumerate(frame.columns)
            ]
        )
        frame = reader.schema(schema).option("enforceSchema", True).csv(paths)
    return frame.na.fill("")


def csv_options(format: Format) -> dict[str, Any]:
    """Spark's options for Glue's; a quote within quotes is doubled unless an escaper is given."""
    quote = str(format.option("quoteChar", '"'))
    escape = str(format.option("escaper", "") or "")
    options = {
        "sep": str(format.option("separator", ",")),
        "quote": "" if quote == "-1" else quote,
        "escape": escape or ("\\" if quote == "-1" else quote),
        "multiLine": is_true(format.option("multiLine", False)),
        "inferSchema": False,
        "mode": "PERMISSIVE",
        "maxCharsPerColumn": -1,
    }
    encoding = format.option("encoding")
    if encoding:
        options["encoding"] = str(encoding)
    return options


def _read_json(spark: SparkSession, format: Format, paths: list[str]) -> DataFrame:
    multiline = is_true(format.option("multiline", format.option("multiLine", False)))
    path = str(format.option("jsonPath", ""))
    return read_json(spark, paths, multiline, path, format.compression)


def _read_columnar(spark: SparkSession, format: Format, paths: list[str]) -> DataFrame:
    reader = spark.read.format(format.spark_name)
    if format.spark_name in ("parquet", "orc"):
        reader = reader.option("mergeSchema", True)
    return reader.load(paths)


_READERS: dict[str, Callable[[SparkSession, Format, list[str]], DataFrame]] = {
    "csv": _read_csv,
    "json": _read_json,
    "parquet": _read_columnar,
    "orc": _read_columnar,
    "avro": _read_columnar,
}


def write(frame: DataFrame, format: Format, path: str, partition_keys: Sequence[str]) -> None:
    """Add files with these rows at a path; what lies there stays."""
    frame = writable(frame, format)
    writer = frame.write.mode("append").options(**_write_options(format))
    if partition_keys:
        absent = [name for name in partition_keys if name not in frame.columns]
        if absent:
            raise ValueError(f"partitionKeys: the frame has no column {', '.join(absent)}.")
        writer = writer.partitionBy(*partition_keys)
    _save(writer, format, path)


def _save(writer: DataFrameWriter, format: Format, path: str) -> None:
    writer.format(format.spark_name).save(path)


def writable(frame: DataFrame, format: Format) -> DataFrame:
    """The frame as the format can hold it: choices are structs, columns of nulls alone go."""
    nulls = [one.name for one in frame.schema.fields if isinstance(one.dataType, NullType)]
    kept = [name for name in frame.columns if name not in nulls or format.spark_name == "csv"]
    return plain(frame).select(
        *[(F.lit("").alias(name) if name in nulls else column([name])) for name in kept]
    )


def plain(frame: DataFrame) -> DataFrame:
    """The frame with every choice as the plain struct that a DataFrame knows."""
    bare = without_choices(frame.schema)
    assert isinstance(bare, StructType)
    if bare == frame.schema:
        return frame
    return frame.select(
        *[column([one.name]).cast(one.dataType).alias(one.name) for one in bare.fields]
    )


def _write_options(format: Format) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if format.compression and format.compression != "none":
        options["compression"] = format.compression
    elif format.compression == "none":
        options["compression"] = "uncompressed" if format.spark_name != "csv" else "none"
    if format.spark_name == "csv":
        quote = str(format.option("quoteChar", '"'))
        options.update(
            header=is_true(format.option("writeHeader", True)),
            sep=str(format.option("separator", ",")),
            quote="" if quote == "-1" else quote,
            escape=str(format.option("escaper", "") or "") or ("\\" if quote == "-1" else quote),
            emptyValue="",
            ignoreLeadingWhiteSpace=False,
            ignoreTrailingWhiteSpace=False,
        )
    if format.spark_name == "json":
        options["ignoreNullFields"] = True
    if format.spark_name == "parquet":
        for ours, theirs in (
            ("blockSize", "parquet.block.size"),
            ("pageSize", "parquet.page.size"),
        ):
            if format.option(ours):
                options[theirs] = int(format.option(ours))
    return options
