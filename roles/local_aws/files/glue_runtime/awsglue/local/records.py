# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as functions of a script see them: dictionaries, made from rows and made into rows.

A choice is its value alone here, so that ``record["price"]`` is a number or a text. Pure; runs in
Spark's Python workers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from awsglue.local.schemas import fits, is_choice, options_of
from pyspark.sql.types import (
    ArrayType,
    DataType,
    DoubleType,
    FloatType,
    MapType,
    StructType,
)


class DynamicRecord(dict[str, Any]):
    """One record; its fields are also attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def reader(schema: StructType) -> Callable[[Any], DynamicRecord]:
    """What makes a record of a row of this schema."""
    fields = [(field.name, _reading(field.dataType)) for field in schema.fields]

    def read(row: Any) -> DynamicRecord:
        return DynamicRecord({name: turn(value) for (name, turn), value in zip(fields, row)})

    return read


def _reading(dtype: DataType) -> Callable[[Any], Any]:
    if is_choice(dtype):
        options = [_reading(option) for option in options_of(dtype)]

        def chosen(value: Any) -> Any:
            if value is None:
                return None
            return next((turn(x) for turn, x in zip(options, value) if x is not None), None)

        return chosen
    if isinstance(dtype, StructType):
        read = reader(dtype)
        return lambda value: None if value is None else read(value)
    if isinstance(dtype, ArrayType):
        element = _reading(dtype.elementType)
        return lambda value: None if value is None else [element(one) for one in value]
    if isinstance(dtype, MapType):
        inner = _reading(dtype.valueType)
        return lambda value: None if value is None else {k: inner(v) for k, v in value.items()}
    return lambda value: value


def writer(schema: StructType) -> Callable[[Mapping[str, Any] | None], tuple[Any, ...] | None]:
    """What makes a row of this schema of a record; fields that are missing are null."""
    fields = [(field.name, _writing(field.dataType)) for field in schema.fields]

    def write(record: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
        if record is None:
            return None
        return tuple(turn(record.get(name)) for name, turn in fields)

    return write


def _writing(dtype: DataType) -> Callable[[Any], Any]:
    if is_choice(dtype):
        return _choosing(options_of(dtype))
    if isinstance(dtype, StructType):
        return writer(dtype)
    if isinstance(dtype, ArrayType):
        element = _writing(dtype.elementType)
        return lambda value: None if value is None else [element(one) for one in value]
    if isinstance(dtype, MapType):
        inner = _writing(dtype.valueType)
        return lambda value: None if value is None else {k: inner(v) for k, v in value.items()}
    if isinstance(dtype, (DoubleType, FloatType)):
        return lambda value: None if value is None else float(value)
    return lambda value: value


def _choosing(options: list[DataType]) -> Callable[[Any], Any]:
    turns = [_writing(option) for option in options]

    def choose(value: Any) -> Any:
        if value is None:
            return None
        found = next((place for place, option in enumerate(options) if fits(value, option)), None)
        if found is None:
            return None
        return tuple(turn(value) if place == found else None for place, turn in enumerate(turns))

    return choose
