# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records filtered, mapped, joined, split and sampled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from awsglue.local import json_reading, records
from awsglue.local.columns import Path, all_of, column, steps
from awsglue.local.errors import Errors
from awsglue.local.schemas import has_choice
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

# What a function may raise of a record that it cannot take.
_ODD_RECORD = (KeyError, ValueError, TypeError)
_COMPARISONS: dict[str, Callable[[Column, Any], Column]] = {
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
    "=": lambda left, right: left == right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}


def filtered(frame: DataFrame, wanted: Callable[[Any], Any]) -> DataFrame:
    """The rows whose record a function says yes to."""
    read = records.reader(frame.schema)

    def keep(row: Any) -> bool:
        try:
            return bool(wanted(read(row)))
        except _ODD_RECORD:
            return False

    rows = frame.rdd.filter(keep)
    return frame.sparkSession.createDataFrame(rows, frame.schema, verifySchema=False)


def mapped(frame: DataFrame, turn: Callable[[Any], Any]) -> tuple[DataFrame, Errors]:
    """(what a function makes of every record, those that it could not take)"""
    read = records.reader(frame.schema)

    def attempt(row: Any) -> tuple[bool, Any]:
        record = read(row)
        try:
            return True, turn(record)
        except Exception as error:  # noqa: BLE001  whatever a script's function raises
            failed = {key: str(value) for key, value in record.items()}
            return False, {"error": f"{type(error).__name__}: {error}", "record": failed}

    # The types are found in one pass, the rows made in another: the function runs once.
    outcomes = frame.rdd.map(attempt).cache()
    good = outcomes.filter(lambda one: one[0] and one[1] is not None).map(lambda one: one[1])
    bad = outcomes.filter(lambda one: not one[0]).map(lambda one: one[1])
    # A function may have resolved a choice: only the fields of one type keep theirs.
    former = StructType([one for one in frame.schema.fields if not has_choice(one.dataType)])
    schema = json_reading.schema_of(good, former)
    rows = good.map(records.writer(schema))
    made = frame.sparkSession.createDataFrame(rows, schema, verifySchema=False)
    return made, Errors([bad])


def joined(
    left: DataFrame, left_paths: Sequence[Path], right: DataFrame, right_paths: Sequence[Path]
) -> DataFrame:
    """Pairs of rows that agree. Both keys stay, those of the right with a dot if the names meet."""
    if len(left_paths) != len(right_paths) or not left_paths:
        raise ValueError("join: paths1 and paths2 have to name as many fields, and at least one.")
    both = set(left.columns) & set(right.columns)
    names = {name: f".{name}" if name in both else name for name in right.columns}
    other = right.select(*[column([old]).alias(new) for old, new in names.items()])
    conditions = [
        column(mine) == column((names[theirs[0]], *theirs[1:]))
        for mine, theirs in zip(left_paths, right_paths)
    ]
    return left.join(other, reduce(lambda a, b: a & b, conditions), "inner")


def split(
    frame: DataFrame, comparisons: Mapping[str, Mapping[str, Any]]
) -> tuple[DataFrame, DataFrame]:
    """(rows that satisfy every comparison, the others)"""
    conditions = []
    for text, tests in comparisons.items():
        for sign, value in tests.items():
            if sign not in _COMPARISONS:
                raise ValueError(f"split_rows: {sign!r} is none of {', '.join(_COMPARISONS)}.")
            conditions.append(_COMPARISONS[sign](column(steps(text, frame.schema)), value))
    # A comparison with null is neither true nor false; such a row is among the others.
    satisfied = F.coalesce(reduce(lambda a, b: a & b, conditions), F.lit(False))
    return frame.filter(satisfied), frame.filter(~satisfied)


def sample(frame: DataFrame, options: Mapping[str, Any]) -> DataFrame:
    """Some rows: each with a probability, and so many at most."""
    if options.get("prob"):
        frame = frame.sample(float(options["prob"]))
    return frame.limit(int(options["topk"])) if options.get("topk") else frame


def merged(frame: DataFrame, stage: DataFrame, keys: Sequence[str]) -> DataFrame:
    """The rows of the stage, and those of the frame whose keys it has not."""
    staged = stage.select(*[column([key]).alias(f"__stage_{key}") for key in keys]).distinct()
    same = [column([key]).eqNullSafe(F.col(f"`__stage_{key}`")) for key in keys]
    kept = frame.join(staged, reduce(lambda a, b: a & b, same), "left_anti")
    return all_of([kept, stage])
