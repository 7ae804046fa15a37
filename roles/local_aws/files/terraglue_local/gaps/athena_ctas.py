# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CREATE TABLE AS and UNLOAD, from Athena's properties to those of Trino's Hive connector. Pure.

Athena names the compression in the statement, Trino in a session property; Athena's tables lie
below the query's results unless they say where. UNLOAD is a table of which only the files stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .athena_plans import Context, Engine, Fails, NewTable, Plan, Refused, Vanish
from .hive_statements import TableName
from .trino_tokens import Token, begins, closing, literal, position, quoted

_FORMATS = ("PARQUET", "ORC", "AVRO", "JSON", "TEXTFILE")
_CTAS = tuple(
    "table_type is_external external_location format partitioned_by bucketed_by bucket_count"
    " write_compression parquet_compression orc_compression compression_level field_delimiter".split()
)
_UNLOAD = ("format", "compression", "compression_level", "partitioned_by", "field_delimiter")
_KEPT = ("partitioned_by", "bucketed_by", "bucket_count")  # the same in both
# What Athena calls a compression → Trino's codec. Its GZIP is ORC's ZLIB and Avro's DEFLATE.
_CODECS = {name: name for name in ("NONE", "GZIP", "SNAPPY", "LZ4", "ZSTD")}
_CODECS.update(UNCOMPRESSED="NONE", ZLIB="GZIP", DEFLATE="GZIP")
# "If you omit" it: ZLIB for ORC, GZIP for the rest.
_DEFAULT_CODEC = "GZIP"
# The table property in which Hive keeps the compression, and ORC's own name for GZIP.
_NOTED = {"PARQUET": "parquet.compression", "ORC": "orc.compress"}


class _Property(NamedTuple):
    name: str
    sql: str  # as written
    text: str | None  # the value of a string literal


class _Written(NamedTuple):
    """What is common to both statements: Trino's properties and codec."""

    format: str
    properties: tuple[tuple[str, str], ...]
    codec: str


def _properties(text: str, found: Sequence[Token]) -> list[_Property]:
    """``name = expression , …``; what is not of this form is left for Trino's parser."""
    result: list[_Property] = []
    at = 0
    while at + 2 < len(found) and begins(found, "=", at + 1):
        end = at + 2
        while end < len(found) and found[end].text != ",":
            shut = closing(found, end) if found[end].text in ("(", "[") else end
            end = (end if shut is None else shut) + 1
        value = found[at + 2 : end]
        only = value[0].value if len(value) == 1 and value[0].kind == "string" else None
        sql = text[value[0].start : value[-1].end] if value else ""
        result.append(_Property(found[at].value.lower(), sql, only))
        at = end + 1
    return result


def _wrong(message: str) -> Fails:
    return Fails(f"INVALID_TABLE_PROPERTY: {message}")


def _unknown(given: Sequence[_Property], known: Sequence[str]) -> Fails | None:
    for one in given:
        if one.name not in known:
            return _wrong(f"Table property '{one.name}' does not exist")
    return None


def _codec(given: dict[str, _Property], form: str) -> str | Fails:
    names = ("write_compression", "parquet_compression", "orc_compression", "compression")
    said = [name for name in names if name in given]
    if len(said) > 1:
        return _wrong(f"Only one compression can be given, not {' and '.join(said)}")
    if not said:
        return _DEFAULT_CODEC
    value = (given[said[0]].text or "").upper()
    for own in ("parquet", "orc"):
        if said[0] == f"{own}_compression" and form != own.upper():
            return _wrong(f"{said[0]} is for the format {own.upper()} alone, not {form}")
    if value not in _CODECS:
        return _wrong(
            f"Compression {given[said[0]].sql} is not written by the local AWS: choose one of"
            f" {', '.join(sorted(_CODECS))}"
        )
    return _CODECS[value]


def _written(given: dict[str, _Property], form: str) -> _Written | Fails:
    if form not in _FORMATS:
        return _wrong(f"Format {form} is not one of {', '.join(_FORMATS)}")
    codec = _codec(given, form)
    if isinstance(codec, Fails):
        return codec
    properties = [("format", literal(form))]
    properties += [(name, given[name].sql) for name in _KEPT if name in given]
    if "field_delimiter" in given:
        if form != "TEXTFILE":
            return _wrong(f"field_delimiter is for the format TEXTFILE alone, not {form}")
        if len(given["field_delimiter"].text or "") != 1:
            return _wrong("field_delimiter is one character; more are not supported")
        properties.append(("textfile_field_separator", given["field_delimiter"].sql))
    return _Written(form, tuple(properties), codec)


def _with(properties: Sequence[tuple[str, str]]) -> str:
    return f"WITH ({', '.join(f'{name} = {value}' for name, value in properties)})"


def _s3(place: str) -> str | None:
    """The folder, with a last slash; None for what does not name one."""
    return place.rstrip("/") + "/" if place.startswith("s3://") and len(place) > 5 else None


def _location(given: dict[str, _Property], context: Context) -> str | Plan:
    if "external_location" not in given:
        return f"{context.location}/tables/{context.identity}/"
    if context.enforced:
        return Fails(
            "INVALID_TABLE_PROPERTY: The workgroup enforces a location for query results, so a"
            " statement may not have external_location"
        )
    place = _s3(given["external_location"].text or "")
    return place or _wrong(f"external_location is no S3 path: {given['external_location'].sql}")


def create_table_as(text: str, found: Sequence[Token], context: Context) -> Plan:
    """CREATE TABLE name [WITH (…)] AS query [WITH [NO] DATA]"""
    at = 5 if begins(found, "if not exists", 2) else 2
    first = at
    while begins(found, ".", at + 1):
        at += 2
    names = [token.value.lower() for token in found[first : at + 1 : 2]]
    at += 1
    listed: list[_Property] = []
    behind = found[at - 1].end
    if begins(found, "with (", at):
        end = closing(found, at + 1)
        if end is None:
            return Refused(f"{position(text, len(text))}: mismatched input '<EOF>'. Expecting: ')'")
        listed = _properties(text, found[at + 2 : end])
        at, behind = end + 1, found[end].end
    given = {one.name: one for one in listed}
    if "table_type" in given and (given["table_type"].text or "").upper() != "HIVE":
        return Fails(
            "NOT_SUPPORTED: On the local AWS, Iceberg tables are Spark's alone: make and change"
            " them in a Glue job with --datalake-formats iceberg"
        )
    wrong = _unknown(listed, _CTAS)
    if wrong is not None:
        return wrong
    form = (given["format"].text or "").upper() if "format" in given else "PARQUET"
    written = _written(given, form)
    if isinstance(written, Fails):
        return written
    place = _location(given, context)
    if not isinstance(place, str):
        return place
    properties = [("external_location", literal(place)), *written.properties]
    name = text[found[first].start : found[first + 2 * (len(names) - 1)].end]
    exists = "IF NOT EXISTS " if first == 5 else ""
    noted = {"has_encrypted_data": "false"}
    if form in _NOTED:
        noted[_NOTED[form]] = "ZLIB" if (form, written.codec) == ("ORC", "GZIP") else written.codec
    else:
        noted["write.compression"] = written.codec
    table = TableName(names[-2] if len(names) > 1 else None, names[-1])
    return Engine(
        f"CREATE TABLE {exists}{name} {_with(properties)}{text[behind:]}",
        after=(NewTable(table, tuple(noted.items())),),
        session=(("compression_codec", written.codec),),
        output="manifest",
    )


class _Unload(NamedTuple):
    query: str
    place: str
    properties: list[_Property]


def _read_unload(text: str, found: Sequence[Token]) -> _Unload | Refused:
    """UNLOAD (query) TO 'place' WITH (…)"""

    def expected(at: int, what: str) -> Refused:
        token = found[at] if at < len(found) else None
        where = position(text, token.start if token else len(text))
        return Refused(
            f"{where}: mismatched input '{token.text if token else '<EOF>'}'. Expecting: {what}"
        )

    if not begins(found, "(", 1):
        return expected(1, "'('")
    end = closing(found, 1)
    if end is None:
        return expected(len(found), "')'")
    if not begins(found, "to", end + 1):
        return expected(end + 1, "'TO'")
    at = end + 2
    if at >= len(found) or found[at].kind != "string":
        return expected(at, "<string>")
    if not begins(found, "with (", at + 1):
        return expected(at + 1, "'WITH'")
    last = closing(found, at + 2)
    if last is None or last != len(found) - 1:
        return expected(len(found) if last is None else last + 1, "<EOF>" if last else "')'")
    query = text[found[1].end : found[end].start].strip()
    return _Unload(query, found[at].value, _properties(text, found[at + 3 : last]))


def unload(text: str, found: Sequence[Token], context: Context) -> Plan:
    """UNLOAD as CREATE TABLE AS into a table that vanishes."""
    read = _read_unload(text, found)
    if isinstance(read, Refused):
        return read
    wrong = _unknown(read.properties, _UNLOAD)
    if wrong is not None:
        return wrong
    given = {one.name: one for one in read.properties}
    if "format" not in given:
        return _wrong("UNLOAD needs a format: WITH (format = 'PARQUET')")
    written = _written(given, (given["format"].text or "").upper())
    if isinstance(written, Fails):
        return written
    place = _s3(read.place)
    if place is None:
        return Fails(f"INVALID_FUNCTION_ARGUMENT: the place of UNLOAD is no S3 path: {read.place}")
    table = TableName(context.database, f"unload_{context.identity.replace('-', '_')}")
    name = f"{quoted(context.database)}.{quoted(table.table)}"
    properties = [("external_location", literal(place)), *written.properties]
    return Engine(
        f"CREATE TABLE {name} {_with(properties)} AS {read.query}",
        after=(Vanish(table),),
        session=(("compression_codec", written.codec),),
        output="manifest",
    )
