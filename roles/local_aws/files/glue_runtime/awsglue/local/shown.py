# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a frame prints: its types and its records, as Glue prints them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from awsglue.local.records import reader
from awsglue.local.schemas import is_choice, options_of, type_name
from pyspark.sql import DataFrame
from pyspark.sql.types import ArrayType, DataType, MapType, StructType


def schema(whole: StructType) -> str:
    """The types as a tree."""
    lines = ["root"]
    for field in whole.fields:
        lines += _branch(field.name, field.dataType, "|-- ")
    return "\n".join(lines)


def _branch(name: str, dtype: DataType, lead: str) -> Iterator[str]:
    inner = "|    " + lead
    if is_choice(dtype):
        yield f"{lead}{name}: choice"
        for option in options_of(dtype):
            yield from _alternative(option, inner)
        return
    yield f"{lead}{name}: {type_name(dtype)}"
    yield from _inside(dtype, inner)


def _alternative(dtype: DataType, lead: str) -> Iterator[str]:
    yield f"{lead}{type_name(dtype)}"
    yield from _inside(dtype, "|    " + lead)


def _inside(dtype: DataType, lead: str) -> Iterator[str]:
    if isinstance(dtype, StructType) and not is_choice(dtype):
        for field in dtype.fields:
            yield from _branch(field.name, field.dataType, lead)
    elif isinstance(dtype, ArrayType):
        yield from _branch("element", dtype.elementType, lead)
    elif isinstance(dtype, MapType):
        yield from _branch("keyType", dtype.keyType, lead)
        yield from _branch("valueType", dtype.valueType, lead)


def records(frame: DataFrame, most: int) -> Iterator[str]:
    """The first records as JSON."""
    read = reader(frame.schema)
    for row in frame.take(most):
        yield json.dumps(read(row), default=_text, ensure_ascii=False)


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, (bytes, bytearray)) else str(value)
