# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GlueContext.write_dynamic_frame and write_data_frame: its writing methods, by their short names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from awsglue.local.coverage import WRITER, not_covered
from awsglue.local.data_catalog import named_table
from pyspark.sql import DataFrame

if TYPE_CHECKING:
    from awsglue.context import GlueContext

Options = Mapping[str, Any]


class DynamicFrameWriter:
    """GlueContext.write_dynamic_frame."""

    def __init__(self, glue_context: GlueContext) -> None:
        self._glue_context = glue_context

    def from_options(
        self,
        frame: DynamicFrame | DynamicFrameCollection,
        connection_type: str,
        connection_options: Options | None = None,
        format: str | None = None,
        format_options: Options | None = None,
        transformation_ctx: str = "",
    ) -> DynamicFrame | DynamicFrameCollection:
        """Add files at a path."""
        return self._glue_context.write_dynamic_frame_from_options(
            frame, connection_type, connection_options, format, format_options, transformation_ctx
        )

    def from_catalog(
        self,
        frame: DynamicFrame,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: Options | None = None,
        catalog_id: str | None = None,
        name_space: str | None = None,
        **dummy: Any,
    ) -> DynamicFrame:
        """Add files to a table."""
        return self._glue_context.write_dynamic_frame_from_catalog(
            frame,
            *named_table(database or name_space, table_name),
            redshift_tmp_dir,
            transformation_ctx,
            additional_options,
            catalog_id,
        )

    @not_covered(WRITER)
    def from_jdbc_conf(self) -> None: ...


class DataFrameWriter:
    """GlueContext.write_data_frame: as write_dynamic_frame, of DataFrames."""

    def __init__(self, glue_context: GlueContext) -> None:
        self._glue_context = glue_context

    def from_catalog(
        self, frame: DataFrame, database: str, table_name: str, **options: Any
    ) -> DataFrame:
        """Add files to a table."""
        given = DynamicFrame.fromDF(frame, self._glue_context)
        self._glue_context.write_dynamic_frame.from_catalog(given, database, table_name, **options)
        return frame

    def from_options(self, frame: DataFrame, connection_type: str, **options: Any) -> DataFrame:
        """Add files at a path."""
        given = DynamicFrame.fromDF(frame, self._glue_context)
        self._glue_context.write_dynamic_frame.from_options(given, connection_type, **options)
        return frame
