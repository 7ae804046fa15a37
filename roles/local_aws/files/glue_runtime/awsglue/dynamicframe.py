# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames whose records need not agree in their types, and collections of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from awsglue import gluetypes
from awsglue.local import (
    described,
    errors,
    flattening,
    json_reading,
    resolving,
    rows,
    shown,
)
from awsglue.local.columns import (
    Tree,
    all_of,
    column,
    convert,
    drop_paths,
    rename_path,
    select_paths,
    steps,
    type_at,
)
from awsglue.local.coverage import FRAME, not_covered, unsupported
from awsglue.local.formats import plain
from awsglue.local.schemas import parse_type
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

if TYPE_CHECKING:
    from awsglue.context import GlueContext

Path = str
_CONTAINERS = ("array", "choice", "map", "struct")


class DynamicFrame:
    """Records with the types that their values have. A DataFrame lies beneath; see ``schemas``."""

    def __init__(
        self,
        frame: DataFrame,
        glue_ctx: GlueContext,
        name: str = "",
        found: errors.Errors | None = None,
    ) -> None:
        self._frame = frame
        self._errors = found or errors.Errors()
        self.glue_ctx = glue_ctx
        self.name = name

    def _with(self, frame: DataFrame, errors_more: errors.Errors | None = None) -> DynamicFrame:
        found = self._errors.and_those(errors_more)
        return DynamicFrame(frame, self.glue_ctx, self.name, found)

    def _paths(self, texts: Iterable[str]) -> list[tuple[str, ...]]:
        return [steps(text, self._frame.schema) for text in texts]

    # --- to and from DataFrames, looking ----------------------------------------------------------

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: GlueContext, name: str = "") -> DynamicFrame:
        """The frame of a DataFrame."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options: Sequence[Any] | None = None) -> DataFrame:
        """The DataFrame; a choice is a struct with a field for each type there."""
        if options:
            raise unsupported("DynamicFrame.toDF(options)", FRAME)
        return plain(self._frame)

    def count(self) -> int:
        """The number of records."""
        return self._frame.count()

    def schema(self) -> gluetypes.StructType:
        """The types, as StructType of ``awsglue.gluetypes``."""
        return described.struct(self._frame.schema)

    def printSchema(self) -> None:
        """Print the types as Glue does."""
        print(shown.schema(self._frame.schema))

    def show(self, num_rows: int = 20) -> None:
        """Print records as JSON."""
        for text in shown.records(self._frame, num_rows):
            print(text)

    def repartition(self, num_partitions: int, *dummy: Any, **dummy_named: Any) -> DynamicFrame:
        """The same records in so many partitions."""
        return self._with(self._frame.repartition(num_partitions))

    def coalesce(self, num_partitions: int, shuffle: bool = False, **dummy: Any) -> DynamicFrame:
        """The same records in at most so many partitions."""
        frame = self._frame
        return self._with(
            frame.repartition(num_partitions) if shuffle else frame.coalesce(num_partitions)
        )

    def getNumPartitions(self) -> int:
        """How many partitions there are."""
        return self._frame.rdd.getNumPartitions()

    # --- fields -----------------------------------------------------------------------------------

    def apply_mapping(
        self,
        mappings: Sequence[Sequence[str]],
        case_sensitive: bool = False,
        transformation_ctx: str = "",
        **dummy: Any,
    ) -> DynamicFrame:
        """The fields that are mapped alone: (source, its type, target, its type), or (source, target).

        A source that is not there is passed by.
        """
        tree = Tree()
        for mapping in mappings:
            source, target, kind = _mapping(mapping)
            path = steps(source, self._frame.schema)
            have = type_at(self._frame.schema, path, case_sensitive)
            if have is None:
                continue
            value = column(path)
            # A script may name the types that schema() answers: a container's says not what is in it.
            stays = not kind or kind.strip().lower() in _CONTAINERS
            tree.put(_target(target), value if stays else convert(value, have, parse_type(kind)))
        return self._with(self._frame.select(*tree.columns()))

    def rename_field(
        self, oldName: str, newName: str, transformation_ctx: str = "", **dummy: Any
    ) -> DynamicFrame:
        """The field under another name."""
        (old,) = self._paths([oldName])
        return self._with(rename_path(self._frame, old, _target(newName)))

    def select_fields(
        self, paths: Sequence[str], transformation_ctx: str = "", **dummy: Any
    ) -> DynamicFrame:
        """These fields alone; those that are not there are passed by."""
        return self._with(select_paths(self._frame, self._paths(_listed(paths))))

    def drop_fields(
        self, paths: Sequence[str], transformation_ctx: str = "", **dummy: Any
    ) -> DynamicFrame:
        """All fields but these."""
        return self._with(drop_paths(self._frame, self._paths(_listed(paths))))

    def drop_nulls(self, transformation_ctx: str = "", **dummy: Any) -> DynamicFrame:
        """All fields but those whose type is null; a null in a field of another type stays."""
        return self._with(drop_paths(self._frame, resolving.null_paths(self._frame.schema)))

    def split_fields(
        self,
        paths: Sequence[str],
        name1: str,
        name2: str,
        transformation_ctx: str = "",
        **dummy: Any,
    ) -> DynamicFrameCollection:
        """Two frames: these fields, and the others."""
        both = {name1: self.select_fields(paths), name2: self.drop_fields(paths)}
        return DynamicFrameCollection(both, self.glue_ctx)

    def unnest(self, transformation_ctx: str = "", **dummy: Any) -> DynamicFrame:
        """Fields of structs as columns with dots in their names."""
        return self._with(flattening.unnest(self._frame))

    def unbox(
        self, path: str, format: str, transformation_ctx: str = "", **options: Any
    ) -> DynamicFrame:
        """A text field read as JSON."""
        if format != "json":
            raise unsupported(f"DynamicFrame.unbox(format={format!r})", FRAME)
        return self._with(flattening.unbox(self._frame, steps(path, self._frame.schema)))

    def resolveChoice(
        self,
        specs: Sequence[Sequence[str]] | None = None,
        choice: str = "",
        database: str | None = None,
        table_name: str | None = None,
        transformation_ctx: str = "",
        catalog_id: str | None = None,
        **dummy: Any,
    ) -> DynamicFrame:
        """Choices resolved: (path, action) for some fields, or one action for all.

        Actions are ``cast:type``, ``project:type``, ``make_cols``, ``make_struct``, and for all
        ``match_catalog`` with a database and a table.
        """
        if bool(specs) == bool(choice):
            raise ValueError("resolveChoice takes either specs or choice, and one of them.")
        if choice == "match_catalog":
            if not database or not table_name:
                raise ValueError(
                    "resolveChoice(choice='match_catalog') needs database and table_name."
                )
            return self._with(
                resolving.match_catalog(self._frame, database, table_name, catalog_id)
            )
        wanted = [(one[0], one[1]) for one in specs or ()]
        return self._with(resolving.resolve(self._frame, wanted, choice))

    resolve_choice = resolveChoice

    def relationalize(
        self,
        root_table_name: str,
        staging_path: str = "",
        options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
        **dummy: Any,
    ) -> DynamicFrameCollection:
        """Flat frames: structs become columns, and each array a frame that its id leads to."""
        frames = flattening.relationalize(self._frame, root_table_name)
        found = {name: DynamicFrame(one, self.glue_ctx, name) for name, one in frames.items()}
        return DynamicFrameCollection(found, self.glue_ctx)

    # --- records ----------------------------------------------------------------------------------

    def filter(
        self, f: Callable[[Any], Any], transformation_ctx: str = "", **dummy: Any
    ) -> DynamicFrame:
        """The records for which the function is true; one that it cannot take is left out."""
        return self._with(rows.filtered(self._frame, f))

    def map(
        self,
        f: Callable[[Any], Any],
        preservesPartitioning: bool = False,
        transformation_ctx: str = "",
        **dummy: Any,
    ) -> DynamicFrame:
        """What the function makes of each record; one that it cannot take is an error record."""
        frame, failed = rows.mapped(self._frame, f)
        return self._with(frame, failed)

    def join(
        self,
        paths1: Sequence[str],
        paths2: Sequence[str],
        frame2: DynamicFrame,
        transformation_ctx: str = "",
        **dummy: Any,
    ) -> DynamicFrame:
        """Pairs of records that agree in these fields. A name of both begins with a dot in the second."""
        left, right = self._paths(_listed(paths1)), frame2._paths(_listed(paths2))
        return self._with(rows.joined(self._frame, left, frame2._frame, right), frame2._errors)

    def union(
        self, frame2: DynamicFrame, transformation_ctx: str = "", **dummy: Any
    ) -> DynamicFrame:
        """The records of both; a field of several types is a choice."""
        return self._with(all_of([self._frame, frame2._frame]), frame2._errors)

    def split_rows(
        self,
        comparison_dict: Mapping[str, Mapping[str, Any]],
        name1: str,
        name2: str,
        transformation_ctx: str = "",
        **dummy: Any,
    ) -> DynamicFrameCollection:
        """Two frames: the records that satisfy every comparison, and the others."""
        yes, no = rows.split(self._frame, comparison_dict)
        both = {name1: self._with(yes), name2: self._with(no)}
        return DynamicFrameCollection(both, self.glue_ctx)

    def spigot(
        self,
        path: str,
        options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
        **dummy: Any,
    ) -> DynamicFrame:
        """Write some records as JSON on the way: ``topk`` of them, and each with ``prob``ability."""
        rows.sample(self._frame, options or {}).write.mode("append").json(path)
        return self

    def mergeDynamicFrame(
        self,
        stage_dynamic_frame: DynamicFrame,
        primary_keys: Sequence[str],
        transformation_ctx: str = "",
        **dummy: Any,
    ) -> DynamicFrame:
        """The records of the stage, and those of this frame whose keys are not there."""
        return self._with(rows.merged(self._frame, stage_dynamic_frame._frame, list(primary_keys)))

    # --- errors -----------------------------------------------------------------------------------

    def errorsCount(self) -> int:
        """How many records have failed in all transformations so far."""
        return self._errors.count()

    def stageErrorsCount(self) -> int:
        """How many records have failed in the last transformation."""
        return self._errors.count_of_last()

    def errorsAsDynamicFrame(self) -> DynamicFrame:
        """The records that have failed, each with why, in a field ``error``."""
        spark = self.glue_ctx.spark_session
        found = json_reading.frame_of_records(spark, self._errors.rdd(spark.sparkContext))
        return DynamicFrame(found, self.glue_ctx, f"{self.name}-errors")

    def assertErrorThreshold(self) -> None:
        """Nothing: a threshold of 0, the only one here, never fails."""

    @not_covered(FRAME)
    def withSchema(self) -> None: ...

    def write(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,
        format_options: Mapping[str, Any] | None = None,
        accumulator_size: int = 0,
    ) -> DynamicFrame:
        """As write_dynamic_frame.from_options."""
        writer = self.glue_ctx.write_dynamic_frame
        writer.from_options(self, connection_type, connection_options, format, format_options)
        return self


def _listed(paths: Sequence[str] | str) -> list[str]:
    return [paths] if isinstance(paths, str) else list(paths)


def _target(text: str) -> tuple[str, ...]:
    """The names of a target: dots lead into structs, backticks hold a name together."""
    return steps(text, StructType([]))


def _mapping(mapping: Sequence[str]) -> tuple[str, str, str]:
    """(source, target, type or nothing)"""
    if len(mapping) == 4:
        return mapping[0], mapping[2], mapping[3]
    if len(mapping) == 3:
        return mapping[0], mapping[0], mapping[2]
    if len(mapping) == 2:
        return mapping[0], mapping[1], ""
    raise ValueError(f"The mapping {tuple(mapping)} is not (source, its type, target, its type).")


class DynamicFrameCollection:
    """Frames by their names."""

    def __init__(self, dynamic_frames: Mapping[str, DynamicFrame], glue_ctx: GlueContext) -> None:
        self._frames = dict(dynamic_frames)
        self.glue_ctx = glue_ctx

    def __getitem__(self, key: str) -> DynamicFrame:
        return self.select(key)

    def __len__(self) -> int:
        return len(self._frames)

    def keys(self) -> list[str]:
        """The names."""
        return list(self._frames)

    def values(self) -> list[DynamicFrame]:
        """The frames."""
        return list(self._frames.values())

    def items(self) -> list[tuple[str, DynamicFrame]]:
        """Both."""
        return list(self._frames.items())

    def select(self, key: str, transformation_ctx: str = "") -> DynamicFrame:
        """The frame of a name."""
        if key not in self._frames:
            raise KeyError(f"{key}: the collection has {', '.join(self._frames)}")
        return self._frames[key]

    def map(
        self, callable: Callable[..., Any], transformation_ctx: str = ""
    ) -> DynamicFrameCollection:
        """What a function of a frame and a context makes of each."""
        made = {name: callable(one, transformation_ctx) for name, one in self._frames.items()}
        return DynamicFrameCollection(made, self.glue_ctx)

    def flatmap(
        self, f: Callable[..., Any], transformation_ctx: str = ""
    ) -> DynamicFrameCollection:
        """The frames of all collections, or frames, that a function makes."""
        found: dict[str, DynamicFrame] = {}
        for name, one in self._frames.items():
            made = f(one, transformation_ctx)
            found.update(made.items() if isinstance(made, DynamicFrameCollection) else {name: made})
        return DynamicFrameCollection(found, self.glue_ctx)
