# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Spark session and the application's modules, as Glue would load them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Callable

import pytest

APP = Path(__file__).resolve().parents[3] / "files" / "glue_app"

Rows = Sequence[Sequence[Any]]
MakeTable = Callable[[str, Rows], Any]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Spark of the version in AWS Glue 5.0, in this process, on this machine's Java."""
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        pytest.fail("These tests need Spark: install pyspark 3.5.4 (make setup-test does).")

    scratch = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        environment.setenv("NO_PROXY", "127.0.0.1")
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        try:
            session = (
                SparkSession.builder.master("local[1]")
                .appName("tests")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.memory", "512m")
                .config("spark.driver.extraJavaOptions", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
                .config("spark.local.dir", str(scratch))
                .config("spark.sql.session.timeZone", "UTC")
                .config("spark.sql.shuffle.partitions", "1")
                .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
                # A handful of rows is done before code for it is compiled or a plan made over.
                .config("spark.sql.codegen.wholeStage", "false")
                .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
                .config("spark.sql.adaptive.enabled", "false")
                .config("spark.ui.enabled", "false")
                .config("spark.ui.showConsoleProgress", "false")
                .getOrCreate()
            )
        except PySparkRuntimeError as error:
            pytest.fail(f"Spark does not start; it needs Java 17 on PATH or in JAVA_HOME. {error}")
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()


@pytest.fixture(scope="session")
def transformers() -> Iterator[Any]:
    """The module transformers, importable under that name for main as well, as on Glue."""
    with pytest.MonkeyPatch.context() as path:
        path.syspath_prepend(str(APP))
        import transformers

        yield transformers
        del sys.modules["transformers"]


@pytest.fixture(scope="session")
def source(spark: Any, transformers: Any) -> MakeTable:
    """Makes a source table of that name: text in every column, as the catalog has it."""

    def make(name: str, rows: Rows) -> Any:
        schema = ", ".join(f"{column} string" for column in transformers.SOURCE_COLUMNS[name])
        return spark.createDataFrame([tuple(row) for row in rows], schema)

    return make
