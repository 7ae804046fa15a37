# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices resolved into types."""

from __future__ import annotations

from collections.abc import Sequence

from awsglue.local import data_catalog
from awsglue.local.columns import Path, column, convert, put_path, steps, type_at
from awsglue.local.coverage import FRAME, unsupported
from awsglue.local.formats import plain
from awsglue.local.schemas import (
    is_choice,
    options_of,
    parse_type,
    same,
    type_name,
    without_choices,
)
from pyspark.sql import Column, DataFrame
from pyspark.sql.types import DataType, NullType, StructType

Spec = tuple[str, str]


def resolve(frame: DataFrame, specs: Sequence[Spec], choice: str) -> DataFrame:
    """The frame with the actions done: those of the specs, or one for every choice that is left."""
    for text, action in specs:
        if "[]" in text:
            raise unsupported(f"resolveChoice of fields in arrays ({text})", FRAME)
        frame = _act(frame, steps(text, frame.schema), action)
    if choice:
        for path in _choices(frame.schema):
            frame = _act(frame, path, choice)
    return frame


def _act(frame: DataFrame, path: Path, action: str) -> DataFrame:
    have = type_at(frame.schema, path)
    if have is None:
        return frame
    verb, dummy, kind = action.partition(":")
    if verb in ("cast", "project") and kind:
        if verb == "project" and not is_choice(have):
            return frame
        return put_path(frame, path, convert(column(path), have, parse_type(kind)))
    if not is_choice(have):
        return frame
    if verb == "make_struct":
        return put_path(frame, path, _plain_struct(column(path), have))
    if verb == "make_cols":
        return _make_columns(frame, path, have)
    raise ValueError(
        f"resolveChoice: {action!r} is no action. There are cast:type, project:type, make_cols,"
        " make_struct and, as choice, match_catalog."
    )


def _plain_struct(value: Column, have: DataType) -> Column:
    return value.cast(without_choices(have))


def _make_columns(frame: DataFrame, path: Path, have: DataType) -> DataFrame:
    """One column for each type, named like the field and the type, in the field's place."""
    if len(path) > 1:
        raise unsupported("resolveChoice(make_cols) of a field within a struct", FRAME)
    (name,) = path
    found: list[Column] = []
    for other in frame.columns:
        if other != name:
            found.append(column([other]))
            continue
        for option in options_of(have):
            kind = type_name(option)
            found.append(column([name, kind]).alias(f"{name}_{kind}"))
    return frame.select(*found)


def _choices(schema: StructType, before: Path = ()) -> list[Path]:
    found: list[Path] = []
    for field in schema.fields:
        path = (*before, field.name)
        if is_choice(field.dataType):
            found.append(path)
        elif isinstance(field.dataType, StructType):
            found += _choices(field.dataType, path)
    return found


def null_paths(schema: StructType, before: Path = ()) -> list[Path]:
    """The fields whose type is null."""
    found: list[Path] = []
    for field in schema.fields:
        path = (*before, field.name)
        if isinstance(field.dataType, NullType):
            found.append(path)
        elif isinstance(field.dataType, StructType) and not is_choice(field.dataType):
            found += null_paths(field.dataType, path)
    return found


def match_catalog(frame: DataFrame, database: str, table: str, catalog_id: str | None) -> DataFrame:
    """Every column with the type that a table of the catalog has for it."""
    record = data_catalog.get_table(database, table, catalog_id)
    columns = [*data_catalog.columns_of(record).fields, *data_catalog.keys_of(record).fields]
    wanted = {one.name.lower(): one.dataType for one in columns}
    found = []
    for field in frame.schema.fields:
        want = wanted.get(field.name.lower())
        value = column([field.name])
        if want is not None and not same(field.dataType, want):
            value = convert(value, field.dataType, want).alias(field.name)
        found.append(value)
    return plain(frame.select(*found))
