# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SHOW and DESCRIBE in Hive's output forms: one line a row, tabs between its parts."""

from __future__ import annotations

import re
from typing import Any

from . import hive_statements as ddl
from .athena_alter import view_of
from .athena_calls import Failed, every, get_table, glue, require_database
from .athena_plans import Context

_WIDTH = 20  # Hive pads each part of a line to it
# Of these the columns are asked for, and they know of no comments; Hive has its own for all of them.
_OWN_COLUMNS = (
    "org.openx.data.jsonserde.JsonSerDe",
    "org.apache.hive.hcatalog.data.JsonSerDe",
    ddl.OPEN_CSV,
)
_OWN_COMMENT = "from deserializer"
# What ROW FORMAT DELIMITED says in words, in the order of its grammar.
_DELIMITED = {
    "field.delim": "FIELDS TERMINATED BY",
    "escape.delim": "ESCAPED BY",
    "colelction.delim": "COLLECTION ITEMS TERMINATED BY",
    "mapkey.delim": "MAP KEYS TERMINATED BY",
    "line.delim": "LINES TERMINATED BY",
    "serialization.null.format": "NULL DEFINED AS",
}
_COLUMNS: dict[str, tuple[str, ...]] = {
    "databases": ("database_name",),
    "tables": ("tab_name",),
    "views": ("views",),
    "partitions": ("partition",),
    "columns": ("field",),
    "create table": ("createtab_stmt",),
    "create view": ("Create View",),
    "tblproperties": ("prpt_name", "prpt_value"),
}


def columns_of(statement: ddl.Statement) -> tuple[str, ...]:
    """The names of the columns that ColumnInfo shows; a line has tabs between them."""
    if isinstance(statement, (ddl.ShowNames, ddl.ShowTable)):
        return _COLUMNS[statement.kind]
    if isinstance(statement, ddl.Describe):
        return ("col_name", "data_type", "comment")
    return ("result",) if isinstance(statement, ddl.RepairTable) else ()


def matching(names: list[str], pattern: str | None) -> list[str]:
    """Hive's patterns: ``*`` is any text, ``|`` stands between alternatives."""
    if pattern is None:
        return sorted(names)
    parts = ("|".join(map(re.escape, pattern.split("|")))).replace(r"\*", ".*")
    return [name for name in sorted(names) if re.fullmatch(parts, name, re.IGNORECASE)]


def _padded(*parts: str) -> str:
    return "\t".join(part.ljust(_WIDTH) for part in parts)


def _columns(table: dict[str, Any]) -> list[dict[str, Any]]:
    """The columns without the keys, with the comments that are shown."""
    storage = table["StorageDescriptor"]
    if (storage.get("SerdeInfo") or {}).get("SerializationLibrary") in _OWN_COLUMNS:
        return [{**column, "Comment": _OWN_COMMENT} for column in storage["Columns"]]
    return list(storage["Columns"])


def _described(columns: list[dict[str, Any]]) -> list[str]:
    return [_padded(one["Name"], one["Type"], one.get("Comment") or "") for one in columns]


def field_type(kind: str, path: tuple[str, ...]) -> str | None:
    """The type of ``field``, ``$elem$``, ``$key$`` or ``$value$`` within a type."""
    for step in path:
        outer, dummy, inner = kind.partition("<")
        members: dict[str, str] = {}
        parts = _members(inner[:-1])
        if outer == "array":
            members = {"$elem$": inner[:-1]}
        elif outer == "map":
            members = dict(zip(("$key$", "$value$"), parts))
        elif outer == "struct":
            members = dict(part.split(":", 1) for part in parts)
        if step not in members:
            return None
        kind = members[step]
    return kind


def _members(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, one in enumerate(text):
        depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(one, 0)
        if one == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def describe(table: dict[str, Any], path: tuple[str, ...] = ()) -> list[str]:
    """The lines of a plain DESCRIBE: columns, then partition keys, once more under a heading."""
    keys = table.get("PartitionKeys") or []
    columns = [*_columns(table), *keys]
    if path:
        for column in columns:
            kind = field_type(column["Type"], path[1:]) if column["Name"] == path[0] else None
            if kind is not None:
                comment = column.get("Comment") or "" if len(path) == 1 else _OWN_COMMENT
                return [_padded(path[-1], kind, comment)]
        raise Failed(f"FAILED: SemanticException Invalid column reference {'.'.join(path)}")
    lines = _described(columns)
    if keys:
        heading = "# col_name            \tdata_type           \tcomment             "
        lines += ["\t \t ", "# Partition Information\t \t ", heading, "\t \t ", *_described(keys)]
    return lines


def _detail(table: dict[str, Any]) -> list[str]:
    """What FORMATTED and EXTENDED add."""
    storage = table["StorageDescriptor"]
    serde = storage.get("SerdeInfo") or {}
    pairs = [
        ("Database:", table["DatabaseName"]),
        ("Owner:", table.get("Owner", "")),
        ("Retention:", str(table.get("Retention", 0))),
        ("Location:", storage.get("Location", "")),
        ("Table Type:", table.get("TableType", "")),
    ]
    lines = ["\t \t ", "# Detailed Table Information\t \t "]
    lines += [f"{name.ljust(_WIDTH)}\t{value.ljust(_WIDTH)}\t " for name, value in pairs]
    lines.append("Table Parameters:\t \t ")
    lines += [f"\t{key.ljust(_WIDTH)}\t{text}" for key, text in _sorted(table.get("Parameters"))]
    lines += ["\t \t ", "# Storage Information\t \t "]
    pairs = [
        ("SerDe Library:", serde.get("SerializationLibrary", "")),
        ("InputFormat:", storage.get("InputFormat", "")),
        ("OutputFormat:", storage.get("OutputFormat", "")),
        ("Compressed:", "Yes" if storage.get("Compressed") else "No"),
        ("Num Buckets:", str(storage.get("NumberOfBuckets", -1))),
        ("Bucket Columns:", f"[{', '.join(storage.get('BucketColumns') or [])}]"),
    ]
    lines += [f"{name.ljust(_WIDTH)}\t{value.ljust(_WIDTH)}\t " for name, value in pairs]
    lines.append("Storage Desc Params:\t \t ")
    return lines + [f"\t{key.ljust(_WIDTH)}\t{text}" for key, text in _sorted(serde["Parameters"])]


def _sorted(properties: dict[str, str] | None) -> list[tuple[str, str]]:
    return sorted((properties or {}).items())


def _quote(text: str) -> str:
    special = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return "'" + "".join(special.get(one, one) for one in text) + "'"


def _listed(columns: list[dict[str, Any]]) -> str:
    parts = []
    for column in columns:
        comment = f" COMMENT {_quote(column['Comment'])}" if column.get("Comment") else ""
        parts.append(f"  `{column['Name']}` {column['Type']}{comment}")
    return ", \n".join(parts) + ")"


def _pairs(properties: list[tuple[str, str]]) -> str:
    return ", \n".join(f"  {_quote(key)}={_quote(text)}" for key, text in properties)


def _row_format(serde: dict[str, Any]) -> list[str]:
    """DELIMITED where that says all, else the SerDe with its properties."""
    library = serde.get("SerializationLibrary", "")
    own = [
        pair for pair in _sorted(serde.get("Parameters")) if pair != ("serialization.format", "1")
    ]
    said = dict(own)
    # DELIMITED sets it to the delimiter.
    if said.get("serialization.format") == said.get("field.delim"):
        said.pop("serialization.format", None)
    if library == ddl.LAZY_SIMPLE and "field.delim" in said and said.keys() <= _DELIMITED.keys():
        words = [f"  {_DELIMITED[key]} {_quote(said[key])} " for key in _DELIMITED if key in said]
        return ["ROW FORMAT DELIMITED ", *words]
    lines = ["ROW FORMAT SERDE ", f"  {_quote(library)} "]
    return [*lines, "WITH SERDEPROPERTIES ( ", _pairs(own) + ") "] if own else lines


def create_table(table: dict[str, Any]) -> str:
    """The statement that makes the table, in Hive's form: blanks at the ends of lines and all."""
    storage = table["StorageDescriptor"]
    serde = storage.get("SerdeInfo") or {}
    parameters = dict(table.get("Parameters") or {})
    # Clients that make tables without a statement say it by the type alone.
    external = parameters.pop("EXTERNAL", "").upper() == "TRUE"
    external = external or table.get("TableType") == "EXTERNAL_TABLE"
    comment = parameters.pop("comment", None)
    kind = "EXTERNAL TABLE" if external else "TABLE"
    lines = [f"CREATE {kind} `{table['Name']}`("]
    lines.append(_listed(_columns(table)))
    if comment:
        lines.append(f"COMMENT {_quote(comment)}")
    if table.get("PartitionKeys"):
        lines += ["PARTITIONED BY ( ", _listed(table["PartitionKeys"])]
    if storage.get("BucketColumns"):
        lines += ["CLUSTERED BY ( ", ", \n".join(f"  {one}" for one in storage["BucketColumns"])]
        lines[-1] += f") \nINTO {storage['NumberOfBuckets']} BUCKETS"
    lines += _row_format(serde)
    lines += ["STORED AS INPUTFORMAT ", f"  {_quote(storage.get('InputFormat', ''))} "]
    lines += ["OUTPUTFORMAT ", f"  {_quote(storage.get('OutputFormat', ''))}"]
    lines += ["LOCATION", f"  {_quote(storage.get('Location', ''))}"]
    if parameters:
        lines += ["TBLPROPERTIES (", _pairs(_sorted(parameters)) + ")"]
    return "\n".join(lines)


def properties(table: dict[str, Any], key: str | None) -> list[str]:
    """The lines of SHOW TBLPROPERTIES."""
    found = dict(table.get("Parameters") or {})
    if key is None:
        return [f"{name}\t{text}" for name, text in _sorted(found)]
    name = f"{table['DatabaseName']}.{table['Name']}"
    return [found.get(key, f"Table {name} does not have property: {key}")]


async def _names(statement: ddl.ShowNames, context: Context) -> list[str]:
    if statement.kind == "databases":
        found = await every("GetDatabases", "DatabaseList")
    else:
        database = statement.database or context.database
        await require_database(database)
        found = await every("GetTables", "TableList", DatabaseName=database)
        if statement.kind == "views":
            found = [one for one in found if one.get("TableType") == "VIRTUAL_VIEW"]
    return matching([one["Name"] for one in found], statement.pattern)


async def _of_table(statement: ddl.ShowTable, table: dict[str, Any]) -> list[str]:
    name = f"{table['DatabaseName']}.{table['Name']}"
    keys = [key["Name"] for key in table.get("PartitionKeys") or []]
    view = view_of(table)
    if statement.kind == "columns":
        columns = [one["Name"] for one in table["StorageDescriptor"]["Columns"]]
        return [one.ljust(_WIDTH) for one in (*columns, *keys)]
    if statement.kind == "tblproperties":
        return properties(table, statement.key)
    if statement.kind == "create view":
        if view is None:
            raise Failed(f"{name} is not a view")
        return f"CREATE VIEW {name} AS\n{view['originalSql']}".split("\n")
    if statement.kind == "create table":
        if view is not None:
            raise Failed(f"{name} is a view: SHOW CREATE VIEW shows it")
        return create_table(table).split("\n")
    if not keys:
        raise Failed(
            f"FAILED: SemanticException [Error 10241]: Table {name} is not a partitioned table"
        )
    found = await every(
        "GetPartitions",
        "Partitions",
        DatabaseName=table["DatabaseName"],
        TableName=table["Name"],
    )
    shown = [zip(keys, partition["Values"]) for partition in found]
    return sorted("/".join(f"{key}={value}" for key, value in one) for one in shown)


async def lines(
    statement: ddl.ShowNames | ddl.ShowTable | ddl.Describe, context: Context
) -> list[str]:
    """What a statement prints."""
    if isinstance(statement, ddl.ShowNames):
        return await _names(statement, context)
    table = await get_table(statement.name, context)
    if isinstance(statement, ddl.ShowTable):
        return await _of_table(statement, table)
    if statement.partition is not None:
        given = dict(statement.partition.values)
        keys = [key["Name"] for key in table.get("PartitionKeys") or []]
        await glue(
            "GetPartition",
            DatabaseName=table["DatabaseName"],
            TableName=table["Name"],
            PartitionValues=[given.get(key, "") for key in keys],
        )
    shown = describe(table, statement.path)
    return shown + _detail(table) if statement.detail and not statement.path else shown
