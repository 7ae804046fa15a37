# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the statements of Hive's DDL say: the output of the grammar, the input of the catalog."""

from __future__ import annotations

from typing import NamedTuple, Union


class Column(NamedTuple):
    """A column; the type as Glue shows it, e.g. ``struct<a:int,b:array<string>>``."""

    name: str
    type: str
    comment: str | None = None


class TableName(NamedTuple):
    """A name; without a database it lies in that of the query."""

    database: str | None
    table: str


class CreateDatabase(NamedTuple):
    """CREATE DATABASE"""

    name: str
    if_not_exists: bool
    comment: str | None
    location: str | None
    properties: dict[str, str]


class DropDatabase(NamedTuple):
    """DROP DATABASE"""

    name: str
    if_exists: bool
    cascade: bool


class Formats(NamedTuple):
    """The classes behind STORED AS. ``serde`` is that of the format, None for explicit classes."""

    input: str
    output: str
    serde: str | None


class CreateTable(NamedTuple):
    """CREATE TABLE"""

    name: TableName
    external: bool
    if_not_exists: bool
    columns: list[Column]
    comment: str | None
    partition_keys: list[Column]
    bucket_columns: list[str]
    buckets: int
    serde: str
    serde_parameters: dict[str, str]
    formats: Formats
    location: str | None
    properties: dict[str, str]


class DropTable(NamedTuple):
    """DROP TABLE"""

    name: TableName
    if_exists: bool


class Partition(NamedTuple):
    """(key, value) pairs as written, and where the partition lies if that is said."""

    values: tuple[tuple[str, str], ...]
    location: str | None = None


class AddPartitions(NamedTuple):
    """ALTER TABLE … ADD PARTITION"""

    name: TableName
    if_not_exists: bool
    partitions: list[Partition]


class DropPartitions(NamedTuple):
    """ALTER TABLE … DROP PARTITION"""

    name: TableName
    if_exists: bool
    partitions: list[Partition]


class RepairTable(NamedTuple):
    """MSCK REPAIR TABLE"""

    name: TableName


class DropView(NamedTuple):
    """DROP VIEW"""

    name: TableName
    if_exists: bool


class SetDatabaseProperties(NamedTuple):
    """ALTER DATABASE … SET DBPROPERTIES"""

    name: str
    properties: dict[str, str]


class SetColumns(NamedTuple):
    """ALTER TABLE … ADD COLUMNS, or REPLACE COLUMNS"""

    name: TableName
    columns: list[Column]
    replace: bool


class ChangeColumn(NamedTuple):
    """ALTER TABLE … CHANGE COLUMN"""

    name: TableName
    old: str
    new: Column


class SetProperties(NamedTuple):
    """ALTER TABLE … SET TBLPROPERTIES"""

    name: TableName
    properties: dict[str, str]


class SetLocation(NamedTuple):
    """ALTER TABLE … [PARTITION (…)] SET LOCATION"""

    name: TableName
    partition: Partition | None
    location: str


class RenamePartition(NamedTuple):
    """ALTER TABLE … PARTITION (…) RENAME TO PARTITION (…)"""

    name: TableName
    old: Partition
    new: Partition


class ShowNames(NamedTuple):
    """SHOW DATABASES, TABLES or VIEWS; the pattern knows * and | alone."""

    kind: str
    database: str | None
    pattern: str | None


class ShowTable(NamedTuple):
    """SHOW PARTITIONS, COLUMNS, CREATE TABLE, CREATE VIEW or TBLPROPERTIES of a table.

    ``key``: the one property asked for.
    """

    kind: str
    name: TableName
    key: str | None = None


class Describe(NamedTuple):
    """DESCRIBE; ``detail`` is extended, formatted or empty. ``path``: a column and fields of it."""

    name: TableName
    detail: str
    path: tuple[str, ...]
    partition: Partition | None


Statement = Union[
    CreateDatabase,
    DropDatabase,
    SetDatabaseProperties,
    CreateTable,
    DropTable,
    DropView,
    AddPartitions,
    DropPartitions,
    RenamePartition,
    RepairTable,
    SetColumns,
    ChangeColumn,
    SetProperties,
    SetLocation,
    ShowNames,
    ShowTable,
    Describe,
]

_HIVE = "org.apache.hadoop.hive"
_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat"
LAZY_SIMPLE = f"{_HIVE}.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = f"{_HIVE}.serde2.OpenCSVSerde"
_PARQUET, _ORC, _AVRO = (f"{_HIVE}.ql.io.{name}" for name in ("parquet", "orc", "avro"))
STORED_AS = {
    "textfile": Formats(_TEXT_INPUT, _TEXT_OUTPUT, LAZY_SIMPLE),
    "sequencefile": Formats(
        "org.apache.hadoop.mapred.SequenceFileInputFormat",
        f"{_HIVE}.ql.io.HiveSequenceFileOutputFormat",
        LAZY_SIMPLE,
    ),
    "rcfile": Formats(
        f"{_HIVE}.ql.io.RCFileInputFormat",
        f"{_HIVE}.ql.io.RCFileOutputFormat",
        f"{_HIVE}.serde2.columnar.LazyBinaryColumnarSerDe",
    ),
    "parquet": Formats(
        f"{_PARQUET}.MapredParquetInputFormat",
        f"{_PARQUET}.MapredParquetOutputFormat",
        f"{_PARQUET}.serde.ParquetHiveSerDe",
    ),
    "orc": Formats(f"{_ORC}.OrcInputFormat", f"{_ORC}.OrcOutputFormat", f"{_ORC}.OrcSerde"),
    "avro": Formats(
        f"{_AVRO}.AvroContainerInputFormat",
        f"{_AVRO}.AvroContainerOutputFormat",
        f"{_HIVE}.serde2.avro.AvroSerDe",
    ),
}
