# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON records, with the types that their values have.

Spark's own reader would make a text of a field that is a number here and a text there. So the types
are found first, in one pass; where no choice is among them, Spark's reader then does the work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from awsglue.local import records
from awsglue.local.coverage import FORMATS, unsupported
from awsglue.local.schemas import has_choice, infer, merge_structs
from pyspark import RDD
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']+)'\]|(\[\*\])")


def frame_of_records(spark: SparkSession, found: RDD[Any]) -> DataFrame:
    """A frame of dictionaries; a field of several types is a choice."""
    schema = schema_of(found)
    rows = found.map(records.writer(schema))
    return spark.createDataFrame(rows, schema, verifySchema=False)


def schema_of(found: RDD[Any], former: StructType | None = None) -> StructType:
    """The schema of records; fields keep the type of ``former`` where all their values fit it."""

    def of_part(part: Iterable[Any]) -> Iterable[StructType]:
        whole = StructType([])
        for record in part:
            whole = merge_structs(whole, infer(record, former))  # type: ignore[arg-type]
        yield whole

    schemas = found.mapPartitions(of_part).collect()
    whole = StructType([])
    for schema in schemas:
        whole = merge_structs(whole, schema)
    return whole


def read_json(
    spark: SparkSession, paths: Sequence[str], multiline: bool, json_path: str, compression: str
) -> DataFrame:
    """The records of JSON files: one on each line, or what stands at the path in each document."""
    context = spark.sparkContext
    if multiline or json_path:
        documents = context.wholeTextFiles(",".join(_escaped(path) for path in paths)).values()
        walk = _walk(json_path)
        found = documents.flatMap(_values).flatMap(walk).filter(lambda one: isinstance(one, dict))
        return frame_of_records(spark, found.cache())
    lines = context.textFile(",".join(_escaped(path) for path in paths))
    found = lines.flatMap(_records)
    schema = schema_of(found)
    if has_choice(schema):
        return spark.createDataFrame(found.map(records.writer(schema)), schema, verifySchema=False)
    reader = spark.read.schema(schema).option("mode", "DROPMALFORMED")
    return reader.json(list(paths))


def _escaped(path: str) -> str:
    """A path as Hadoop reads it in a list: a comma or a bracket in it means itself."""
    return re.sub(r"([,{}\[\]*?\\])", r"\\\1", path)


def _records(line: str) -> list[Any]:
    if not line.strip():
        return []
    try:
        value = json.loads(line)
    except ValueError:
        return []
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, dict)]


def _values(document: str) -> Iterator[Any]:
    """The JSON values that follow each other in a text."""
    decoder = json.JSONDecoder()
    text = document.lstrip("\ufeff")
    place = 0
    while True:
        while place < len(text) and text[place].isspace():
            place += 1
        if place >= len(text):
            return
        try:
            value, place = decoder.raw_decode(text, place)
        except ValueError:
            return
        yield from value if isinstance(value, list) else [value]


def _walk(json_path: str) -> Any:
    """What gives the values at a path such as ``$.results[*]``."""
    names: list[str | None] = []
    rest = json_path.strip()
    if rest:
        if not rest.startswith("$"):
            raise ValueError(f"The jsonPath {json_path} does not begin with $.")
        place = 1
        while place < len(rest):
            step = _STEP.match(rest, place)
            if step is None:
                raise unsupported(f"jsonPath {json_path}: other steps than .name and [*]", FORMATS)
            names.append(step[1] or step[2] or None)
            place = step.end()

    def walk(value: Any) -> list[Any]:
        found = [value]
        for number, name in enumerate(names):
            if name is None:
                # The list of the document itself is taken apart when it is read.
                found = (
                    found
                    if number == 0
                    else [x for one in found if isinstance(one, list) for x in one]
                )
            else:
                found = [one[name] for one in found if isinstance(one, dict) and name in one]
        return [x for one in found for x in (one if isinstance(one, list) else [one])]

    return walk
