# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spark SQL over the Data Catalog, without a table being registered by hand.

On AWS a Java class stands between Spark and the Data Catalog, which no registry has. Here every
statement is looked at before it runs: the tables that it names are read from the Data Catalog and
made known to the session's own catalog, which lives in memory. Afterwards what a statement has made,
changed or dropped there is told to the Data Catalog. Only names that are used cost anything, however
large the catalog is.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from awsglue.local import data_catalog, text_tables
from awsglue.local.columns import literal, quoted
from pyspark.sql import DataFrame, DataFrameReader, DataFrameWriter, SparkSession
from pyspark.sql.catalog import Catalog
from pyspark.sql.types import StructType

# The names in a parsed statement, subqueries and WITH included, as Spark prints its tree.
_NAMES = re.compile(r"Unresolved(?:Relation|Identifier|TableOrView|Table|View) \[([^\]]*)\]")
_NAMESPACES = re.compile(r"UnresolvedNamespace \[([^\]]*)\]")
# Statements that do something to a table; all others only read.
_CHANGES = re.compile(
    r"InsertInto|RepairTable|AddPartitions|DropTable|CreateTable|ReplaceTable|AddColumns"
)
_DATABASE_CHANGES = re.compile(r"CreateNamespace|DropNamespace")
_DROPS = re.compile(r"'?DropTable\b")
_FORMATS = {
    "csv": "csv",
    "text": "csv",
    "json": "json",
    "parquet": "parquet",
    "orc": "orc",
    "avro": "avro",
}
_HIDDEN = "__terraglue_rows_of_"
Name = tuple[str, str]

# Marks the sessions' own statements: they are not looked at again.
_busy = False


def install() -> None:
    """Put the look before and after into PySpark. Once for a process."""
    if getattr(SparkSession.sql, "__wrapped__", None):
        return
    _wrap(SparkSession, "sql", _around_sql)
    _wrap(SparkSession, "table", _before_table)
    _wrap(DataFrameReader, "table", _before_table)
    for name in ("saveAsTable", "insertInto"):
        _wrap(DataFrameWriter, name, _around_write)
    for name in ("tableExists", "getTable", "listColumns", "databaseExists", "setCurrentDatabase"):
        _wrap(Catalog, name, _before_catalog)
    for name in ("listDatabases", "listTables"):
        _wrap(Catalog, name, _before_listing)
    # The Data Catalog stands in its place; Spark's own would make a database of files here.
    SparkSession.Builder.enableHiveSupport = lambda self: self  # type: ignore[method-assign]


def _wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    plain = getattr(owner, name)

    @functools.wraps(plain)
    def call(self: Any, *positional: Any, **named: Any) -> Any:
        global _busy  # noqa: PLW0603  one driver, one thread of statements
        if _busy:
            return plain(self, *positional, **named)
        _busy = True
        try:
            return around(functools.partial(plain, self), self, *positional, **named)
        finally:
            _busy = False

    setattr(owner, name, call)


def _around_sql(
    plain: Callable[..., Any], spark: SparkSession, *positional: Any, **named: Any
) -> DataFrame:
    text = str(positional[0] if positional else named.get("sqlQuery", ""))
    tree = _tree(spark, text)
    shows_tables = re.match(r"\s*show\s+tables", text, re.IGNORECASE)
    names = [name for parts in _NAMES.findall(tree) if (name := _name(spark, parts.split(", ")))]
    databases = {one.split(", ")[-1] for one in _NAMESPACES.findall(tree) if one}
    if re.match(r"\s*show\s+(databases|schemas)", text, re.IGNORECASE):
        databases |= set(data_catalog.database_names())
    if shows_tables:
        databases.add(spark.catalog.currentDatabase())
    used = re.match(r"\s*use\s+(?:database\s+|schema\s+)?`?(\w+)`?", text, re.IGNORECASE)
    if used:
        databases.add(used[1])
    for database in databases:
        # A database can be dropped without CASCADE only when no table is in it.
        if shows_tables or "DropNamespace" in tree:
            _know_tables_of(spark, database)
        else:
            _know_database(spark, database)
    there = _known_before(spark, names)
    if _DROPS.match(tree) and names and _is_no_table_here(spark, names[0]):
        return _drop_in_catalog(spark, names[0])
    answer = plain(*positional, **named)
    if shows_tables:
        answer = answer.where(f"NOT startswith(tableName, '{_HIDDEN}')")
    if _DATABASE_CHANGES.search(tree):
        _tell_databases(spark, databases)
    if _CHANGES.search(tree):
        for name in names:
            _tell_table(spark, name, there[name])
    return answer


def _is_no_table_here(spark: SparkSession, name: Name) -> bool:
    """Whether a table of the Data Catalog is none to the session: a view for text, or not made."""
    if _session_has(spark, name):
        return name in _known and _is_view(spark, name)
    table = data_catalog.find_table(*name)
    return table is not None and table.get("TableType") != "VIRTUAL_VIEW"


def _drop_in_catalog(spark: SparkSession, name: Name) -> DataFrame:
    """DROP TABLE of such a table, which the statement alone would refuse."""
    if _session_has(spark, name):
        _forget(spark, name)
    data_catalog.delete_table(*name)
    _known.pop(name, None)
    return spark.sql(f"DROP TABLE IF EXISTS {_full(name)}")


def _known_before(spark: SparkSession, names: Iterable[Name]) -> dict[Name, bool]:
    """Make the tables known. Whether the session has each."""
    for name in names:
        _know_table(spark, name)
    return {name: _session_has(spark, name) for name in names}


def _tree(spark: SparkSession, text: str) -> str:
    """The parsed statement; nothing when it has parameters or is wrong, which Spark says itself."""
    try:
        parser = spark._jsparkSession.sessionState().sqlParser()
        return str(parser.parsePlan(text).treeString())
    except Exception:  # noqa: BLE001  the statement itself is about to tell
        return ""


def _name(spark: SparkSession, parts: list[str]) -> Name | None:
    """(database, table) of a name; None for a temporary view or a name in another catalog."""
    if len(parts) == 3 and parts[0] in ("spark_catalog", "glue_catalog", "awsdatacatalog"):
        parts = parts[1:]
    if len(parts) > 2:
        return None
    if len(parts) == 1:
        if spark._jsparkSession.sessionState().catalog().isTempView(_seq(spark, parts)):
            return None
        return spark.catalog.currentDatabase().lower(), parts[0].lower()
    return parts[0].lower(), parts[1].lower()


def _seq(spark: SparkSession, words: list[str]) -> Any:
    jvm = spark.sparkContext._jvm
    assert jvm is not None
    return jvm.PythonUtils.toSeq(words)


def _before_table(plain: Callable[..., Any], owner: Any, tableName: str) -> DataFrame:
    spark = owner if isinstance(owner, SparkSession) else owner._spark
    for name in _named(spark, tableName):
        _know_table(spark, name)
    return plain(tableName)


def _around_write(
    plain: Callable[..., Any],
    writer: DataFrameWriter,
    tableName: str,
    *positional: Any,
    **named: Any,
) -> Any:
    spark = writer._spark
    there = _known_before(spark, list(_named(spark, tableName)))
    answer = plain(tableName, *positional, **named)
    for name, was_there in there.items():
        _tell_table(spark, name, was_there)
    return answer


def _before_catalog(
    plain: Callable[..., Any], catalog: Catalog, name: str, *positional: Any, **named: Any
) -> Any:
    spark = catalog._sparkSession
    if plain.func.__name__ in ("databaseExists", "setCurrentDatabase"):  # type: ignore[attr-defined]
        _know_database(spark, name)
    else:
        database = positional[0] if positional else named.get("dbName")
        for one in _named(spark, f"{database}.{name}" if database else name):
            _know_table(spark, one)
    return plain(name, *positional, **named)


def _before_listing(
    plain: Callable[..., Any], catalog: Catalog, *positional: Any, **named: Any
) -> Any:
    spark = catalog._sparkSession
    if plain.func.__name__ == "listDatabases":  # type: ignore[attr-defined]
        for name in data_catalog.database_names():
            _know_database(spark, name)
    else:
        database = (
            positional[0] if positional else named.get("dbName")
        ) or catalog.currentDatabase()
        _know_tables_of(spark, database)
    return [one for one in plain(*positional, **named) if not one.name.startswith(_HIDDEN)]


def _named(spark: SparkSession, text: str) -> Iterable[Name]:
    name = _name(spark, [part.strip("`") for part in text.split(".")])
    return [name] if name else []


# --- from the Data Catalog to the session -----------------------------------------------------------


def _know_database(spark: SparkSession, database: str) -> None:
    if _session_has_database(spark, database):
        return
    found = data_catalog.find_database(database)
    if found is None:
        return
    place = str(found.get("LocationUri") or "")
    location = f" LOCATION '{place}'" if place.startswith("s3") else ""
    spark.sql(f"CREATE DATABASE IF NOT EXISTS {quoted(database)}{location}")


def _know_tables_of(spark: SparkSession, database: str) -> None:
    """Make a database known with all of its tables, for what lists them."""
    _know_database(spark, database)
    if data_catalog.find_database(database):
        for table in data_catalog.table_names(database):
            _know_table(spark, (database, table))


def _session_has_database(spark: SparkSession, database: str) -> bool:
    return bool(spark._jsparkSession.catalog().databaseExists(database))


def _session_has(spark: SparkSession, name: Name) -> bool:
    return bool(spark._jsparkSession.catalog().tableExists(*name))


# What the session knows of a table: what the Data Catalog said of it and its partitions.
_known: dict[Name, Any] = {}


def _state(name: Name, table: dict[str, Any] | None) -> Any:
    if table is None:
        return None
    registered = {}
    if table.get("PartitionKeys"):
        for one in data_catalog.partitions(*name):
            registered[tuple(one["Values"])] = one["StorageDescriptor"]["Location"]
    said = [table.get(key) for key in ("StorageDescriptor", "PartitionKeys", "Parameters")]
    return said, registered


def _know_table(spark: SparkSession, name: Name) -> None:
    """Make a table of the Data Catalog known to the session, as it is now."""
    database, table_name = name
    _know_database(spark, database)
    if not _session_has_database(spark, database):
        return
    table = data_catalog.find_table(database, table_name)
    version = _state(name, table)
    has = _session_has(spark, name)
    if has and version is not None and _known.get(name) == version:
        spark._jsparkSession.catalog().refreshTable(_full(name))
        return
    if has and name in _known:
        _forget(spark, name)
    _known.pop(name, None)
    if table is None or table.get("TableType") == "VIRTUAL_VIEW":
        return
    if not _session_has(spark, name):
        _make(spark, name, table, version[1])
    if _session_has(spark, name):
        _known[name] = version


def _full(name: Name) -> str:
    return f"{quoted(name[0])}.{quoted(name[1])}"


def _forget(spark: SparkSession, name: Name) -> None:
    kind = "VIEW" if _is_view(spark, name) else "TABLE"
    spark.sql(f"DROP {kind} IF EXISTS {_full(name)}")
    spark.sql(f"DROP TABLE IF EXISTS {_full((name[0], _HIDDEN + name[1]))}")


def _is_view(spark: SparkSession, name: Name) -> bool:
    return str(_metadata(spark, name).tableType().name()) == "VIEW"


def _make(
    spark: SparkSession,
    name: Name,
    table: dict[str, Any],
    registered: dict[tuple[str, ...], str],
) -> None:
    """The table as Spark's own; a text table is a view that reads values as its SerDe does."""
    kind = data_catalog.format_of(table)
    if kind not in _FORMATS:
        return
    place = (table.get("StorageDescriptor") or {}).get("Location", "")
    keys = data_catalog.keys_of(table)
    columns = data_catalog.columns_of(table)
    is_text = kind in ("csv", "text")
    rows = StructType([*(text_tables.texts(table) if is_text else columns).fields, *keys.fields])
    options = text_tables.reader_options(table) if is_text else {}
    given = ", ".join(f"'{key}' {literal(value)}" for key, value in options.items())
    partitioned = f" PARTITIONED BY ({', '.join(map(quoted, keys.names))})" if keys.fields else ""
    target = (name[0], _HIDDEN + name[1]) if is_text else name
    spark.sql(
        f"CREATE TABLE {_full(target)} ({data_catalog.ddl(rows)}) USING {_FORMATS[kind]}"
        f"{f' OPTIONS ({given})' if given else ''}{partitioned} LOCATION {literal(place)}"
    )
    for values, folder in registered.items():
        pairs = zip(keys.names, values)
        partition = ", ".join(f"{quoted(key)}={literal(value)}" for key, value in pairs)
        spark.sql(
            f"ALTER TABLE {_full(target)} ADD IF NOT EXISTS PARTITION ({partition})"
            f" LOCATION {literal(folder)}"
        )
    if is_text:
        columns_read = ", ".join([*text_tables.typed_sql(table), *map(quoted, keys.names)])
        spark.sql(f"CREATE VIEW {_full(name)} AS SELECT {columns_read} FROM {_full(target)}")


# --- from the session to the Data Catalog -----------------------------------------------------------


def _tell_databases(spark: SparkSession, databases: Iterable[str]) -> None:
    for database in databases:
        found = data_catalog.find_database(database)
        has = _session_has_database(spark, database)
        if has and found is None and database != "default":
            place = str(spark._jsparkSession.catalog().getDatabase(database).locationUri())
            data_catalog.create_database(database, place if place.startswith("s3") else "")
        elif not has and found is not None:
            data_catalog.delete_database(database)
            for name in [name for name in _known if name[0] == database]:
                del _known[name]


def _metadata(spark: SparkSession, name: Name) -> Any:
    jvm = spark.sparkContext._jvm
    assert jvm is not None
    catalyst = jvm.org.apache.spark.sql.catalyst
    identifier = catalyst.TableIdentifier(name[1], jvm.scala.Option.apply(name[0]))
    return spark._jsparkSession.sessionState().catalog().getTableMetadata(identifier)


def _tell_table(spark: SparkSession, name: Name, was_there: bool) -> None:
    """Make, update or delete the table in the Data Catalog as the session has it now.

    It is deleted only when the session had it before the statement and has it no more.
    """
    database, table_name = name
    if not _session_has(spark, name):
        if was_there:
            data_catalog.delete_table(database, table_name)
            _known.pop(name, None)
        return
    if _is_view(spark, name):
        return
    if name in _known:
        table = data_catalog.get_table(database, table_name)
        table = data_catalog.with_columns(database, table, _columns(spark, name)[0])
    else:
        table = _create(spark, name)
    if table.get("PartitionKeys"):
        data_catalog.add_partitions(database, table, _folders(spark, table, name))
    _known[name] = _state(name, table)


def _columns(spark: SparkSession, name: Name) -> tuple[StructType, StructType]:
    """(columns, partition keys) of a table of the session"""
    metadata = _metadata(spark, name)
    schema = StructType.fromJson(json.loads(metadata.schema().json()))
    names = metadata.partitionColumnNames()
    keys = [str(names.apply(number)) for number in range(names.size())]
    columns = [one for one in schema.fields if one.name not in keys]
    return StructType(columns), StructType([schema[key] for key in keys])


def _create(spark: SparkSession, name: Name) -> dict[str, Any]:
    """Make a table of the session's in the Data Catalog."""
    metadata = _metadata(spark, name)
    columns, keys = _columns(spark, name)
    kind = str(metadata.provider().get()).lower()
    place = str(metadata.location().toString())
    given = {
        "Name": name[1],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": kind},
        "PartitionKeys": data_catalog.catalog_columns(keys),
        "StorageDescriptor": data_catalog.storage_descriptor(kind, columns, place),
    }
    data_catalog.create_table(name[0], given)
    return data_catalog.get_table(*name)


def _folders(spark: SparkSession, table: dict[str, Any], name: Name) -> dict[tuple[str, ...], str]:
    """The partitions that the session knows: values → location."""
    top = table["StorageDescriptor"]["Location"].rstrip("/") + "/"
    found = {}
    for row in spark.sql(f"SHOW PARTITIONS {_full(name)}").collect():
        found[data_catalog.values_in(row[0])] = f"{top}{row[0]}/"
    return found
