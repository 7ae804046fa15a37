# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Glue job: reads the SoR tables of the shop, writes one SoT row for each order.

This file speaks with AWS Glue: arguments, reading, writing. What is done with the data stands in
``transformers.py``, which Glue puts beside it (``--extra-py-files``). Made for AWS Glue 5.0.

Arguments of the job, all of them required. ``JOB_NAME`` comes from Glue itself:

=====================  ===========================================================================
SOURCE_DB              Data Catalog database with the tables orders, order_items, customers,
                       order_payments and order_reviews
OUTPUT_BUCKET          bucket for the result, its name alone
OUTPUT_DB              Data Catalog database of the result; it must exist
OUTPUT_TABLE           table of the result; it is made when it is missing
CONNECTION_TYPE        s3
UPDATE_BEHAVIOR        UPDATE_IN_DATABASE: changed columns change the table, too. LOG: they do not
PARTITION_NAME         column by which the result is partitioned, such as anomesdia
PARTITION_FORMAT       value of that column: the day of the run (UTC), in the letters of strftime
DATA_FORMAT            parquet
COMPRESSION            snappy, gzip or uncompressed
ENABLE_UPDATE_CATALOG  true: the table and its new partition are cataloged. false: files only
NUM_PARTITIONS         number of files that a run writes
=====================  ===========================================================================

The result lies in ``s3://<OUTPUT_BUCKET>/<OUTPUT_DB>/<OUTPUT_TABLE>/<PARTITION_NAME>=<value>/``.
Every run replaces the partition of its day: running twice gives the same as running once.
"""

from __future__ import annotations

import difflib
import re
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Callable

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import DataFrame
from transformers import SOURCE_COLUMNS, add_partition, build_orders_table

# What the catalog and Athena call parquet is written by Glue's own writer, the only one that can
# also update the catalog.
WRITERS = {"parquet": "glueparquet"}
COMPRESSIONS = ("snappy", "gzip", "uncompressed")
UPDATE_BEHAVIORS = ("UPDATE_IN_DATABASE", "LOG")


class JobError(Exception):
    """The job cannot go on. The message says what is wrong and what to do about it."""


@dataclass(frozen=True)
class Arguments:
    """The arguments of a run, checked."""

    job_name: str
    source_db: str
    output_bucket: str
    output_db: str
    output_table: str
    connection_type: str
    update_behavior: str
    partition_name: str
    partition_value: str
    data_format: str
    compression: str
    enable_update_catalog: bool
    num_partitions: int

    @property
    def table_path(self) -> str:
        return f"s3://{self.output_bucket}/{self.output_db}/{self.output_table}/"

    @property
    def partition_path(self) -> str:
        # The slash at the end matters: without it the path stands for every longer value, too.
        return f"{self.table_path}{self.partition_name}={self.partition_value}/"


def one_of(*choices: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be {' or '.join(choices)}")
        return text

    return check


def catalog_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]+", text):
        raise ValueError("must be lower-case letters, digits, _ and - as in the Data Catalog")
    return text


def bucket_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", text):
        raise ValueError("must be the name of a bucket alone, without s3:// and folders")
    return text


def column_name(text: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", text):
        raise ValueError("must be a column name of lower-case letters, digits and _")
    return text


def boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("must be true or false")
    return text.lower() == "true"


def positive_number(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise ValueError("must be a whole number from 1 on")
    return int(text)


def day(today: datetime) -> Callable[[str], str]:
    def check(text: str) -> str:
        value = today.strftime(text)
        # Other characters would be escaped in the partition's path, and the purge would miss it.
        if "%" not in text or not re.fullmatch(r"[A-Za-z0-9._-]+", value):
            raise ValueError(
                "must be a day in the letters of strftime, such as %Y%m%d, that gives letters,"
                " digits, '.', '_' and '-' only"
            )
        return value

    return check


def read_arguments(argv: list[str], today: datetime) -> tuple[Arguments, dict[str, str]]:
    """The arguments of the run, checked, and as Glue's Job wants them.

    Raises JobError that names every argument that is missing or wrong.
    """
    checks: dict[str, Callable[[str], Any]] = {
        "JOB_NAME": str,
        "SOURCE_DB": catalog_name,
        "OUTPUT_BUCKET": bucket_name,
        "OUTPUT_DB": catalog_name,
        "OUTPUT_TABLE": catalog_name,
        "CONNECTION_TYPE": one_of("s3"),
        "UPDATE_BEHAVIOR": one_of(*UPDATE_BEHAVIORS),
        "PARTITION_NAME": column_name,
        "PARTITION_FORMAT": day(today),
        "DATA_FORMAT": one_of(*WRITERS),
        "COMPRESSION": one_of(*COMPRESSIONS),
        "ENABLE_UPDATE_CATALOG": boolean,
        "NUM_PARTITIONS": positive_number,
    }
    given = [word[2:].split("=")[0] for word in argv[1:] if word.startswith("--")]
    strangers = [name for name in given if name not in checks]
    faults = [missing(name, strangers) for name in checks if name not in given]
    if faults:
        raise JobError(" ".join(faults))

    options = getResolvedOptions(argv, list(checks))
    checked: dict[str, Any] = {}
    for name, check in checks.items():
        try:
            checked[name] = check(options[name])
        except ValueError as fault:
            faults.append(f"The job argument --{name} is '{options[name]}': it {fault}.")
    if faults:
        raise JobError(" ".join(faults))
    checked["PARTITION_VALUE"] = checked.pop("PARTITION_FORMAT")
    return Arguments(**{name.lower(): value for name, value in checked.items()}), options


def missing(name: str, strangers: list[str]) -> str:
    """What to do about an absent argument; ``strangers`` are those of other names."""
    by_capitals = {stranger.upper().replace("-", "_"): stranger for stranger in strangers}
    similar = difflib.get_close_matches(name, by_capitals, n=1, cutoff=0.75)
    if similar:
        return (
            f"The job argument --{name} is missing, but there is --{by_capitals[similar[0]]}: if"
            f" that is misspelled, rename it to --{name}."
        )
    return f"The job argument --{name} is missing: add it to the arguments of the job."


def read_tables(glue_context: GlueContext, database: str) -> dict[str, DataFrame]:
    """The source tables by name, from the Data Catalog.

    No transformation_ctx on purpose: with one, and bookmarks switched on, Glue would leave out the
    files of earlier runs, and orders would lose the rows that belong to them.
    """
    tables = {}
    for name, columns in SOURCE_COLUMNS.items():
        table = glue_context.create_dynamic_frame.from_catalog(
            database=database, table_name=name
        ).toDF()
        absent = [column for column in columns if column not in table.columns]
        if absent:
            # That goes for a table without data, too: Glue learns the columns from the rows.
            raise JobError(
                f"The table {database}.{name} has no column {', '.join(absent)}: check that files"
                " with rows are at its location and that their header has that column."
            )
        tables[name] = table
    return tables


def write_table(glue_context: GlueContext, result: DataFrame, arguments: Arguments) -> None:
    """Replaces the partition of the day, and tells the Data Catalog about it."""
    # Glue keeps files younger than 7 days unless told otherwise.
    glue_context.purge_s3_path(arguments.partition_path, options={"retentionPeriod": 0})
    sink = glue_context.getSink(
        connection_type=arguments.connection_type,
        path=arguments.table_path,
        enableUpdateCatalog=arguments.enable_update_catalog,
        updateBehavior=arguments.update_behavior,
        partitionKeys=[arguments.partition_name],
    )
    sink.setFormat(WRITERS[arguments.data_format], compression=arguments.compression)
    sink.setCatalogInfo(
        catalogDatabase=arguments.output_db, catalogTableName=arguments.output_table
    )
    files = result.repartition(arguments.num_partitions)
    sink.writeFrame(DynamicFrame.fromDF(files, glue_context, arguments.output_table))


def main() -> None:
    arguments, options = read_arguments(sys.argv, datetime.now(timezone.utc))

    glue_context = GlueContext(SparkContext.getOrCreate())
    logger = glue_context.get_logger()
    # The timestamps of the source are UTC, wherever the job runs.
    glue_context.spark_session.conf.set("spark.sql.session.timeZone", "UTC")
    job = Job(glue_context)
    job.init(arguments.job_name, options)

    orders = build_orders_table(read_tables(glue_context, arguments.source_db))
    result = add_partition(orders, arguments.partition_name, arguments.partition_value).cache()
    # Counting computes the result, before anything is deleted: a run that fails here leaves the
    # partition of an earlier run of the same day as it is.
    rows = result.count()
    if not rows:
        raise JobError(
            f"No order in {arguments.source_db} has an item, so there is nothing to write: check"
            " the files of the tables orders and order_items."
        )
    logger.info(f"Writing {rows} orders to {arguments.partition_path}")
    write_table(glue_context, result, arguments)

    job.commit()


if __name__ == "__main__":
    main()
