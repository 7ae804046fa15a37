# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job runs on real Spark: S3 by the connector, and how a JVM ends."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from .conftest import LocalAws
from .job_runs import ROLE, SECONDS, JobRuns
from .processes import processes_of
from .waiting import eventually

SESSION = """
from pyspark import SparkContext
from pyspark.sql import SparkSession
spark = SparkSession(SparkContext())
"""


class Jobs(JobRuns):
    """One job after the other, in a bucket of this file's own."""

    def __init__(self, aws: LocalAws) -> None:
        super().__init__(aws)
        self.kms = aws.client("kms")
        self.folders = aws.state_dir / "tmp" / "job-runs"
        self.s3.create_bucket(Bucket="jobs")
        self.made = 0

    def files(self, prefix: str) -> list[str]:
        """The keys of files under a prefix, without those that stand for folders."""
        found = self.s3.list_objects_v2(Bucket="jobs", Prefix=prefix)["Contents"]
        return [one["Key"] for one in found if not one["Key"].endswith("/")]

    def begin(
        self, script: str, arguments: dict[str, str] | None = None, **more: Any
    ) -> tuple[str, str]:
        """(job, run) of a script."""
        self.made += 1
        job = self.create(f"job-{self.made}", "jobs", script)
        return job, self.start(job, arguments, **more)

    def await_line(self, run: str, line: str) -> None:
        eventually(lambda: line in self.lines(run), True, SECONDS)


@pytest.fixture(scope="module")
def jobs(local_aws: LocalAws) -> Jobs:
    return Jobs(local_aws)


@pytest.fixture(scope="module")
def minute(local_aws: LocalAws, jobs: Jobs) -> list[str]:
    """What takes a minute, begun before all else: a run with a Timeout of that, and a schedule.

    The names of both jobs.
    """
    settings = local_aws.play("local_aws.yml", local_aws_state="started", local_aws_clock=True)
    settings.ok()
    for name, text in (("endless", "import time; time.sleep(600)"), ("tick", "print('tick')")):
        jobs.s3.put_object(Bucket="jobs", Key=f"{name}.py", Body=text.encode())
        command = {"Name": "pythonshell", "ScriptLocation": f"s3://jobs/{name}.py"}
        jobs.glue.create_job(Name=name, Role=ROLE, Command=command)
    jobs.glue.start_job_run(JobName="endless", Timeout=1)
    jobs.glue.create_trigger(
        Name="every-minute",
        Type="SCHEDULED",
        Schedule="cron(* * * * ? *)",
        Actions=[{"JobName": "tick"}],
        StartOnCreation=True,
    )
    return ["endless", "tick"]


def test_a_script_writes_parquet_to_s3(jobs: Jobs, minute: list[str]) -> None:
    script = (
        SESSION
        + """
import sys
from pyspark.sql import functions as f
frame = spark.range(1000).withColumn("part", f.col("id") % 3)
frame = frame.withColumn("word", f.udf(lambda n: f"w{n}")("id"))
frame.write.mode("overwrite").partitionBy("part").parquet("s3://jobs/out/")
again = spark.read.parquet("s3a://jobs/out/")
print("rows", again.count(), spark.conf.get("spark.sql.shuffle.partitions"))
print("zone", spark.conf.get("spark.sql.session.timeZone"), spark.conf.get("spark.x"))
"""
    )
    job, run = jobs.begin(script, {"--conf": "spark.x=a b --conf spark.sql.shuffle.partitions=3"})
    ended = jobs.until(job, run, "SUCCEEDED")
    lines = jobs.lines(run)
    assert "rows 1000 3" in lines and "zone UTC a b" in lines
    keys = [
        item["Key"] for item in jobs.s3.list_objects_v2(Bucket="jobs", Prefix="out/")["Contents"]
    ]
    assert {key.split("/")[1] for key in keys} == {"part=0", "part=1", "part=2"}
    assert ended["ExecutionTime"] > 0
    assert not (jobs.folders / run).exists() and not processes_of(jobs.folders / run)


def test_what_a_run_is_given_and_leaves(jobs: Jobs) -> None:
    """Encryption by the security configuration, the event log, extra files, two logs."""
    script = (
        SESSION
        + """
import sys
print(open("settings.json").read(), open("more.txt").read())
print("to stderr", file=sys.stderr)
spark.range(7).repartition(1).write.json("s3://jobs/encrypted/")
log = spark._jvm.org.apache.logging.log4j.LogManager.getLogger("org.example.Lib")
log.info("not told")
log.warn("told by a library")
"""
    )
    key = jobs.kms.create_key()["KeyMetadata"]["Arn"]
    encryption = {
        "S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": key}],
        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": key},
        "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": key},
    }
    jobs.glue.create_security_configuration(Name="sealed", EncryptionConfiguration=encryption)
    jobs.s3.put_object(Bucket="jobs", Key="given/settings.json", Body=b'{"a": 1}')
    jobs.s3.put_object(Bucket="jobs", Key="given/deep/more.txt", Body=b"more")
    job, run = jobs.begin(
        script,
        {
            "--extra-files": "s3://jobs/given/settings.json,s3://jobs/given/deep/more.txt",
            "--enable-spark-ui": "true",
            "--spark-event-logs-path": "s3://jobs/events/",
        },
        SecurityConfiguration="sealed",
    )
    jobs.until(job, run, "SUCCEEDED")

    groups = "/aws-glue/jobs/sealed-role/r"
    assert jobs.lines(run, f"{groups}/output") == ['{"a": 1} more', "to stderr"]
    told = jobs.lines(run, f"{groups}/error")
    assert any(re.fullmatch(r"\S+ \S+ WARN Lib: told by a library", line) for line in told), told
    assert not any("not told" in line for line in told)
    found = jobs.logs.describe_log_groups(logGroupNamePrefix=groups)["logGroups"]
    assert {one["logGroupName"]: one["kmsKeyId"] for one in found} == {
        f"{groups}/error": key,
        f"{groups}/output": key,
    }

    (written,) = jobs.files("encrypted/")
    head = jobs.s3.head_object(Bucket="jobs", Key=written)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)

    (events,) = jobs.files("events/")
    head = jobs.s3.get_object(Bucket="jobs", Key=events)
    assert head["ServerSideEncryption"] == "aws:kms"
    history = [json.loads(line) for line in head["Body"].read().splitlines()]
    kinds = [one["Event"] for one in history]
    assert kinds[0] == "SparkListenerLogStart" and kinds[-1] == "SparkListenerApplicationEnd"
    assert history[0]["Spark Version"] == "3.5.4"
    # What wrote the file is there with its rows.
    rows = [
        int(value["Value"])
        for one in history
        if one["Event"] == "SparkListenerStageCompleted"
        for value in one["Stage Info"]["Accumulables"]
        if value["Name"] == "internal.metrics.output.recordsWritten"
    ]
    assert rows == [7]


def test_out_of_memory_is_told_as_such(jobs: Jobs) -> None:
    query = "spark.range(0, 9000000, 1, 1).selectExpr(\"collect_list(repeat('x', 500)) all\")"
    script = SESSION + f"print({query}.selectExpr('size(all)').collect())"
    job, run = jobs.begin(script, {"--conf": "spark.driver.memory=512m"})
    ended = jobs.until(job, run, "FAILED")
    assert "OUT_OF_MEMORY_ERROR" in ended["ErrorMessage"], ended
    assert not processes_of(jobs.folders / run)


def test_an_error_of_spark_names_the_line(jobs: Jobs) -> None:
    job, run = jobs.begin(SESSION + "spark.read.parquet('s3://jobs/none/').show()")
    ended = jobs.until(job, run, "FAILED")
    assert "QUERY_ERROR; Failed line number: 5; AnalysisException" in ended["ErrorMessage"], ended
    assert "\tat " not in ended["ErrorMessage"]


def test_a_stopped_run_leaves_no_jvm(jobs: Jobs) -> None:
    script = (
        SESSION
        + """
import time
print("begun", flush=True)
spark.sparkContext.parallelize([1], 1).foreach(lambda n: time.sleep(600))
"""
    )
    job, run = jobs.begin(script)
    jobs.until(job, run, "RUNNING")
    jobs.await_line(run, "begun")
    time.sleep(1)
    assert processes_of(jobs.folders / run)
    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run])
    jobs.until(job, run, "STOPPED")
    assert not processes_of(jobs.folders / run)
    assert not (jobs.folders / run).exists()


def test_a_minute_of_a_timeout_and_of_a_schedule(jobs: Jobs, minute: list[str]) -> None:
    endless, tick = minute
    (run,) = jobs.glue.get_job_runs(JobName=endless)["JobRuns"]
    ended = jobs.until(endless, run["Id"], "TIMEOUT")
    assert 60 <= ended["ExecutionTime"] < 75
    assert "its Timeout is 1 min" in ended["ErrorMessage"]
    assert not processes_of(jobs.folders / run["Id"])

    eventually(lambda: bool(jobs.glue.get_job_runs(JobName=tick)["JobRuns"]), True, 70)
    jobs.glue.stop_trigger(Name="every-minute")
    found = jobs.glue.get_job_runs(JobName=tick)["JobRuns"]
    assert found and {one["TriggerName"] for one in found} == {"every-minute"}
    # Each began with its minute, and no minute has two.
    moments = [one["StartedOn"] for one in found]
    assert all(moment.second < 10 for moment in moments), moments
    assert len({moment.replace(second=0, microsecond=0) for moment in moments}) == len(moments)


def test_kill_9_of_the_server_takes_the_jvm_along(local_aws: LocalAws, jobs: Jobs) -> None:
    script = SESSION + "print('begun', flush=True)\nimport time; time.sleep(600)"
    job, run = jobs.begin(script)
    jobs.until(job, run, "RUNNING")
    jobs.await_line(run, "begun")
    assert any(process.is_java for process in processes_of(jobs.folders))
    local_aws.kill()
    eventually(lambda: processes_of(jobs.folders), [], 20)
    assert not list(jobs.folders.iterdir())
