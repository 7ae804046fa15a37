# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nested records made flat."""

from __future__ import annotations

import json
from typing import Any

from awsglue.local import json_reading, records
from awsglue.local.columns import Path, column, put_path
from awsglue.local.schemas import is_choice
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructType


def _leaves(schema: StructType, before: Path = ()) -> list[tuple[Path, Any]]:
    found: list[tuple[Path, Any]] = []
    for field in schema.fields:
        path = (*before, field.name)
        if isinstance(field.dataType, StructType) and not is_choice(field.dataType):
            found += _leaves(field.dataType, path)
        else:
            found.append((path, field.dataType))
    return found


def unnest(frame: DataFrame) -> DataFrame:
    """Fields of structs as columns ``a.b``."""
    return frame.select(
        *[column(path).alias(".".join(path)) for path, kind in _leaves(frame.schema)]
    )


def relationalize(frame: DataFrame, root: str) -> dict[str, DataFrame]:
    """The root frame, and for each array a frame ``root_a.b`` of id, index and ``a.b.val``.

    The array's column in the frame above holds the id, null where there is no array.
    """
    found: dict[str, DataFrame] = {}
    _relationalize(frame, root, root, found)
    return found


def _relationalize(frame: DataFrame, root: str, name: str, found: dict[str, DataFrame]) -> None:
    flat = unnest(frame)
    arrays = [one.name for one in flat.schema.fields if isinstance(one.dataType, ArrayType)]
    if not arrays:
        found[name] = flat
        return
    # Computed once: the ids of the frames have to be those of the arrays.
    numbered = flat.withColumn("__terraglue_id", F.monotonically_increasing_id() + 1).cache()
    found[name] = numbered.select(*[_id_or_value(one, one in arrays) for one in flat.columns])
    for array in arrays:
        exploded = numbered.select(
            F.col("__terraglue_id").alias("id"),
            F.posexplode(column([array])).alias("index", f"{array}.val"),
        )
        _relationalize(exploded, root, f"{root}_{array}", found)


def _id_or_value(name: str, is_array: bool) -> Column:
    if not is_array:
        return column([name])
    return F.when(column([name]).isNotNull(), F.col("__terraglue_id")).alias(name)


def unbox(frame: DataFrame, path: Path) -> DataFrame:
    """A text field as what its JSON says; what is no JSON object is null."""
    texts = frame.select(column(path).alias("text")).rdd.map(lambda row: row[0])
    schema = json_reading.schema_of(texts.map(_parsed).filter(lambda one: one is not None))
    write = records.writer(schema)
    turn = F.udf(lambda text: write(_parsed(text)), schema)
    return put_path(frame, path, turn(column(path)))


def _parsed(text: str | None) -> dict[str, Any] | None:
    try:
        value = json.loads(text or "")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
