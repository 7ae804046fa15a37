# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample job on the local AWS: by StartJobRun, by spark-submit, and against Spark SQL."""

from __future__ import annotations

import csv
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from measuring import client, highest

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "files" / "glue_app"
LAYER = ROOT / "roles" / "local_aws" / "files"
SOURCE, TARGET, BUCKET = "sor_ecommerce_br", "sot", "bench-jobs"
ROLE = "arn:aws:iam::000000000000:role/bench"
ARGUMENTS = {
    "--SOURCE_DB": SOURCE,
    "--OUTPUT_BUCKET": BUCKET,
    "--OUTPUT_DB": TARGET,
    "--OUTPUT_TABLE": "orders",
    "--CONNECTION_TYPE": "s3",
    "--UPDATE_BEHAVIOR": "UPDATE_IN_DATABASE",
    "--PARTITION_NAME": "day",
    "--PARTITION_FORMAT": "%Y%m%d",
    "--DATA_FORMAT": "parquet",
    "--COMPRESSION": "snappy",
    "--ENABLE_UPDATE_CATALOG": "true",
    "--NUM_PARTITIONS": "5",
}
EMPTY = "from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate()\n"


class Run(NamedTuple):
    """Seconds, and the most memory that all of its processes had together, in MiB."""

    seconds: float
    memory: float


class Figures(NamedTuple):
    """Medians of each way to run, and what five runs in a row have left."""

    by_glue: Run
    by_submit: Run
    start_by_glue: Run
    start_by_submit: Run
    in_sql: Run
    left: list[str]


class Lab:
    """Tables, scripts and jobs on a local AWS."""

    def __init__(self, endpoint: str, state: Path, data: Path) -> None:
        self.endpoint, self.state = endpoint, state
        self.s3, self.glue = client("s3", endpoint), client("glue", endpoint)
        self.s3.create_bucket(Bucket=BUCKET)
        for name in (SOURCE, TARGET):
            self.glue.create_database(DatabaseInput={"Name": name})
        for folder in sorted((data / SOURCE).iterdir()):
            self._table(folder)
        self.script = self._upload(APP / "main.py")
        self.modules = self._upload(APP / "transformers.py")
        self._job("app", self.script, {**ARGUMENTS, "--extra-py-files": self.modules})
        sql = self._upload(Path(__file__).with_name("orders_in_sql.py"))
        output = {"--SOURCE_DB": SOURCE, "--OUTPUT": f"s3://{BUCKET}/sql/"}
        self._job("sql", sql, output)
        self.s3.put_object(Bucket=BUCKET, Key="empty.py", Body=EMPTY.encode())
        self._job("empty", f"s3://{BUCKET}/empty.py", {})

    def _upload(self, path: Path) -> str:
        self.s3.upload_file(str(path), BUCKET, path.name)
        return f"s3://{BUCKET}/{path.name}"

    def _table(self, folder: Path) -> None:
        """Upload and catalog a table, every column as text."""
        for file in folder.glob("*.csv"):
            self.s3.upload_file(str(file), BUCKET, f"data/{folder.name}/{file.name}")
            with open(file, encoding="utf-8-sig", newline="") as stream:
                header = next(csv.reader(stream))
        storage = {
            "Columns": [{"Name": name, "Type": "string"} for name in header],
            "Location": f"s3://{BUCKET}/data/{folder.name}/",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                "Parameters": {"separatorChar": ",", "quoteChar": '"'},
            },
        }
        table = {
            "Name": folder.name,
            "Parameters": {"skip.header.line.count": "1"},
            "StorageDescriptor": storage,
        }
        self.glue.create_table(DatabaseName=SOURCE, TableInput=table)

    def _job(self, name: str, script: str, arguments: Mapping[str, str]) -> None:
        self.glue.create_job(
            Name=name,
            Role=ROLE,
            Command={"Name": "glueetl", "ScriptLocation": script},
            DefaultArguments=dict(arguments),
            GlueVersion="5.0",
        )

    def by_glue(self, job: str) -> Run:
        """A run by StartJobRun, from the call to its end."""
        with highest(lambda: memory_in(self.state / "tmp" / "job-runs"), 0.2) as peak:
            began = time.perf_counter()
            run = self.glue.start_job_run(JobName=job)["JobRunId"]
            while True:
                found = self.glue.get_job_run(JobName=job, RunId=run)["JobRun"]
                if "CompletedOn" in found:
                    break
                time.sleep(0.05)
            seconds = time.perf_counter() - began
        if found["JobRunState"] != "SUCCEEDED":
            sys.exit(
                f"The job {job} ended with {found['JobRunState']}: {found.get('ErrorMessage')}"
            )
        return Run(seconds, peak[0])

    def by_submit(self, script: Path, words: list[str], scratch: Path) -> Run:
        """The same script by spark-submit, with the same settings."""
        sys.path.insert(0, str(LAYER))
        from terraglue_local.engines import jars, java, settings, spark
        from terraglue_local.jobs import environment

        wanted = settings.of(str(self.state))
        folder = jars.jars("spark", wanted, print)
        (scratch / "tmp").mkdir(parents=True, exist_ok=True)
        log = environment.log4j_properties(scratch / "logger.log")
        (scratch / environment.LOG4J_FILE).write_text(log, encoding="utf-8")
        confs = environment.spark_confs(
            self.endpoint,
            sorted(map(str, folder.rglob("*.jar"))),
            scratch,
            wanted.job_memory_mb,
            {},
        )
        pyspark = spark.pyspark(wanted, print)
        path = [str(APP), str(LAYER / "glue_runtime"), str(pyspark)]
        surroundings = environment.job_environment(self.endpoint, scratch, path, {})
        surroundings["JAVA_HOME"] = str(java.java_home(wanted, print))
        surroundings["PYSPARK_PYTHON"] = sys.executable
        surroundings["SPARK_LOCAL_IP"] = "127.0.0.1"
        options = environment.conf_words(confs)
        command = [str(pyspark / "pyspark" / "bin" / "spark-submit"), *options, str(script), *words]
        with open(scratch / "submit.log", "wb") as log:
            began = time.perf_counter()
            process = subprocess.Popen(
                command, env=surroundings, cwd=scratch, stdout=log, stderr=log
            )
            with highest(lambda: memory_in(scratch), 0.2) as peak:
                code = process.wait()
            seconds = time.perf_counter() - began
        if code:
            sys.exit(
                f"spark-submit ended with {code}:\n{(scratch / 'submit.log').read_text()[-4000:]}"
            )
        return Run(seconds, peak[0])


def in_folder(folder: Path) -> Iterator[int]:
    """The processes that work in a folder or below."""
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{name}/cwd").startswith(str(folder)):
                yield int(name)
        except OSError:
            continue


def memory_in(folder: Path) -> float:
    """The memory, in MiB, of all processes that work in a folder or below."""
    return sum(map(_resident, in_folder(folder)))


def _resident(process: int) -> float:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def median(runs: list[Run]) -> Run:
    """The median of both."""
    return Run(*(statistics.median(column) for column in zip(*runs)))


def measured(lab: Lab, repeat: int, scratch: Path) -> Figures:
    """Every way in turns, after one run that gets the engines and warms the disk."""
    script = scratch / "empty.py"
    scratch.mkdir(parents=True)
    script.write_text(EMPTY, encoding="utf-8")
    words = ["--JOB_NAME", "app", *(word for pair in ARGUMENTS.items() for word in pair)]
    lab.by_glue("empty")
    runs: dict[str, list[Run]] = {name: [] for name in Figures._fields[:-1]}
    for dummy in range(repeat):
        runs["by_glue"].append(lab.by_glue("app"))
        runs["by_submit"].append(lab.by_submit(APP / "main.py", words, scratch))
        runs["in_sql"].append(lab.by_glue("sql"))
        runs["start_by_glue"].append(lab.by_glue("empty"))
        runs["start_by_submit"].append(lab.by_submit(script, [], scratch))
    for dummy in range(5):
        lab.by_glue("empty")
    runs_folder = lab.state / "tmp" / "job-runs"
    left = [f"process {one}" for one in in_folder(runs_folder)]
    left += [f"file {one}" for one in sorted(runs_folder.rglob("*"))]
    return Figures(**{name: median(found) for name, found in runs.items()}, left=left)
