# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GlueContext: reading, writing, deleting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awsglue.data_sink import DataSink
from awsglue.data_source import DataSource
from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from awsglue.local import bookmarks, catalog_reading, data_catalog, files, formats, sinks
from awsglue.local.coverage import CONTEXT, READER, WRITER, not_covered, unsupported
from awsglue.local.files import exclusion_patterns, is_true
from awsglue.local.formats import Format
from awsglue.local.json_reading import frame_of_records
from awsglue.local.logger import GlueLogger
from awsglue.local.readers import DataFrameReader, DynamicFrameReader
from awsglue.local.writers import DataFrameWriter, DynamicFrameWriter
from pyspark import RDD, SparkContext
from pyspark.sql import SparkSession

Options = Mapping[str, Any]


class GlueContext:
    """What a script begins with. SQL and readers of the Spark session are its own, too."""

    def __init__(self, sparkContext: SparkContext, **options: Any) -> None:
        self._session = SparkSession(sparkContext)
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)
        self.create_data_frame = DataFrameReader(self)
        self.write_data_frame = DataFrameWriter(self)

    @property
    def spark_session(self) -> SparkSession:
        """The Spark session."""
        return self._session

    def __getattr__(self, name: str) -> Any:
        # On Glue it is an SQLContext: sql, read, table, createDataFrame, udf …
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._session, name)

    def get_logger(self) -> GlueLogger:
        """The logger of the run's error log."""
        return GlueLogger()

    # --- reading ----------------------------------------------------------------------------------

    def create_dynamic_frame_from_catalog(
        self,
        database: str,
        table_name: str,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Options | None = None,
        catalog_id: str | None = None,
        **dummy: Any,
    ) -> DynamicFrame:
        """The rows of a table of the Data Catalog."""
        request = catalog_reading.Request(
            database, table_name, catalog_id, push_down_predicate, additional_options or {}
        )
        seen = bookmarks.current()
        frame = catalog_reading.read_table(
            self._session, request, lambda found: seen.unseen(transformation_ctx, found)
        )
        return DynamicFrame(frame, self, table_name)

    def create_dynamic_frame_from_options(
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
        sinks.check_place(connection_type, "create_dynamic_frame.from_options")
        options = connection_options or {}
        if push_down_predicate:
            raise unsupported("create_dynamic_frame.from_options(push_down_predicate)", READER)
        chosen = Format.of(format, format_options, options)
        recurse = is_true(options.get("recurse", False))
        excluded = exclusion_patterns(options.get("exclusions"))
        found = [
            file
            for path in files.paths_in(options)
            for file in files.listing(path, recurse, excluded)
        ]
        fresh = bookmarks.current().unseen(transformation_ctx, found)
        frame = formats.read(self._session, chosen, [file.path for file in fresh])
        return DynamicFrame(frame, self, transformation_ctx)

    def create_dynamic_frame_from_rdd(
        self,
        data: RDD[Any],
        name: str,
        schema: Any = None,
        sample_ratio: float | None = None,
        transformation_ctx: str = "",
    ) -> DynamicFrame:
        """The records of an RDD of dictionaries or rows."""
        if schema is not None:
            return DynamicFrame(self._session.createDataFrame(data, schema), self, name)
        records = data.map(lambda one: one.asDict(True) if hasattr(one, "asDict") else one)
        return DynamicFrame(frame_of_records(self._session, records), self, name)

    def getSource(
        self, connection_type: str, transformation_ctx: str = "", **options: Any
    ) -> DataSource:
        """A source whose format is set afterwards."""
        return DataSource(self, connection_type, transformation_ctx, options)

    # --- writing ----------------------------------------------------------------------------------

    def write_dynamic_frame_from_options(
        self,
        frame: DynamicFrame | DynamicFrameCollection,
        connection_type: str,
        connection_options: Options | None = None,
        format: str | None = None,
        format_options: Options | None = None,
        transformation_ctx: str = "",
    ) -> DynamicFrame | DynamicFrameCollection:
        """Add files at a path; a collection gets a folder for each of its frames."""
        sinks.check_place(connection_type, "write_dynamic_frame.from_options")
        options = connection_options or {}
        chosen = Format.of(format, format_options, options)
        (path,) = files.paths_in(options)
        keys = sinks.partition_keys(options)
        if isinstance(frame, DynamicFrameCollection):
            for name, one in frame.items():
                sinks.write_files(one._frame, chosen, f"{path.rstrip('/')}/{name}/", keys)
        else:
            sinks.write_files(frame._frame, chosen, path, keys)
        return frame

    @not_covered(WRITER)
    def write_dynamic_frame_from_jdbc_conf(self) -> None: ...

    def write_dynamic_frame_from_catalog(
        self,
        frame: DynamicFrame,
        database: str,
        table_name: str,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: Options | None = None,
        catalog_id: str | None = None,
        **dummy: Any,
    ) -> DynamicFrame:
        """Add files to a table of the Data Catalog, in its format, at its location."""
        options = additional_options or {}
        table = data_catalog.get_table(database, table_name, catalog_id)
        sink = DataSink(self, "s3", table["StorageDescriptor"]["Location"], options)
        name, format_options = sinks.format_of_table(table)
        sink.setFormat(name, **format_options)
        sink.setCatalogInfo(database, table_name)
        sink.writeFrame(frame)
        return frame

    def getSink(
        self,
        connection_type: str,
        format: str | None = None,
        transformation_ctx: str = "",
        **options: Any,
    ) -> DataSink:
        """A sink: it gets a format and, to keep the catalog up to date, a table."""
        sinks.check_place(connection_type, "getSink")
        sink = DataSink(self, connection_type, options.get("path", ""), options)
        if format:
            sink.setFormat(format)
        return sink

    # --- deleting ---------------------------------------------------------------------------------

    def purge_s3_path(
        self, s3_path: str, options: Options | None = None, transformation_ctx: str = ""
    ) -> None:
        """Delete the files at a path that are older than retentionPeriod, 168 hours by default."""
        files.purge(s3_path, files.Purge.of(options))

    def purge_table(
        self,
        database: str,
        table_name: str,
        options: Options | None = None,
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> None:
        """Delete the files of a table, and its partitions when nothing of them is left."""
        options = dict(options or {})
        table = data_catalog.get_table(database, table_name, catalog_id)
        predicate = options.pop("partitionPredicate", "")
        rules = files.Purge.of(options)
        keys = data_catalog.keys_of(table)
        if not keys.fields:
            files.purge(table["StorageDescriptor"]["Location"].rstrip("/") + "/", rules)
            return
        found = data_catalog.partitions(database, table_name, "", catalog_id)
        values = [tuple(one["Values"]) for one in found]
        wanted = (
            catalog_reading.matching(self._session, keys, values, predicate)
            if predicate
            else values
        )
        gone = []
        for one in found:
            if tuple(one["Values"]) in set(wanted):
                place = one["StorageDescriptor"]["Location"].rstrip("/") + "/"
                if not files.purge(place, rules):
                    gone.append(one["Values"])
        data_catalog.delete_partitions(database, table_name, gone)

    @not_covered(CONTEXT)
    def transition_s3_path(self) -> None: ...

    @not_covered(CONTEXT)
    def transition_table(self) -> None: ...

    @not_covered(CONTEXT)
    def extract_jdbc_conf(self) -> None: ...

    @not_covered(CONTEXT)
    def forEachBatch(self) -> None: ...
