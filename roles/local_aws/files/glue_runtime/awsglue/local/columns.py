# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns that reach into structs: found, put, dropped, converted. Pure but for Spark's Column."""

from __future__ import annotations

import re
from collections.abc import Sequence

from awsglue.local.schemas import is_choice, merge_structs, options_of, same, type_name
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DataType,
    MapType,
    NullType,
    StringType,
    StructType,
)

_STEP = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")
Path = tuple[str, ...]


def steps(text: str, schema: StructType) -> Path:
    """The names along a path such as ``a.b``; backticks hold a name with dots together.

    A column whose name has dots, as relationalize makes them, is found without backticks, too.
    """
    if text in schema.names:
        return (text,)
    return tuple(
        quoted.replace("``", "`") if quoted else bare for quoted, bare in _STEP.findall(text)
    )


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """A text as it stands in a statement."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def column(path: Sequence[str]) -> Column:
    return F.col(".".join(quoted(name) for name in path))


def type_at(
    schema: StructType, path: Sequence[str], case_sensitive: bool = True
) -> DataType | None:
    """The type at the end of a path, None where nothing is."""
    found: DataType = schema
    for name in path:
        if not isinstance(found, StructType):
            return None
        wanted = name if case_sensitive else name.lower()
        inner = [
            field
            for field in found.fields
            if (field.name if case_sensitive else field.name.lower()) == wanted
        ]
        if not inner:
            return None
        found = inner[0].dataType
    return found


class Tree(dict[str, "Tree | Column"]):
    """Columns by the names that lead to them: what a struct is built from."""

    def put(self, path: Sequence[str], value: Column) -> None:
        place = self
        for name in path[:-1]:
            inner = place.get(name)
            if not isinstance(inner, Tree):
                inner = place[name] = Tree()
            place = inner
        place[path[-1]] = value

    def columns(self) -> list[Column]:
        return [
            (F.struct(*value.columns()) if isinstance(value, Tree) else value).alias(name)
            for name, value in self.items()
        ]


def select_paths(frame: DataFrame, paths: Sequence[Path]) -> DataFrame:
    """The fields at these paths alone, in the structs that they are in."""
    tree = Tree()
    for path in paths:
        if type_at(frame.schema, path) is not None:
            tree.put(path, column(path))
    return frame.select(*tree.columns())


def drop_paths(frame: DataFrame, paths: Sequence[Path]) -> DataFrame:
    """The frame without the fields at these paths; a struct that is left empty goes, too."""
    for path in paths:
        while len(path) > 1 and _is_only_field(frame.schema, path):
            path = path[:-1]
        if type_at(frame.schema, path) is None:
            continue
        if len(path) == 1:
            frame = frame.select(*[column([name]) for name in frame.columns if name != path[0]])
        else:
            inner = ".".join(quoted(name) for name in path[1:])
            frame = frame.withColumn(path[0], column(path[:1]).dropFields(inner))
    return frame


def _is_only_field(schema: StructType, path: Path) -> bool:
    parent = type_at(schema, path[:-1])
    return isinstance(parent, StructType) and parent.names == [path[-1]]


def put_path(frame: DataFrame, path: Path, value: Column) -> DataFrame:
    """The frame with a field set; structs on the way to it are made where they are missing."""
    if len(path) == 1:
        return frame.withColumn(path[0], value)
    if isinstance(type_at(frame.schema, path[:-1]), StructType):
        inner = ".".join(quoted(name) for name in path[1:])
        return frame.withColumn(path[0], column(path[:1]).withField(inner, value))
    return put_path(frame, path[:-1], F.struct(value.alias(path[-1])))


def rename_path(frame: DataFrame, old: Path, new: Path) -> DataFrame:
    if type_at(frame.schema, old) is None:
        return frame
    if len(old) == len(new) == 1:
        return frame.select(
            *[column([name]).alias(new[0] if name == old[0] else name) for name in frame.columns]
        )
    return drop_paths(put_path(frame, new, column(old)), [old])


def fit(value: Column, have: DataType, want: DataType) -> Column:
    """A value of one type as the same value of a wider one, as ``schemas.merge`` widens."""
    if same(have, want):
        return value
    if isinstance(have, NullType):
        return F.lit(None).cast(want)
    if is_choice(want):
        return _into_choice(value, have, want)
    if isinstance(have, StructType) and isinstance(want, StructType):
        known = {field.name: field.dataType for field in have.fields}
        parts = [
            (
                fit(value.getField(field.name), known[field.name], field.dataType)
                if field.name in known
                else F.lit(None).cast(field.dataType)
            ).alias(field.name)
            for field in want.fields
        ]
        return F.when(value.isNotNull(), F.struct(*parts))
    if isinstance(have, ArrayType) and isinstance(want, ArrayType):
        inner, outer = have.elementType, want.elementType
        return F.transform(value, lambda one: fit(one, inner, outer))
    if isinstance(have, MapType) and isinstance(want, MapType):
        inner, outer = have.valueType, want.valueType
        return F.transform_values(value, lambda dummy, one: fit(one, inner, outer))
    return value.cast(want)


def _into_choice(value: Column, have: DataType, want: DataType) -> Column:
    given = {type_name(one): one for one in (options_of(have) if is_choice(have) else [have])}
    assert isinstance(want, StructType)
    parts = []
    for field in want.fields:
        if field.name not in given:
            part = F.lit(None).cast(field.dataType)
        else:
            inner = value.getField(field.name) if is_choice(have) else value
            part = fit(inner, given[field.name], field.dataType)
        parts.append(part.alias(field.name, metadata=field.metadata))
    return F.when(value.isNotNull(), F.struct(*parts))


def convert(value: Column, have: DataType, want: DataType) -> Column:
    """A value cast to a type; what cannot be is null. A choice gives the value that it has."""
    if is_choice(have):
        assert isinstance(have, StructType)
        return F.coalesce(
            *[convert(value.getField(field.name), field.dataType, want) for field in have.fields]
        )
    if same(have, want):
        return value
    if isinstance(have, (StructType, ArrayType, MapType)):
        if isinstance(want, StringType):
            return F.to_json(value)
        if type(have) is not type(want):
            return F.lit(None).cast(want)
    return value.cast(want)


def all_of(frames: Sequence[DataFrame]) -> DataFrame:
    """The rows of all frames under the columns of all; a column of several types is a choice."""
    schema = frames[0].schema
    for frame in frames[1:]:
        schema = merge_structs(schema, frame.schema)
    whole: DataFrame | None = None
    for frame in frames:
        known = {field.name: field.dataType for field in frame.schema.fields}
        part = frame.select(
            *[
                (
                    fit(column([field.name]), known[field.name], field.dataType)
                    if field.name in known
                    else F.lit(None).cast(field.dataType)
                ).alias(field.name)
                for field in schema.fields
            ]
        )
        whole = part if whole is None else whole.unionAll(part)
    assert whole is not None
    return whole
