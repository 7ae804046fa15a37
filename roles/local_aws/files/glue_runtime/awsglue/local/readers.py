# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GlueContext.create_dynamic_frame and create_data_frame: its reading methods, by their short names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.dynamicframe import DynamicFrame
from awsglue.local.data_catalog import named_table
from pyspark import RDD
from pyspark.sql import DataFrame

if TYPE_CHECKING:
    from awsglue.context import GlueContext

Options = Mapping[str, Any]


class DynamicFrameReader:
    """GlueContext.create_dynamic_frame."""

    def __init__(self, glue_context: GlueContext) -> None:
        self._glue_context = glue_context

    def from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Options | None = None,
        catalog_id: str | None = None,
        name_space: str | None = None,
        **dummy: Any,
    ) -> DynamicFrame:
        """The rows of a table."""
        return self._glue_context.create_dynamic_frame_from_catalog(
            *named_table(database or name_space, table_name),
            redshift_tmp_dir,
            transformation_ctx,
            push_down_predicate,
            additional_options,
            catalog_id,
        )

    def from_options(
        self,
        connection_type: str,
        connection_options: Options | None = None,
        format: str | None = None,
        format_options: Options | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **dummy: Any,
    ) -> DynamicFrame:
        """The records of files."""
        return self._glue_context.create_dynamic_frame_from_options(
            connection_type,
            connection_options,
            format,
            format_options,
            transformation_ctx,
            push_down_predicate,
        )

    def from_rdd(
        self, data: RDD[Any], name: str, schema: Any = None, sampleRatio: float | None = None
    ) -> DynamicFrame:
        """The records of an RDD."""
        return self._glue_context.create_dynamic_frame_from_rdd(data, name, schema, sampleRatio)


class DataFrameReader:
    """GlueContext.create_data_frame: as create_dynamic_frame, to DataFrames."""

    def __init__(self, glue_context: GlueContext) -> None:
        self._reader = DynamicFrameReader(glue_context)

    def from_catalog(self, database: str, table_name: str, **options: Any) -> DataFrame:
        """The rows of a table."""
        return self._reader.from_catalog(database, table_name, **options).toDF()

    def from_options(self, connection_type: str, **options: Any) -> DataFrame:
        """The records of files."""
        return self._reader.from_options(connection_type, **options).toDF()
