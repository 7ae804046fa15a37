# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job as a user runs it, on real Spark, and scripts of a learner's own."""

from __future__ import annotations

import datetime
import io
import json
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


class Learner:
    """Scripts, their data and their runs, in a bucket of their own."""

    def __init__(self, aws: LocalAws) -> None:
        self.glue, self.s3, self.logs = (aws.client(one) for one in ("glue", "s3", "logs"))
        self.s3.create_bucket(Bucket="learner")
        self.glue.create_database(DatabaseInput={"Name": "lab", "LocationUri": "s3://learner/lab/"})

    def put(self, key: str, *records: dict[str, Any]) -> None:
        text = "".join(json.dumps(record) + "\n" for record in records)
        self.s3.put_object(Bucket="learner", Key=key, Body=text.encode())

    def job(self, script: str, **arguments: str) -> str:
        name = script.partition(".")[0]
        self.s3.upload_file(str(SCRIPTS / script), "learner", f"scripts/{script}")
        self.glue.create_job(
            Name=name,
            Role="arn:aws:iam::000000000000:role/lab",
            Command={"Name": "glueetl", "ScriptLocation": f"s3://learner/scripts/{script}"},
            DefaultArguments={f"--{key}": text for key, text in arguments.items()},
            GlueVersion="5.0",
        )
        return name

    def run(self, job: str, **arguments: str) -> list[str]:
        """Run it to its success; the lines that it printed."""
        given = {f"--{key.replace('_', '-')}": text for key, text in arguments.items()}
        run = self.glue.start_job_run(JobName=job, Arguments=given)["JobRunId"]
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            found = self.glue.get_job_run(JobName=job, RunId=run)["JobRun"]
            if "CompletedOn" in found:
                break
            time.sleep(0.2)
        events = self.logs.get_log_events(
            logGroupName="/aws-glue/jobs/output", logStreamName=run, startFromHead=True
        )["events"]
        lines = [event["message"] for event in events]
        assert found["JobRunState"] == "SUCCEEDED", (found.get("ErrorMessage"), lines)
        return lines


@pytest.fixture(scope="module")
def learner(site: LocalAws) -> Learner:
    return Learner(site)


def test_nested_records_joined_and_taken_apart(learner: Learner) -> None:
    learner.put(
        "people/people/a.json",
        {
            "id": "p1",
            "name": "Ada",
            "born": 1950,
            "nothing": None,
            "contacts": [{"kind": "phone", "value": "1"}, {"kind": "fax", "value": "2"}],
        },
        {"id": "p2", "name": "Bea", "born": "1955", "contacts": [{"kind": "phone", "value": "3"}]},
        {"id": "p3", "name": "Cyd", "born": 1970, "contacts": []},
    )
    learner.put(
        "people/memberships/a.json",
        {"id": 1, "person_id": "p1", "house": "upper"},
        {"id": 2, "person_id": "p2", "house": "lower"},
        {"id": 3, "person_id": "p1", "house": "lower"},
        {"id": 4, "person_id": "p3", "house": "lower"},
    )
    lines = learner.run(learner.job("legislators.py", BUCKET="learner", DATABASE="lab"))
    assert "['people', 'people_contacts']" in lines
    # Ada is in two houses, so that her contacts are there twice.
    shown = [line for line in lines if re.match(r"\|\d+ *\|", line)]
    assert [line.split("|")[-2].strip() for line in shown] == ["1", "1", "2", "2", "3"]
    assert "[('lower', 2), ('upper', 1)]" in lines

    table = learner.glue.get_table(DatabaseName="lab", Name="seniors")["Table"]
    columns = [(one["Name"], one["Type"]) for one in table["StorageDescriptor"]["Columns"]]
    assert columns == [("id", "string"), ("name", "string"), ("born", "int")]
    assert table["PartitionKeys"] == [{"Name": "house", "Type": "string"}]
    found = learner.glue.get_partitions(DatabaseName="lab", TableName="seniors")["Partitions"]
    assert sorted(one["Values"] for one in found) == [["lower"], ["upper"]]
    houses = learner.glue.get_table(DatabaseName="lab", Name="houses")["Table"]
    assert houses["StorageDescriptor"]["Location"].startswith("s3://learner/lab/")
    keys = [
        one["Key"]
        for one in learner.s3.list_objects_v2(Bucket="learner", Prefix="report/")["Contents"]
    ]
    (report,) = [key for key in keys if not key.endswith("/")]
    body = learner.s3.get_object(Bucket="learner", Key=report)["Body"].read().decode()
    assert io.StringIO(body).read() == "house;n\nlower;2\nupper;1\n"


def test_bookmarks(learner: Learner) -> None:
    """Only new and changed files are read, until the bookmark is reset."""
    job = learner.job(
        "bookmarks.py", SOURCE="s3://learner/events/", TARGET="s3://learner/events-out/"
    )
    on = {"job_bookmark_option": "job-bookmark-enable"}

    learner.put("events/1.json", {"id": 1, "user": {"name": "a"}})
    assert "1 new events" in learner.run(job, **on)
    entry = learner.glue.get_job_bookmark(JobName=job)["JobBookmarkEntry"]
    assert (entry["JobName"], entry["Version"]) == (job, 1)
    learner.put("events/2.json", {"id": 2, "user": {"name": "b"}}, {"id": 3, "user": {"name": "c"}})
    assert "2 new events" in learner.run(job, **on)
    assert "0 new events" in learner.run(job, **on)
    # without bookmarks everything is read
    assert "3 new events" in learner.run(job)
    learner.glue.reset_job_bookmark(JobName=job)
    assert "3 new events" in learner.run(job, **on)


def test_every_format_and_a_module_of_the_run_alone(learner: Learner) -> None:
    """An untidy CSV table: what misses its type is a choice, until the catalog decides."""
    text = "id,price,day\n1,1.5,mon\n2,2.5,tue\n3,unknown,tue\n"
    learner.s3.put_object(Bucket="learner", Key="prices/a.csv", Body=text.encode())
    storage = {
        "Columns": [
            {"Name": "id", "Type": "int"},
            {"Name": "price", "Type": "double"},
            {"Name": "day", "Type": "string"},
        ],
        "Location": "s3://learner/prices/",
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            "Parameters": {"separatorChar": ","},
        },
    }
    table = {
        "Name": "prices",
        "Parameters": {"skip.header.line.count": "1"},
        "StorageDescriptor": storage,
    }
    learner.glue.create_table(DatabaseName="lab", TableInput=table)
    job = learner.job("formats.py", DATABASE="lab", **{"bucket-name": "learner"})
    lines = learner.run(job, additional_python_modules="inflection==0.5.1")
    tree = lines[lines.index("root") :][:6]
    assert tree == [
        "root",
        "|-- id: int",
        "|-- price: choice",
        "|    |-- double",
        "|    |-- string",
        "|-- day: string",
    ]
    for kind in ("Csv", "Json", "Parquet", "Orc", "Avro"):
        assert f"{kind}: 3 rows, 4.0" in lines
    assert "[('mon', 1), ('tue', 2)]" in lines
