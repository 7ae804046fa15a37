# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of records: names, choices, what two records have in common. Pure.

A field whose values have several types is a choice. In a DataFrame it is a struct with one field
for each type, named like it: that is what toDF() gives on AWS Glue, too. A mark in the metadata of
these fields tells a choice from a struct that looks the same.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterable
from typing import Any

from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

_MARK = {"terraglue.choice": True}
_NAMES: dict[type[DataType], str] = {
    ByteType: "byte",
    ShortType: "short",
    IntegerType: "int",
    LongType: "long",
    FloatType: "float",
    DoubleType: "double",
    DecimalType: "decimal",
    StringType: "string",
    BooleanType: "boolean",
    DateType: "date",
    TimestampType: "timestamp",
    BinaryType: "binary",
    ArrayType: "array",
    MapType: "map",
    StructType: "struct",
    NullType: "null",
}
_INT = range(-(2**31), 2**31)
_LONG = range(-(2**63), 2**63)


def type_name(dtype: DataType) -> str:
    """The name that Glue has for a type, without what is inside it."""
    return _NAMES.get(type(dtype), dtype.typeName())


def parse_type(text: str) -> DataType:
    """The type that a mapping, a cast or a column of the catalog names."""
    from pyspark.sql.types import _parse_datatype_string

    word = text.strip().lower()
    if word == "decimal":
        return DecimalType(10, 2)  # Glue's default; Spark's is (10,0)
    if word in ("null", "void"):
        return NullType()
    # Glue spells a struct's fields as Spark does, but a timestamp may have a zone there.
    return _parse_datatype_string("timestamp" if word.startswith("timestamp") else text.strip())


def choice(alternatives: Iterable[DataType]) -> DataType:
    """The choice between types; the type itself if there is but one."""
    by_name: dict[str, DataType] = {}
    for alternative in alternatives:
        inner = options_of(alternative) if is_choice(alternative) else [alternative]
        for one in inner:
            name = type_name(one)
            known = by_name.get(name)
            by_name[name] = one if known is None else merge(known, one)
    if len(by_name) == 1:
        return next(iter(by_name.values()))
    return StructType([StructField(name, by_name[name], True, _MARK) for name in sorted(by_name)])


def is_choice(dtype: DataType) -> bool:
    return (
        isinstance(dtype, StructType)
        and bool(dtype.fields)
        and all(field.metadata == _MARK for field in dtype.fields)
    )


def options_of(dtype: DataType) -> list[DataType]:
    """The types of a choice."""
    assert isinstance(dtype, StructType)
    return [field.dataType for field in dtype.fields]


def has_choice(dtype: DataType) -> bool:
    """Whether a choice is anywhere in a type."""
    if isinstance(dtype, ArrayType):
        return has_choice(dtype.elementType)
    if isinstance(dtype, MapType):
        return has_choice(dtype.valueType)
    if isinstance(dtype, StructType):
        return is_choice(dtype) or any(has_choice(field.dataType) for field in dtype.fields)
    return False


def without_choices(dtype: DataType) -> DataType:
    """The same type with every choice as the plain struct that a DataFrame knows."""
    if isinstance(dtype, ArrayType):
        return ArrayType(without_choices(dtype.elementType), dtype.containsNull)
    if isinstance(dtype, MapType):
        return MapType(dtype.keyType, without_choices(dtype.valueType), dtype.valueContainsNull)
    if isinstance(dtype, StructType):
        bare = is_choice(dtype)
        return StructType(
            [
                StructField(
                    field.name,
                    without_choices(field.dataType),
                    field.nullable,
                    None if bare else field.metadata,
                )
                for field in dtype.fields
            ]
        )
    return dtype


def same(left: DataType, right: DataType) -> bool:
    """Whether two types are one, whatever they say of nulls."""
    if isinstance(left, ArrayType) and isinstance(right, ArrayType):
        return same(left.elementType, right.elementType)
    if isinstance(left, MapType) and isinstance(right, MapType):
        return same(left.keyType, right.keyType) and same(left.valueType, right.valueType)
    if isinstance(left, StructType) and isinstance(right, StructType):
        return (
            is_choice(left) == is_choice(right)
            and left.names == right.names
            and all(same(a.dataType, b.dataType) for a, b in zip(left.fields, right.fields))
        )
    return left == right


def merge(left: DataType, right: DataType) -> DataType:
    """The type of a field that has one type here and another there."""
    if isinstance(left, NullType) or same(left, right):
        return right if isinstance(left, NullType) else left
    if isinstance(right, NullType):
        return left
    if is_choice(left) or is_choice(right):
        return choice([left, right])
    if isinstance(left, StructType) and isinstance(right, StructType):
        return merge_structs(left, right)
    if isinstance(left, ArrayType) and isinstance(right, ArrayType):
        return ArrayType(merge(left.elementType, right.elementType))
    if isinstance(left, MapType) and isinstance(right, MapType) and left.keyType == right.keyType:
        return MapType(left.keyType, merge(left.valueType, right.valueType))
    if isinstance(left, DecimalType) and isinstance(right, DecimalType):
        scale = max(left.scale, right.scale)
        whole = max(left.precision - left.scale, right.precision - right.scale)
        return DecimalType(min(38, whole + scale), scale)
    return choice([left, right])


def merge_structs(left: StructType, right: StructType) -> StructType:
    """All fields of both, in the order in which they first appear."""
    others = {field.name: field.dataType for field in right.fields}
    fields = [
        StructField(
            field.name,
            merge(field.dataType, others.pop(field.name))
            if field.name in others
            else field.dataType,
        )
        for field in left.fields
    ]
    return StructType([*fields, *(StructField(name, dtype) for name, dtype in others.items())])


def infer(value: Any, former: DataType | None = None) -> DataType:
    """The type of a value in a record; ``former`` is kept where the value fits it.

    A whole number is an int as long as it fits in 32 bits, then a long.
    """
    if former is not None and not isinstance(former, (StructType, ArrayType)):
        if value is None or fits(value, former):
            return former
    elif is_choice(former or NullType()) and (value is None or fits(value, former)):  # type: ignore[arg-type]
        return former  # type: ignore[return-value]
    if isinstance(value, dict):
        known = (
            {field.name: field.dataType for field in former.fields}
            if isinstance(former, StructType) and not is_choice(former)
            else {}
        )
        return StructType(
            [StructField(str(name), infer(one, known.get(name))) for name, one in value.items()]
        )
    if isinstance(value, (list, tuple, set)):
        inner = former.elementType if isinstance(former, ArrayType) else None
        element: DataType = NullType()
        for one in value:
            element = merge(element, infer(one, inner))
        return ArrayType(inner if inner is not None and not value else element)
    if value is None:
        return NullType() if former is None else former
    return _infer_plain(value)


def _infer_plain(value: Any) -> DataType:
    if isinstance(value, bool):
        return BooleanType()
    if isinstance(value, int):
        if value in _INT:
            return IntegerType()
        return LongType() if value in _LONG else DecimalType(38, 0)
    if isinstance(value, float):
        return DoubleType()
    if isinstance(value, (bytes, bytearray)):
        return BinaryType()
    if isinstance(value, decimal.Decimal):
        digits = value.as_tuple()
        scale = max(0, -int(digits.exponent))
        return DecimalType(min(38, max(len(digits.digits), scale)), min(38, scale))
    if isinstance(value, datetime.datetime):
        return TimestampType()
    if isinstance(value, datetime.date):
        return DateType()
    if isinstance(value, str):
        return StringType()
    raise TypeError(f"a record cannot hold a value of type {type(value).__name__}")


def fits(value: Any, dtype: DataType) -> bool:
    """Whether a value of a record is one of this type, without being changed."""
    if value is None:
        return True
    if is_choice(dtype):
        return any(fits(value, option) for option in options_of(dtype))
    if isinstance(dtype, StructType):
        known = {field.name: field.dataType for field in dtype.fields}
        return isinstance(value, dict) and all(
            name in known and fits(one, known[name]) for name, one in value.items()
        )
    if isinstance(dtype, ArrayType):
        return isinstance(value, (list, tuple)) and all(fits(x, dtype.elementType) for x in value)
    if isinstance(dtype, MapType):
        return isinstance(value, dict) and all(fits(x, dtype.valueType) for x in value.values())
    if isinstance(dtype, IntegerType):
        return _whole(value) and value in _INT
    if isinstance(dtype, LongType):
        return _whole(value) and value in _LONG
    if isinstance(dtype, (ByteType, ShortType)):
        bits = 7 if isinstance(dtype, ByteType) else 15
        return _whole(value) and -(2**bits) <= value < 2**bits
    if isinstance(dtype, (FloatType, DoubleType)):
        return isinstance(value, float)
    if isinstance(dtype, DecimalType):
        found = _infer_plain(value) if isinstance(value, decimal.Decimal) else None
        return (
            isinstance(found, DecimalType)
            and found.scale <= dtype.scale
            and found.precision - found.scale <= dtype.precision - dtype.scale
        )
    return type(_infer_plain(value)) is type(dtype)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
