# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transforms as classes: ``ApplyMapping.apply(frame=…, mappings=…)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from awsglue.local.coverage import TRANSFORMS, unsupported

__all__ = [
    "ApplyMapping",
    "DropFields",
    "DropNullFields",
    "ErrorsAsDynamicFrame",
    "Filter",
    "FlatMap",
    "GlueTransform",
    "Join",
    "Map",
    "MapToCollection",
    "Relationalize",
    "RenameField",
    "ResolveChoice",
    "SelectFields",
    "SelectFromCollection",
    "Spigot",
    "SplitFields",
    "SplitRows",
    "Unbox",
    "UnnestFrame",
]


class GlueTransform:
    """What all of them have: ``apply`` makes one and calls it."""

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """The transform done."""
        return cls()(*args, **kwargs)

    @classmethod
    def name(cls) -> str:
        """Its name."""
        return cls.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise unsupported(f"{type(self).__name__}.apply", TRANSFORMS)


class ApplyMapping(GlueTransform):
    """DynamicFrame.apply_mapping."""

    def __call__(
        self, frame: DynamicFrame, mappings: Any, case_sensitive: bool = False, **more: Any
    ) -> DynamicFrame:
        return frame.apply_mapping(mappings, case_sensitive, **more)


class DropFields(GlueTransform):
    """DynamicFrame.drop_fields."""

    def __call__(self, frame: DynamicFrame, paths: Any, **more: Any) -> DynamicFrame:
        return frame.drop_fields(paths, **more)


class DropNullFields(GlueTransform):
    """DynamicFrame.drop_nulls."""

    def __call__(self, frame: DynamicFrame, **more: Any) -> DynamicFrame:
        return frame.drop_nulls(**more)


class ErrorsAsDynamicFrame(GlueTransform):
    """DynamicFrame.errorsAsDynamicFrame."""

    def __call__(self, frame: DynamicFrame) -> DynamicFrame:
        return frame.errorsAsDynamicFrame()


class Filter(GlueTransform):
    """DynamicFrame.filter."""

    def __call__(self, frame: DynamicFrame, f: Callable[[Any], Any], **more: Any) -> DynamicFrame:
        return frame.filter(f, **more)


class FlatMap(GlueTransform):
    """A transform applied to each frame of a collection."""

    def __call__(
        self, dfc: DynamicFrameCollection, BaseTransform: Any, frame_name: str, **base: Any
    ) -> DynamicFrameCollection:
        return dfc.flatmap(lambda one, ctx: BaseTransform.apply(**{frame_name: one}, **base))


class Join(GlueTransform):
    """DynamicFrame.join."""

    def __call__(
        self, frame1: DynamicFrame, frame2: DynamicFrame, keys1: Any, keys2: Any, **more: Any
    ) -> DynamicFrame:
        return frame1.join(keys1, keys2, frame2, **more)


class Map(GlueTransform):
    """DynamicFrame.map."""

    def __call__(self, frame: DynamicFrame, f: Callable[[Any], Any], **more: Any) -> DynamicFrame:
        return frame.map(f, **more)


class MapToCollection(GlueTransform):
    """A transform applied to each frame of a collection, under the names that they have."""

    def __call__(
        self, dfc: DynamicFrameCollection, BaseTransform: Any, frame_name: str, **base: Any
    ) -> DynamicFrameCollection:
        return dfc.map(lambda one, ctx: BaseTransform.apply(**{frame_name: one}, **base))


class Relationalize(GlueTransform):
    """DynamicFrame.relationalize."""

    def __call__(
        self, frame: DynamicFrame, staging_path: str = "", name: str = "roottable", **more: Any
    ) -> DynamicFrameCollection:
        return frame.relationalize(name, staging_path, **more)


class RenameField(GlueTransform):
    """DynamicFrame.rename_field."""

    def __call__(
        self, frame: DynamicFrame, old_name: str, new_name: str, **more: Any
    ) -> DynamicFrame:
        return frame.rename_field(old_name, new_name, **more)


class ResolveChoice(GlueTransform):
    """DynamicFrame.resolveChoice."""

    def __call__(
        self, frame: DynamicFrame, specs: Any = None, choice: str = "", **more: Any
    ) -> DynamicFrame:
        return frame.resolveChoice(specs, choice, **more)


class SelectFields(GlueTransform):
    """DynamicFrame.select_fields."""

    def __call__(self, frame: DynamicFrame, paths: Any, **more: Any) -> DynamicFrame:
        return frame.select_fields(paths, **more)


class SelectFromCollection(GlueTransform):
    """DynamicFrameCollection.select."""

    def __call__(
        self, dfc: DynamicFrameCollection, key: str, transformation_ctx: str = ""
    ) -> DynamicFrame:
        return dfc.select(key, transformation_ctx)


class Spigot(GlueTransform):
    """DynamicFrame.spigot."""

    def __call__(
        self, frame: DynamicFrame, path: str, options: Any = None, **more: Any
    ) -> DynamicFrame:
        return frame.spigot(path, options, **more)


class SplitFields(GlueTransform):
    """DynamicFrame.split_fields."""

    def __call__(
        self,
        frame: DynamicFrame,
        paths: Any,
        name1: str = "frame1",
        name2: str = "frame2",
        **more: Any,
    ) -> DynamicFrameCollection:
        return frame.split_fields(paths, name1, name2, **more)


class SplitRows(GlueTransform):
    """DynamicFrame.split_rows."""

    def __call__(
        self,
        frame: DynamicFrame,
        comparison_dict: Any,
        name1: str = "frame1",
        name2: str = "frame2",
        **more: Any,
    ) -> DynamicFrameCollection:
        return frame.split_rows(comparison_dict, name1, name2, **more)


class Unbox(GlueTransform):
    """DynamicFrame.unbox."""

    def __call__(self, frame: DynamicFrame, path: str, format: str, **more: Any) -> DynamicFrame:
        return frame.unbox(path, format, **more)


class UnnestFrame(GlueTransform):
    """DynamicFrame.unnest."""

    def __call__(self, frame: DynamicFrame, **more: Any) -> DynamicFrame:
        return frame.unnest(**more)
