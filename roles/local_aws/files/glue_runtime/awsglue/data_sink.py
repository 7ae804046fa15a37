# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What GlueContext.getSink gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from awsglue.local import sinks
from awsglue.local.files import is_true
from awsglue.local.formats import Format

if TYPE_CHECKING:
    from awsglue.context import GlueContext

Options = Mapping[str, Any]


class DataSink:
    """A sink of getSink."""

    def __init__(self, glue_ctx: GlueContext, kind: str, path: str, options: Options) -> None:
        self._glue_ctx = glue_ctx
        self._path = path
        self._options = options
        self._format: Format | None = None
        self._table: tuple[str, str] | None = None

    def setFormat(self, format: str, **options: Any) -> None:
        """The format of the files, with its options, compression among them."""
        self._format = Format.of(format, options, {**self._options, **options})

    def setCatalogInfo(
        self, catalogDatabase: str, catalogTableName: str, catalogId: str = ""
    ) -> None:
        """The table to make or to update."""
        self._table = catalogDatabase, catalogTableName

    def writeFrame(self, dynamic_frame: DynamicFrame, info: str = "") -> DynamicFrame:
        """Add files, and update the table when enableUpdateCatalog says so."""
        if self._format is None:
            raise ValueError("The sink has no format: call setFormat before writeFrame.")
        if not self._path:
            raise ValueError("The sink has no path: getSink(..., path='s3://bucket/folder/').")
        keys = sinks.partition_keys(self._options)
        frame = dynamic_frame._frame
        written = sinks.write_files(frame, self._format, self._path, keys)
        if is_true(self._options.get("enableUpdateCatalog", False)):
            if self._table is None:
                raise ValueError("enableUpdateCatalog needs setCatalogInfo(database, table).")
            behavior = self._options.get("updateBehavior") or sinks.UPDATE
            sinks.catalog(
                frame, self._format, self._path, keys, written, *self._table, behavior=behavior
            )
        return dynamic_frame

    def write(self, dynamic_frame_or_dfc: Any, info: str = "") -> Any:
        """writeFrame for a frame, and for each of a collection."""
        if isinstance(dynamic_frame_or_dfc, DynamicFrameCollection):
            for one in dynamic_frame_or_dfc.values():
                self.writeFrame(one, info)
            return dynamic_frame_or_dfc
        return self.writeFrame(dynamic_frame_or_dfc, info)
