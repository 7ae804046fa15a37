# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the job's arguments are judged, and what it asks of AWS Glue in which order.

awsglue is replaced by a stand-in that notes the calls: this says nothing on whether Glue likes them.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from datetime import datetime, timezone
from types import ModuleType
from typing import Any

import pytest

from .conftest import APP, MakeTable

TODAY = datetime(2024, 2, 29, 23, 59, tzinfo=timezone.utc)

ARGUMENTS = {
    "JOB_NAME": "gluejob-sot-ecommerce-br",
    "SOURCE_DB": "sor_ecommerce_br",
    "OUTPUT_BUCKET": "terraglue-sot-data-000000000000-us-east-1",
    "OUTPUT_DB": "sot_ecommerce_br",
    "OUTPUT_TABLE": "tbsot_ecommerce_br",
    "CONNECTION_TYPE": "s3",
    "UPDATE_BEHAVIOR": "UPDATE_IN_DATABASE",
    "PARTITION_NAME": "anomesdia",
    "PARTITION_FORMAT": "%Y%m%d",
    "DATA_FORMAT": "parquet",
    "COMPRESSION": "snappy",
    "ENABLE_UPDATE_CATALOG": "True",
    "NUM_PARTITIONS": "2",
}


class Glue:
    """What the job asks of Glue, in order, and the source tables that Glue gives it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.tables: dict[str, Any] = {}
        self.written: list[dict[str, Any]] = []

    def names(self) -> list[str]:
        return [name for name, dummy in self.calls]

    def arguments_of(self, name: str) -> dict[str, Any]:
        (arguments,) = [arguments for called, arguments in self.calls if called == name]
        return arguments


def stand_in(glue: Glue) -> dict[str, ModuleType]:
    """The modules of awsglue that the job imports, with their methods' own parameters."""

    class DynamicFrame:
        def __init__(self, frame: Any) -> None:
            self.frame = frame

        @classmethod
        def fromDF(cls, dataframe: Any, glue_ctx: Any, name: str) -> Any:
            return cls(dataframe)

        def toDF(self) -> Any:
            return self.frame

    class Reader:
        def from_catalog(self, database: str, table_name: str, **options: Any) -> DynamicFrame:
            glue.calls.append(("from_catalog", {"table": f"{database}.{table_name}", **options}))
            return DynamicFrame(glue.tables[table_name])

    class Sink:
        def setFormat(self, format: str, **options: Any) -> None:
            glue.calls.append(("setFormat", {"format": format, **options}))

        def setCatalogInfo(self, catalogDatabase: str, catalogTableName: str) -> None:
            glue.calls.append(
                ("setCatalogInfo", {"db": catalogDatabase, "table": catalogTableName})
            )

        def writeFrame(self, dynamic_frame: DynamicFrame) -> None:
            frame = dynamic_frame.toDF()
            files = frame.rdd.getNumPartitions()
            glue.calls.append(("writeFrame", {"files": files, "columns": frame.columns}))
            glue.written = [row.asDict() for row in frame.collect()]

    class Logger:
        def info(self, message: str) -> None:
            pass

    class GlueContext:
        def __init__(self, spark_context: Any) -> None:
            from pyspark.sql import SparkSession

            self.spark_session = SparkSession(spark_context)
            self.create_dynamic_frame = Reader()

        def get_logger(self) -> Logger:
            return Logger()

        def purge_s3_path(self, s3_path: str, options: Any, transformation_ctx: str = "") -> None:
            glue.calls.append(("purge_s3_path", {"path": s3_path, **options}))

        def getSink(self, connection_type: str, **options: Any) -> Sink:
            glue.calls.append(("getSink", {"connection_type": connection_type, **options}))
            return Sink()

    class Job:
        def __init__(self, glue_context: Any) -> None:
            pass

        def init(self, job_name: str, args: dict[str, str]) -> None:
            glue.calls.append(("init", {"job_name": job_name, **args}))

        def commit(self) -> None:
            glue.calls.append(("commit", {}))

    def get_resolved_options(args: list[str], options: list[str]) -> dict[str, str]:
        parser = argparse.ArgumentParser(allow_abbrev=False)
        for option in options:
            parser.add_argument(f"--{option}", required=True)
        return vars(parser.parse_known_args(args[1:])[0])

    members: dict[str, dict[str, Any]] = {
        "awsglue": {},
        "awsglue.context": {"GlueContext": GlueContext},
        "awsglue.dynamicframe": {"DynamicFrame": DynamicFrame},
        "awsglue.job": {"Job": Job},
        "awsglue.utils": {"getResolvedOptions": get_resolved_options},
    }
    modules = {name: ModuleType(name) for name in members}
    for name, module in modules.items():
        vars(module).update(members[name])
    return modules


@pytest.fixture
def glue() -> Glue:
    return Glue()


@pytest.fixture
def job(glue: Glue, transformers: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module main, loaded with the stand-in."""
    for name, module in stand_in(glue).items():
        monkeypatch.setitem(sys.modules, name, module)
    spec = importlib.util.spec_from_file_location("glue_app_main", APP / "main.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def command_line(changes: dict[str, str | None] | None = None) -> list[str]:
    arguments = {**ARGUMENTS, **(changes or {})}
    words = ["main.py", "--job-bookmark-option", "job-bookmark-disable"]
    for name, value in arguments.items():
        if value is not None:
            words += [f"--{name}", value]
    return words


def refusal(job: Any, changes: dict[str, str | None]) -> str:
    with pytest.raises(job.JobError) as caught:
        job.read_arguments(command_line(changes), TODAY)
    return str(caught.value)


def test_arguments_are_read(job: Any) -> None:
    arguments, options = job.read_arguments(command_line(), TODAY)

    assert arguments.job_name == "gluejob-sot-ecommerce-br"
    assert arguments.source_db == "sor_ecommerce_br"
    assert arguments.partition_value == "20240229"
    assert arguments.enable_update_catalog is True
    assert arguments.num_partitions == 2
    assert arguments.partition_path == (
        "s3://terraglue-sot-data-000000000000-us-east-1/sot_ecommerce_br/tbsot_ecommerce_br/"
        "anomesdia=20240229/"
    )
    assert options == ARGUMENTS


def test_arguments_may_be_joined_by_an_equals_sign(job: Any) -> None:
    words = ["main.py", *(f"--{name}={value}" for name, value in ARGUMENTS.items())]

    assert job.read_arguments(words, TODAY)[0].output_db == "sot_ecommerce_br"


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_missing_argument_is_named(job: Any, name: str) -> None:
    assert refusal(job, {name: None}) == (
        f"The job argument --{name} is missing: add it to the arguments of the job."
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("OUTPUT_BUKET", "OUTPUT_BUCKET"),
        ("output_db", "OUTPUT_DB"),
        ("PARTITION-FORMAT", "PARTITION_FORMAT"),
        ("NUM_PARTITION", "NUM_PARTITIONS"),
    ],
)
def test_a_misspelled_argument_is_named(job: Any, written: str, meant: str) -> None:
    assert refusal(job, {meant: None, written: ARGUMENTS[meant]}) == (
        f"The job argument --{meant} is missing, but there is --{written}: if that is misspelled,"
        f" rename it to --{meant}."
    )


def test_all_missing_arguments_are_named_at_once(job: Any) -> None:
    message = refusal(job, {"SOURCE_DB": None, "COMPRESSION": None})

    assert "--SOURCE_DB is missing" in message
    assert "--COMPRESSION is missing" in message


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("SOURCE_DB", "Sor Ecommerce", "must be lower-case letters, digits, _ and -"),
        ("OUTPUT_BUCKET", "s3://bucket", "must be the name of a bucket alone"),
        ("OUTPUT_BUCKET", "bucket/folder", "must be the name of a bucket alone"),
        ("OUTPUT_DB", "", "must be lower-case letters"),
        ("OUTPUT_TABLE", "a/b", "must be lower-case letters"),
        ("CONNECTION_TYPE", "S3", "must be s3"),
        ("UPDATE_BEHAVIOR", "UPDATE", "must be UPDATE_IN_DATABASE or LOG"),
        ("PARTITION_NAME", "ano=mes", "must be a column name"),
        ("PARTITION_FORMAT", "YYYYMMDD", "must be a day in the letters of strftime"),
        ("PARTITION_FORMAT", "%Y/%m/%d", "must be a day in the letters of strftime"),
        ("PARTITION_FORMAT", "%H:%M", "must be a day in the letters of strftime"),
        ("DATA_FORMAT", "glueparquet", "must be parquet"),
        ("COMPRESSION", "zip", "must be snappy or gzip or uncompressed"),
        ("ENABLE_UPDATE_CATALOG", "yes", "must be true or false"),
        ("NUM_PARTITIONS", "0", "must be a whole number from 1 on"),
        ("NUM_PARTITIONS", "2.5", "must be a whole number from 1 on"),
    ],
)
def test_a_bad_argument_is_named(job: Any, name: str, value: str, advice: str) -> None:
    message = refusal(job, {name: value})

    assert message.startswith(f"The job argument --{name} is '{value}': it {advice}")


def test_all_bad_arguments_are_named_at_once(job: Any) -> None:
    message = refusal(job, {"NUM_PARTITIONS": "many", "COMPRESSION": "zip"})

    assert "--NUM_PARTITIONS" in message
    assert "--COMPRESSION" in message


@pytest.fixture
def sources(glue: Glue, source: MakeTable) -> None:
    """Three orders, two of them with items."""
    glue.tables = {
        "orders": source(
            "orders",
            [
                [name, "c", "delivered", "2018-01-01 00:00:00", "", "", "", ""]
                for name in ("one", "two", "bare")
            ],
        ),
        "order_items": source(
            "order_items", [[name, "1", "", "5.00", "1.00"] for name in ("one", "two")]
        ),
        "customers": source("customers", [["c", "natal", "RN"]]),
        "order_payments": source("order_payments", []),
        "order_reviews": source("order_reviews", []),
    }


@pytest.fixture
def run(job: Any, spark: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the job with some arguments changed, on the day TODAY."""

    class Clock:
        @staticmethod
        def now(tz: Any = None) -> datetime:
            return TODAY.astimezone(tz)

    monkeypatch.setattr(job, "datetime", Clock)

    def start(**changes: str) -> None:
        monkeypatch.setattr(sys, "argv", command_line(dict(changes)))
        job.main()

    return start


def test_the_partition_of_the_day_is_replaced(glue: Glue, sources: None, run: Any) -> None:
    run()

    assert glue.names() == [
        "init",
        *["from_catalog"] * 5,
        "purge_s3_path",
        "getSink",
        "setFormat",
        "setCatalogInfo",
        "writeFrame",
        "commit",
    ]
    table = "s3://terraglue-sot-data-000000000000-us-east-1/sot_ecommerce_br/tbsot_ecommerce_br/"
    assert glue.arguments_of("init")["job_name"] == "gluejob-sot-ecommerce-br"
    # Whole tables whatever the bookmarks say: no transformation_ctx.
    assert [arguments for name, arguments in glue.calls if name == "from_catalog"] == [
        {"table": f"sor_ecommerce_br.{name}"}
        for name in ("orders", "order_items", "customers", "order_payments", "order_reviews")
    ]
    assert glue.arguments_of("purge_s3_path") == {
        "path": f"{table}anomesdia=20240229/",
        "retentionPeriod": 0,
    }
    assert glue.arguments_of("getSink") == {
        "connection_type": "s3",
        "path": table,
        "enableUpdateCatalog": True,
        "updateBehavior": "UPDATE_IN_DATABASE",
        "partitionKeys": ["anomesdia"],
    }
    assert glue.arguments_of("setFormat") == {"format": "glueparquet", "compression": "snappy"}
    assert glue.arguments_of("setCatalogInfo") == {
        "db": "sot_ecommerce_br",
        "table": "tbsot_ecommerce_br",
    }
    assert glue.arguments_of("writeFrame")["files"] == 2
    assert sorted(row["order_id"] for row in glue.written) == ["one", "two"]
    assert {row["anomesdia"] for row in glue.written} == {"20240229"}


def test_arguments_reach_the_sink(glue: Glue, sources: None, run: Any) -> None:
    run(
        UPDATE_BEHAVIOR="LOG",
        ENABLE_UPDATE_CATALOG="false",
        COMPRESSION="gzip",
        NUM_PARTITIONS="1",
        PARTITION_NAME="month",
        PARTITION_FORMAT="%Y-%m",
    )

    sink = glue.arguments_of("getSink")
    assert (sink["updateBehavior"], sink["enableUpdateCatalog"]) == ("LOG", False)
    assert sink["partitionKeys"] == ["month"]
    assert glue.arguments_of("setFormat")["compression"] == "gzip"
    assert glue.arguments_of("writeFrame")["files"] == 1
    assert glue.arguments_of("writeFrame")["columns"][-1] == "month"
    assert glue.arguments_of("purge_s3_path")["path"].endswith("/month=2024-02/")


def test_a_table_without_a_column_is_named_before_anything_is_deleted(
    glue: Glue, sources: None, run: Any, job: Any
) -> None:
    glue.tables["order_items"] = glue.tables["order_items"].drop("price", "freight_value")

    with pytest.raises(job.JobError) as caught:
        run()

    assert str(caught.value).startswith(
        "The table sor_ecommerce_br.order_items has no column price, freight_value: check"
    )
    assert "purge_s3_path" not in glue.names()


def test_no_orders_delete_nothing(
    glue: Glue, sources: None, run: Any, job: Any, source: MakeTable
) -> None:
    glue.tables["order_items"] = source("order_items", [])

    with pytest.raises(job.JobError, match="No order in sor_ecommerce_br has an item"):
        run()

    assert "purge_s3_path" not in glue.names()


def test_a_partition_called_like_a_column_is_refused(glue: Glue, sources: None, run: Any) -> None:
    with pytest.raises(ValueError, match="cannot be called 'order_status'"):
        run(PARTITION_NAME="order_status")

    assert "purge_s3_path" not in glue.names()
