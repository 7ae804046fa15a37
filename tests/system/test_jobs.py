# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job as a user runs it, on real Spark."""

from __future__ import annotations

import datetime
import re
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from .conftest import ROOT, LocalAws

SCRIPTS = Path(__file__).parent / "scripts"
JOB = "gluejob-sot-ecommerce-br"
TABLE = ("sot_ecommerce_br", "tbsot_ecommerce_br")
SOT = "terraglue-sot-data-000000000000-us-east-1"


@pytest.fixture(scope="module")
def site(local_aws: LocalAws) -> LocalAws:
    local_aws.play("site.yml").ok()
    return local_aws


def sot_rows(aws: LocalAws, folder: Path) -> list[tuple[Any, ...]]:
    """The rows that the job has written, as DuckDB reads its Parquet files."""
    s3 = aws.client("s3")
    folder.mkdir(exist_ok=True)
    for number, one in enumerate(s3.list_objects_v2(Bucket=SOT)["Contents"]):
        if one["Key"].endswith(".parquet"):
            s3.download_file(SOT, one["Key"], str(folder / f"{number}.parquet"))
    sql = f"SELECT * FROM read_parquet('{folder}/*.parquet', hive_partitioning = false) ORDER BY 1"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return [tuple(map(plain, row)) for row in connection.execute(sql).fetchall()]


def plain(value: Any) -> Any:
    """A value whose type both sides have."""
    if isinstance(value, datetime.datetime) and value.tzinfo:
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return Decimal(str(value)) if isinstance(value, float) else value


def test_the_job_makes_what_sql_makes(site: LocalAws, tmp_path: Path) -> None:
    """Row for row the result of a query that was written independently, and shown to the user."""
    run = site.play("run_job.yml").ok()
    assert run.changed == ["Run the job"]
    assert f"The job {JOB} has run" in run.output
    assert "The table sot_ecommerce_br.tbsot_ecommerce_br at s3://" in run.output
    assert re.search(r"786 rows, by partition:", run.output), run.output
    assert "payment_type_most_common" in run.output

    rows = sot_rows(site, tmp_path / "first")
    query = (SCRIPTS / "orders.sql").read_text(encoding="utf-8")
    data = ROOT / "files" / "data" / "sor_ecommerce_br"
    with duckdb.connect() as connection:
        wanted = connection.execute(query.replace("$DATA", str(data))).fetchall()
    assert len(rows) == len(wanted) == 786
    for row, by_sql in zip(rows, wanted):
        assert row == tuple(map(plain, by_sql))

    # Once more on the same day: the partition is replaced, not doubled; the catalog stays as it is.
    table = site.client("glue").get_table(DatabaseName=TABLE[0], Name=TABLE[1])["Table"]
    run = site.play("run_job.yml", job_table="nowhere.nothing").ok()
    assert "The catalog has no table nowhere.nothing." in run.output
    assert sot_rows(site, tmp_path / "second") == rows
    again = site.client("glue").get_table(DatabaseName=TABLE[0], Name=TABLE[1])["Table"]
    assert again["StorageDescriptor"] == table["StorageDescriptor"]
    partitions = site.client("glue").get_partitions(DatabaseName=TABLE[0], TableName=TABLE[1])
    assert len(partitions["Partitions"]) == 1


def test_a_check_starts_nothing(site: LocalAws) -> None:
    before = len(site.client("glue").get_job_runs(JobName=JOB)["JobRuns"])
    run = site.check("run_job.yml").ok()
    assert f"The job {JOB} would run." in run.output
    assert len(site.client("glue").get_job_runs(JobName=JOB)["JobRuns"]) == before


def test_a_wrong_argument_is_said(site: LocalAws) -> None:
    # The output has the script's own traceback, by the log: that is its author's to see.
    run = site.play("run_job.yml", job_arguments={"NUM_PARTITIONS": "many"})
    assert run.code != 0
    (message,) = run.failures
    assert "The job argument --NUM_PARTITIONS is 'many': it must be a whole number" in message
    assert re.search(r"It raised in line \d+ of s3://\S+/main.py", message)


def test_a_job_that_is_not_there(site: LocalAws) -> None:
    began = time.monotonic()
    run = site.play("run_job.yml", job_name="nobody").failed()
    assert "The job nobody does not exist. Deploy it" in run.failures[0]
    assert time.monotonic() - began < 60


def test_all_partitions_are_counted_and_the_last_shown(site: LocalAws) -> None:
    """However many there are. The job is one without Spark, which takes no time."""
    glue, s3 = site.client("glue"), site.client("s3")
    s3.create_bucket(Bucket="counted")
    s3.put_object(Bucket="counted", Key="quick.py", Body=b"print('done')")
    glue.create_job(
        Name="quick",
        Role=glue.get_job(JobName=JOB)["Job"]["Role"],
        Command={"Name": "pythonshell", "ScriptLocation": "s3://counted/quick.py"},
    )
    glue.create_database(DatabaseInput={"Name": "counted"})
    storage = {
        "Columns": [{"Name": "id", "Type": "int"}],
        "Location": "s3://counted/days/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
    }
    table = {
        "Name": "days",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": "day", "Type": "string"}],
        "StorageDescriptor": storage,
    }
    glue.create_table(DatabaseName="counted", TableInput=table)
    for number, day in enumerate(("mon", "sat", "tue"), 1):
        place = f"days/day={day}/"
        s3.put_object(Bucket="counted", Key=f"{place}a.json", Body=b'{"id": 1}\n' * number)
        partition = {**storage, "Location": f"s3://counted/{place}"}
        glue.create_partition(
            DatabaseName="counted",
            TableName="days",
            PartitionInput={"Values": [day], "StorageDescriptor": partition},
        )
    run = site.play("run_job.yml", job_name="quick", job_table="counted.days", max_partitions=2)
    said = run.ok().output
    assert "6 rows in 3 partitions, the last 2 of which are:" in said
    counts = re.findall(r"\b(mon|sat|tue) +\| +(\d)\b", said.partition("The first of them")[0])
    assert counts == [("sat", "2"), ("tue", "3")]
