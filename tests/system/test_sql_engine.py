# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Athena on the local AWS as an engine: what stops it, what it leaves, what it shares with Spark."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import LocalAws
from .job_runs import JobRuns
from .processes import Process, processes_of
from .queries import Queries
from .waiting import eventually

# More rows than any machine joins while a test waits.
ENDLESS = (
    "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 10000)) b(y),"
    " UNNEST(sequence(1, 10000)) c(z), UNNEST(sequence(1, 10000)) d(v) WHERE x * y % 7 = z * v % 5"
)


class Lab(Queries):
    """A bucket, a database and a workgroup of one name."""

    def __init__(self, aws: LocalAws) -> None:
        athena, self.s3, self.glue = (aws.client(one) for one in ("athena", "s3", "glue"))
        super().__init__(athena, WorkGroup="lab", QueryExecutionContext={"Database": "lab"})
        self.aws = aws
        self.folders = aws.state_dir / "tmp" / "sql-engine"
        self.s3.create_bucket(Bucket="lab")
        self.glue.create_database(DatabaseInput={"Name": "lab"})
        location = {"OutputLocation": "s3://lab/results/"}
        self.athena.create_work_group(Name="lab", Configuration={"ResultConfiguration": location})

    def content(self, location: str) -> str:
        bucket, dummy, key = location.removeprefix("s3://").partition("/")
        return str(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())

    def processes(self) -> list[Process]:
        """Engines and their guards."""
        return processes_of(self.folders)

    def left(self) -> tuple[list[Process], list[Path]]:
        """What engines have left: processes and folders."""
        return self.processes(), list(self.folders.iterdir())


@pytest.fixture(scope="module")
def lab(local_aws: LocalAws) -> Lab:
    return Lab(local_aws)


def test_the_first_query_says_what_it_waits_for(lab: Lab) -> None:
    query = lab.start("SELECT 1 AS one")
    said = set()
    while True:
        status = lab.execution(query)["Status"]
        if status["State"] != "QUEUED":
            break
        said.add(status.get("StateChangeReason"))
        time.sleep(0.02)
    assert "Starting the SQL engine" in said
    ended = lab.until(query, "SUCCEEDED")
    assert "StateChangeReason" not in ended["Status"]
    assert lab.rows(query) == [["one"], ["1"]]
    statistics = ended["Statistics"]
    assert statistics["QueryQueueTimeInMillis"] > statistics["EngineExecutionTimeInMillis"] > 0


def test_it_listens_on_the_loopback_alone(lab: Lab) -> None:
    lab.done("SELECT 1")
    (java,) = [one for one in lab.processes() if one.is_java]
    listening = listening_addresses(java.pid)
    assert listening and all(is_loopback(one) for one in listening), listening


def listening_addresses(process: int) -> list[str]:
    """The addresses, as /proc has them, that a process listens on."""
    inodes = set()
    for descriptor in os.listdir(f"/proc/{process}/fd"):
        try:
            target = os.readlink(f"/proc/{process}/fd/{descriptor}")
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = []
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process}/net/{name}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                found.append(words[1].partition(":")[0])
    return found


def is_loopback(address: str) -> bool:
    """127.0.0.1 in the kernel's order of bytes, as such or mapped into IPv6."""
    return address in ("0100007F", "0000000000000000FFFF00000100007F")


def test_a_stopped_query_stops_in_the_engine(lab: Lab) -> None:
    running = (
        "SELECT count(*) FROM system.runtime.queries WHERE state = 'RUNNING' AND query LIKE '%{}%'"
    )
    query = lab.start(ENDLESS)
    lab.until(query, "RUNNING")
    lab.athena.stop_query_execution(QueryExecutionId=query)
    assert lab.until(query, "CANCELLED")["Status"]["StateChangeReason"] == "Query cancelled by user"
    # The question itself has the words, too.
    eventually(lambda: lab.answer(running.format("sequence(1, 10000)")), [["1"]], 20)


def test_more_queries_than_places_queue_and_all_are_answered(lab: Lab) -> None:
    queries = {
        n: lab.start(f"SELECT {n}, count(*) FROM UNNEST(sequence(1, 10000)) t(x) WHERE x <= {n}")
        for n in range(16)
    }
    for number, query in queries.items():
        lab.until(query, "SUCCEEDED")
        assert lab.rows(query)[1:] == [[str(number), str(number)]]
    listed = lab.athena.list_query_executions(WorkGroup="lab")["QueryExecutionIds"]
    assert set(queries.values()) <= set(listed)


def test_a_queued_query_can_be_stopped(lab: Lab) -> None:
    ahead = [lab.start(ENDLESS) for dummy in range(4)]
    for query in ahead:
        lab.until(query, "RUNNING")
    queued = lab.start("SELECT 1")
    assert lab.until(queued, "QUEUED")
    lab.athena.stop_query_execution(QueryExecutionId=queued)
    lab.until(queued, "CANCELLED")
    for query in ahead:
        lab.athena.stop_query_execution(QueryExecutionId=query)
    assert lab.answer("SELECT 1") == [["1"]]
    lab.until(queued, "CANCELLED")


def test_the_workgroups_cutoff_cancels_a_query(lab: Lab) -> None:
    lines = "".join(f"{n},{'x' * 90}\n" for n in range(150_000))  # 14 MB
    lab.s3.put_object(Bucket="lab", Key="wide/a.csv", Body=lines.encode())
    lab.done("CREATE EXTERNAL TABLE wide (id int, text string) ROW FORMAT DELIMITED FIELDS"
             " TERMINATED BY ',' LOCATION 's3://lab/wide/'")  # fmt: skip
    scanned = lab.done("SELECT max(text) FROM wide")["Statistics"]["DataScannedInBytes"]
    assert scanned == len(lines)
    change = {"BytesScannedCutoffPerQuery": 10_000_000}
    lab.athena.update_work_group(WorkGroup="lab", ConfigurationUpdates=change)
    try:
        status = lab.until(lab.start("SELECT max(text) FROM wide"), "CANCELLED")["Status"]
        assert "Bytes scanned limit was exceeded" in status["StateChangeReason"]
    finally:
        back = {"RemoveBytesScannedCutoffPerQuery": True}
        lab.athena.update_work_group(WorkGroup="lab", ConfigurationUpdates=back)


def test_a_result_is_used_again_when_it_may_be(lab: Lab) -> None:
    def reuse(minutes: int) -> dict[str, Any]:
        by_age = {"Enabled": True, "MaxAgeInMinutes": minutes}
        return {"ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": by_age}}

    first = lab.done("SELECT 'again'", **reuse(60))
    again = lab.done("SELECT 'again'", **reuse(60))
    other = lab.done("SELECT 'again'")
    reused = [
        one["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]
        for one in (first, again, other)
    ]
    assert reused == [False, True, False]
    assert lab.rows(again["QueryExecutionId"]) == [["_col0"], ["again"]]


def test_results_are_written_as_their_settings_say(lab: Lab) -> None:
    lab.athena.create_work_group(Name="free")
    free: dict[str, Any] = {"OutputLocation": "s3://lab/free/"}
    encrypted = {**free, "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}}
    place = lab.done("SELECT 1", WorkGroup="free", ResultConfiguration=encrypted)
    location = place["ResultConfiguration"]["OutputLocation"]
    assert location.startswith("s3://lab/free/")
    head = lab.s3.head_object(Bucket="lab", Key=location.removeprefix("s3://lab/"))
    assert head["ServerSideEncryption"] == "AES256"
    foreign = {**free, "ExpectedBucketOwner": "999999999999"}
    query = lab.start("SELECT 1", WorkGroup="free", ResultConfiguration=foreign)
    reason = lab.until(query, "FAILED")["Status"]["StateChangeReason"]
    assert reason.startswith("Access denied when writing output to url: s3://lab/free/")


def test_what_writes_files_lists_them(lab: Lab) -> None:
    made = lab.done("CREATE TABLE made WITH (format = 'ORC') AS SELECT * FROM (VALUES 1, 2) t(n)")
    unloaded = lab.done("UNLOAD (SELECT 1 AS n) TO 's3://lab/out/' WITH (format = 'JSON')")
    for execution, prefix in ((made, "s3://lab/results/tables/"), (unloaded, "s3://lab/out/")):
        paths = lab.content(execution["Statistics"]["DataManifestLocation"]).splitlines()
        assert paths and all(path.startswith(prefix) for path in paths)
    answer = lab.athena.get_query_results(QueryExecutionId=made["QueryExecutionId"])
    assert (answer["UpdateCount"], answer["ResultSet"]["Rows"]) == (2, [])
    assert lab.answer("SELECT sum(n) FROM made") == [["3"]]


def test_sql_and_spark_read_each_others_tables(lab: Lab) -> None:
    lab.done("CREATE TABLE by_sql AS SELECT * FROM (VALUES (1, 'a'), (2, 'é')) t(id, name)")
    script = """
from awsglue.context import GlueContext
from pyspark.context import SparkContext
spark = GlueContext(SparkContext.getOrCreate()).spark_session
read = spark.sql("SELECT id * 10 AS id, upper(name) AS name, DATE '2024-02-29' AS day FROM lab.by_sql")
read.write.format("parquet").option("path", "s3://lab/by_spark/").saveAsTable("lab.by_spark")
"""
    runs = JobRuns(lab.aws)
    job = runs.create("both", "lab", script)
    runs.until(job, runs.start(job), "SUCCEEDED")
    rows = [["10", "A", "2024-02-29"], ["20", "É", "2024-02-29"]]
    assert lab.answer("SELECT * FROM by_spark ORDER BY id") == rows


def test_a_killed_engine_fails_its_query_and_the_next_one_works(lab: Lab) -> None:
    query = lab.start(ENDLESS)
    lab.until(query, "RUNNING")
    for process in lab.processes():
        if process.is_java:
            os.kill(process.pid, signal.SIGKILL)
    reason = lab.until(query, "FAILED")["Status"]["StateChangeReason"]
    assert "The SQL engine ended while it worked on this query" in reason
    assert lab.answer("SELECT 2") == [["2"]]


def test_a_killed_local_aws_leaves_nothing_and_says_what_happened(lab: Lab) -> None:
    query = lab.start(ENDLESS)
    lab.until(query, "RUNNING")
    assert lab.processes()
    # What is known of a query is saved a second later.
    time.sleep(2)
    lab.aws.kill()
    eventually(lab.left, ([], []), 20)
    lab.aws.play("local_aws.yml", local_aws_state="started").ok()
    reason = lab.until(query, "FAILED")["Status"]["StateChangeReason"]
    assert "the local AWS was stopped while this query was at work" in reason
    assert lab.answer("SELECT 3") == [["3"]]


def test_an_engine_without_its_guard_ends_with_the_local_aws(lab: Lab) -> None:
    query = lab.start(ENDLESS)
    lab.until(query, "RUNNING")
    guards = [one.pid for one in lab.processes() if one.is_guard]
    assert guards
    for guard in guards:
        os.kill(guard, signal.SIGKILL)
    assert lab.answer("SELECT 4") == [["4"]]
    lab.aws.play("local_aws.yml", local_aws_state="stopped").ok()
    assert lab.left() == ([], [])
    lab.aws.play("local_aws.yml", local_aws_state="started").ok()
    assert "the local AWS was stopped" in lab.until(query, "FAILED")["Status"]["StateChangeReason"]


@pytest.fixture
def without_jars(lab: Lab, tmp_path: Path) -> Iterator[Path]:
    """No cache, and a folder of jars that is empty."""
    settings: dict[str, Any] = {
        "local_aws_cache_dir": str(tmp_path / "cache"),
        "local_aws_jars_dir": str(tmp_path),
    }
    lab.aws.play("local_aws.yml", local_aws_state="stopped").ok()
    lab.aws.play("local_aws.yml", local_aws_state="started", **settings).ok()
    yield tmp_path
    lab.aws.play("local_aws.yml", local_aws_state="started").ok()


def test_without_jars_a_query_says_what_is_missing(lab: Lab, without_jars: Path) -> None:
    status = lab.until(lab.start("SELECT 1"), "FAILED")["Status"]
    assert f"local_aws_jars_dir is {without_jars}, but " in status["StateChangeReason"]
    # What needs no engine goes on.
    lab.done("CREATE DATABASE IF NOT EXISTS lab2")
    with pytest.raises(ClientError, match="Only one sql statement is allowed"):
        lab.start("SELECT 1; SELECT 2")
