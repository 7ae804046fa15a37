# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simple SELECTs over cataloged files, by DuckDB, until Athena's own engine answers here.

The text of the query is not translated: what DuckDB does not know as Trino does, fails. What is
exact is how a table's files are read, each SerDe by its own rules, because that is what tells
whether a catalog is right. Every table of the query becomes a DuckDB table of the same name.
"""

from __future__ import annotations

import contextlib
import csv
import decimal
import gzip
import json
import math
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ministack.services import athena, glue, s3

from . import athena_ddl
from .athena_catalog import Context, Failed

Cells = list[Any]  # str or None, one for each column of the file


class Rows(NamedTuple):
    """An answer: ColumnInfo without its constant members, values as Athena renders them."""

    columns: list[dict[str, Any]]
    rows: list[list[str | None]]
    scanned: int


class Table(NamedTuple):
    """A Glue table as it is read: (name, Hive type) of its columns, then of its keys."""

    columns: list[tuple[str, str]]
    keys: list[tuple[str, str]]
    serde: str
    parameters: dict[str, str]
    skip: int
    null_format: str


# --- text files: each SerDe by its own rules ----------------------------------------------------


def _lines(content: bytes, name: str, skip: int) -> list[str]:
    """The lines of a text file, unpacked by its name; every line break ends one, quotes or not."""
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    text = content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    return (lines if lines[-1] else lines[:-1])[skip:]


def _quoted(lines: list[str], table: Table) -> Iterator[Cells]:
    """OpenCSVSerde: an empty cell is '', a missing one NULL; the escape character is dropped."""
    quote = table.parameters.get("quoteChar", '"')
    escape = table.parameters.get("escapeChar", "\\")
    for line in lines:
        reader = csv.reader(
            [line],
            delimiter=table.parameters.get("separatorChar", ","),
            quotechar=quote,
            escapechar=None if escape == quote else escape,
        )
        yield next(reader, [""])


def _delimited(lines: list[str], table: Table) -> Iterator[Cells]:
    """LazySimpleSerDe: no quotes; \\N is NULL."""
    delimiter = table.parameters.get("field.delim") or table.parameters.get("serialization.format")
    delimiter = "\x01" if delimiter in (None, "1") else delimiter
    escape = table.parameters.get("escape.delim")
    null = table.null_format
    for line in lines:
        if escape:
            parts = re.findall(
                rf"(?:{re.escape(escape)}.|[^{re.escape(str(delimiter))}])*", line, re.DOTALL
            )
            cells = [
                re.sub(rf"{re.escape(escape)}(.)", r"\1", part) for part in parts[:-1] or parts
            ]
        else:
            cells = line.split(delimiter)
        yield [None if cell == null else cell for cell in cells]


def _json(lines: list[str], table: Table) -> Iterator[Cells]:
    """JSON lines: keys in any case, a missing one NULL, nested values as their text."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, parse_float=str, parse_int=str)
            values = {str(key).lower(): value for key, value in record.items()}
        except (ValueError, AttributeError) as error:
            raise Failed(
                f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException (line {number})"
            ) from error
        yield [_json_text(values.get(name)) for name, dummy in table.columns]


def _json_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _reader(serde: str) -> tuple[Callable[[list[str], Table], Iterator[Cells]], bool]:
    """(the reader of a SerDe, whether a value that does not fit its type is NULL)"""
    name = serde.rpartition(".")[2]
    if name == "OpenCSVSerde":
        return _quoted, False
    if name == "LazySimpleSerDe":
        return _delimited, True
    if name in ("JsonSerDe", "HiveJsonSerDe"):
        return _json, True
    raise Failed(f"HIVE_UNSUPPORTED_FORMAT: the local AWS does not read tables by {serde}")


# --- types --------------------------------------------------------------------------------------

_DUCKDB = {"string": "VARCHAR", "binary": "BLOB", "int": "INTEGER", "float": "FLOAT"}


def duckdb_type(hive: str) -> str:
    """``array<struct<a:int>>`` → ``STRUCT("a" INTEGER)[]``"""
    outer, dummy, inner = hive.rstrip(">").partition("<")
    inner = hive[len(outer) + 1 : -1]
    if outer == "array":
        return f"{duckdb_type(inner)}[]"
    if outer == "map":
        return f"MAP({', '.join(duckdb_type(part) for part in _parts(inner))})"
    if outer == "struct":
        members = (part.partition(":") for part in _parts(inner))
        return (
            f"STRUCT({', '.join(f'{_name(n)} {duckdb_type(kind)}' for n, dummy, kind in members)})"
        )
    if hive.startswith(("varchar", "char")):
        return "VARCHAR"
    return _DUCKDB.get(hive, hive.upper())


def _parts(inner: str) -> list[str]:
    """Split at the commas that stand in no brackets."""
    parts, depth = [""], 0
    for one in inner:
        depth += (one in "<(") - (one in ">)")
        if one == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += one
    return parts


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# What the parsers of LazySimpleSerDe take; DuckDB's casts take more, such as 1e3 for an integer.
_FORMS = {
    "tinyint": r"[+-]?\d+",
    "smallint": r"[+-]?\d+",
    "int": r"[+-]?\d+",
    "bigint": r"[+-]?\d+",
    "date": r"\d{4}-\d{2}-\d{2}",
    "timestamp": r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,9})?",
    "boolean": r"(?i)true|false",
}


def _typed(cell: str, hive: str, lenient: bool) -> str:
    """SQL for the value of a cell; what does not fit is NULL or an error."""
    if hive == "string" or hive.startswith(("varchar", "char")):
        return cell
    kind = duckdb_type(hive)
    if not lenient:
        # "DATE and TIMESTAMP … UNIX numeric format": days and milliseconds since 1970.
        if hive == "date":
            return f"DATE '1970-01-01' + CAST({cell} AS INTEGER)"
        if hive == "timestamp":
            return f"make_timestamp(CAST({cell} AS BIGINT) * 1000)"
        return f"CAST({cell} AS {kind})"
    if "<" in hive:
        return f"TRY_CAST(TRY_CAST({cell} AS JSON) AS {kind})"
    form = _FORMS.get(hive)
    cast = f"TRY_CAST({cell} AS {kind})"
    return f"CASE WHEN regexp_full_match({cell}, '{form}') THEN {cast} END" if form else cast


# --- tables -------------------------------------------------------------------------------------


def _table(record: dict[str, Any]) -> Table:
    storage = record.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    parameters = {**(record.get("Parameters") or {}), **(serde.get("Parameters") or {})}
    skip = parameters.get("skip.header.line.count", "0")
    return Table(
        [(one["Name"], one.get("Type", "string").lower()) for one in storage.get("Columns") or []],
        [
            (one["Name"], one.get("Type", "string").lower())
            for one in record.get("PartitionKeys") or []
        ],
        serde.get("SerializationLibrary") or athena_ddl.LAZY_SIMPLE,
        parameters,
        int(skip) if skip.isdecimal() else 0,
        parameters.get("serialization.null.format", "\\N"),
    )


def _files(location: str) -> Iterator[tuple[str, bytes]]:
    """(key, content) of all objects below a location but the hidden ones."""
    place = urlsplit(location)
    prefix = place.path.strip("/") + "/" if place.path.strip("/") else ""
    objects = (s3._buckets.get(place.netloc) or {"objects": {}})["objects"]
    for key in sorted(objects):
        if not key.startswith(prefix) or key.endswith("/"):
            continue
        if any(part.startswith(("_", ".")) for part in key[len(prefix) :].split("/")):
            continue
        yield key, s3._get_object_data(place.netloc, key) or b""


def _places(key: str, record: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """(location, partition values) of all that is registered; folders alone are not seen."""
    if record.get("PartitionKeys"):
        partitions = glue._partitions.get(key, [])
        return [(one["StorageDescriptor"]["Location"], one["Values"]) for one in partitions]
    return [((record.get("StorageDescriptor") or {}).get("Location", ""), [])]


def _written(cells: Cells) -> str:
    return ",".join("" if c is None else '"' + c.replace('"', '""') + '"' for c in cells) + "\n"


def _load_text(connection: Any, name: str, key: str, table: Table, folder: str) -> int:
    """Make a DuckDB table of a table of text files; how many bytes were read."""
    reader, lenient = _reader(table.serde)
    width = len(table.columns)
    scanned = 0
    path = os.path.join(folder, f"{len(os.listdir(folder))}.csv")
    with open(path, "w", encoding="utf-8", newline="") as file:
        for location, values in _places(key, glue._tables[key]):
            for file_name, content in _files(location):
                scanned += len(content)
                for cells in reader(_lines(content, file_name, table.skip), table):
                    missing: Cells = [None] * (width - len(cells))
                    file.write(_written(cells[:width] + missing + values))
    columns = table.columns + table.keys
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(columns)))
    typed = [
        f"{_typed(f'c{i}', kind, lenient or i >= width)} AS {_name(column)}"
        for i, (column, kind) in enumerate(columns)
    ]
    # An unquoted nothing is NULL, a quoted one is ''.
    source = (
        f"read_csv('{path}', auto_detect = false, header = false, delim = ',', quote = '\"',"
        f" escape = '\"', nullstr = '', allow_quoted_nulls = false, columns = {{{names}}})"
    )
    connection.execute(f"CREATE TABLE {name} AS SELECT {', '.join(typed)} FROM {source}")
    return scanned


def _load_parquet(connection: Any, name: str, key: str, table: Table, folder: str) -> int:
    """Make a DuckDB table of a table of Parquet files, columns by name."""
    columns = [f"{_name(c)} {duckdb_type(kind)}" for c, kind in table.columns + table.keys]
    connection.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
    scanned = 0
    for location, values in _places(key, glue._tables[key]):
        keys = dict(zip((one for one, dummy in table.keys), values))
        for dummy, content in _files(location):
            scanned += len(content)
            path = os.path.join(folder, f"{len(os.listdir(folder))}.parquet")
            with open(path, "wb") as file:
                file.write(content)
            constants = "".join(
                f", '{v.replace(chr(39), chr(39) * 2)}' AS {_name(k)}" for k, v in keys.items()
            )
            connection.execute(
                f"INSERT INTO {name} BY NAME SELECT *{constants} FROM read_parquet('{path}')"
            )
    return scanned


def _where(query: str, start: int) -> str:
    """``line 1:8``; Trino counts both from 1."""
    line = query.count("\n", 0, start) + 1
    return f"line {line}:{start - query.rfind(chr(10), 0, start)}"


def _load(connection: Any, query: str, context: Context, folder: str) -> int:
    """Make all tables that the query reads; how many bytes they have."""
    scanned = 0
    seen: set[str] = set()
    connection.execute("ATTACH ':memory:' AS awsdatacatalog")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS awsdatacatalog.{_name(context.database)}")
    for reference in athena._table_references(query):
        database = (reference.database or context.database).lower()
        key = f"{database}/{reference.table.lower()}"
        if key in seen or query[reference.end :].lstrip()[:1] == "(":
            continue  # a function such as UNNEST(…)
        seen.add(key)
        where = _where(query, reference.start)
        if database not in glue._databases:
            raise Failed(f"SCHEMA_NOT_FOUND: {where}: Schema '{database}' does not exist")
        if key not in glue._tables:
            dotted = key.replace("/", ".")
            raise Failed(
                f"TABLE_NOT_FOUND: {where}: Table 'awsdatacatalog.{dotted}' does not exist"
            )
        table = _table(glue._tables[key])
        name = f"awsdatacatalog.{_name(database)}.{_name(reference.table.lower())}"
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS awsdatacatalog.{_name(database)}")
        load = _load_parquet if "parquet" in table.serde else _load_text
        scanned += load(connection, name, key, table, folder)
    connection.execute(f"USE awsdatacatalog.{_name(context.database)}")
    return scanned


# --- answers ------------------------------------------------------------------------------------


def java_double(value: float) -> str:
    """A double as Java prints it: 1.0, 0.001, 1.0E7, 1.0E-4, NaN, Infinity."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return format(decimal.Decimal(repr(value)), "f") if "e" in repr(value) else repr(value)
    sign, digits, exponent = decimal.Decimal(repr(value)).normalize().as_tuple()
    mantissa = "".join(map(str, digits))
    power = int(exponent) + len(mantissa) - 1
    return f"{'-' if sign else ''}{mantissa[0]}.{mantissa[1:] or '0'}E{power}"


def rendered(value: Any) -> str | None:
    """A value as Athena writes it: ``[a, null]``, ``{k=v}``, ``68 69``."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return java_double(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (bytes, bytearray)):
        return value.hex(" ")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(rendered(one) or "null" for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={rendered(v) or 'null'}" for k, v in value.items()) + "}"
    if hasattr(value, "hour") and hasattr(value, "year"):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    return str(value)


_TYPES = {
    # DuckDB's: (Athena's, precision, scale)
    "BOOLEAN": ("boolean", 0, 0),
    "TINYINT": ("tinyint", 3, 0),
    "SMALLINT": ("smallint", 5, 0),
    "INTEGER": ("integer", 10, 0),
    "BIGINT": ("bigint", 19, 0),
    "HUGEINT": ("bigint", 19, 0),
    "FLOAT": ("float", 17, 0),
    "DOUBLE": ("double", 17, 0),
    "DATE": ("date", 0, 0),
    "TIME": ("time", 0, 0),
    "TIMESTAMP": ("timestamp", 3, 0),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", 3, 0),
    "BLOB": ("varbinary", 1073741824, 0),
}


def _column(name: str, kind: str) -> dict[str, Any]:
    if match := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        athena_type, precision, scale = "decimal", int(match.group(1)), int(match.group(2))
    elif kind.endswith("]"):
        athena_type, precision, scale = "array", 0, 0
    elif kind.startswith(("STRUCT", "MAP")):
        athena_type, precision, scale = "row" if kind[0] == "S" else "map", 0, 0
    else:
        athena_type, precision, scale = _TYPES.get(kind, ("varchar", 2147483647, 0))
    return {"Name": name, "Type": athena_type, "Precision": precision, "Scale": scale}


def _header(query: str, position: int, name: str) -> str:
    """DuckDB calls a column without a name by its text, Athena ``_col0``."""
    plain = re.fullmatch(r"[A-Za-z_]\w*", name) and name.lower() not in ("true", "false", "null")
    return name if plain or f'"{name}"' in query else f"_col{position}"


def _reason(query: str, error: Exception) -> str:
    """A reason of Athena's form: the kind, the place if there is one, what DuckDB said."""
    said = str(error).split("\n", 1)[0]
    where = ""
    caret = re.search(r"LINE (\d+): (.*)\n( *)\^", str(error))
    if caret and not caret.group(2).startswith("..."):
        column = len(caret.group(3)) - len(f"LINE {caret.group(1)}: ") + 1
        where = f"line {caret.group(1)}:{column}: "
    missing = re.search(r'Referenced column "(.+?)" (?:was )?not found', said)
    if missing:
        return (
            f"COLUMN_NOT_FOUND: {where}Column '{missing.group(1)}' cannot be resolved or requester"
            " is not authorized to access requested resources"
        )
    function = re.search(r"Function with name (\S+) does not exist", said)
    if function:
        return f"FUNCTION_NOT_FOUND: {where}Function '{function.group(1)}' not registered"
    if said.startswith("Conversion Error"):
        return f"HIVE_BAD_DATA: Error parsing field value: {said.partition(': ')[2]}"
    return f"SYNTAX_ERROR: {where}{said.partition(': ')[2] or said}"


class Query:
    """One query; ``run`` in a thread, ``stop`` from any other."""

    def __init__(self, text: str, context: Context) -> None:
        try:
            import duckdb  # loaded by the first query: it takes 30 MB
        except ImportError as error:
            raise Failed(
                f"NOT_SUPPORTED: The local AWS answers SELECT by DuckDB, which {sys.executable} does not"
                " have. Install the packages of the collection's requirements.txt (make setup)"
            ) from error
        self._errors = duckdb.Error
        self._connection = duckdb.connect(":memory:")
        self.text = text
        self.context = context

    def stop(self) -> None:
        """End the work; ``run`` fails."""
        with contextlib.suppress(self._errors):  # it may have ended by itself just now
            self._connection.interrupt()

    def run(self) -> Rows:
        """The answer. Failed with a reason like Athena's."""
        with (
            tempfile.TemporaryDirectory(prefix="athena-") as folder,
            self._connection as connection,
        ):
            try:
                # As Trino divides whole numbers, and sorts.
                connection.execute(
                    "SET integer_division = true; SET default_null_order = 'nulls_last'"
                )
                scanned = _load(connection, self.text, self.context, folder)
                connection.execute("SET enable_external_access = false")
                answer = connection.execute(self.text)
                columns = [
                    _column(_header(self.text, i, one[0]), str(one[1]))
                    for i, one in enumerate(answer.description or [])
                ]
                rows = [[rendered(value) for value in row] for row in answer.fetchall()]
            except self._errors as error:
                raise Failed(_reason(self.text, error)) from error
        return Rows(columns, rows, scanned)
