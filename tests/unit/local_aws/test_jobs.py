# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts of a job run: arguments, Spark settings, endings, the clock."""

from __future__ import annotations

import datetime
import shlex
from pathlib import Path

import pytest
from terraglue_local.jobs import arguments, clock, environment, errors


def test_argv_is_what_glue_passes() -> None:
    words = arguments.argv("j", "jr_1", "/s.py", {"--a": "x y", "--flag": ""}, "/tmp/t")
    assert words[:4] == ["/s.py", "--a", "x y", "--flag"]
    pairs = dict(zip(words[4::2], words[5::2]))
    assert pairs["--JOB_NAME"] == "j" and pairs["--JOB_RUN_ID"] == "jr_1"
    assert pairs["--job-bookmark-option"] == "job-bookmark-disable"
    assert pairs["--TempDir"] == "/tmp/t"


@pytest.mark.parametrize(
    ("given", "confs"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1 --conf b=2 3 --conf c=x=y", {"a": "1", "b": "2 3", "c": "x=y"}),
    ],
)
def test_confs_of_one_argument(given: str, confs: dict[str, str]) -> None:
    assert arguments.confs({"--conf": given}) == confs


@pytest.mark.parametrize(
    ("given", "kind", "security", "group"),
    [
        ({}, "glueetl", "", "/aws-glue/jobs/output"),
        ({}, "pythonshell", "", "/aws-glue/python-jobs/output"),
        ({}, "glueetl", "sc", "/aws-glue/jobs/sc-role/r/output"),
        ({"--custom-logGroup-prefix": "/mine/"}, "glueetl", "sc", "/mine/output"),
    ],
)
def test_log_groups(given: dict[str, str], kind: str, security: str, group: str) -> None:
    assert arguments.log_groups(given, kind, "arn:aws:iam::0:role/r", security)[0] == group


def test_given_confs_win_and_survive_the_shell() -> None:
    given = {"spark.driver.memory": "2g", "spark.x": "a 'b'"}
    confs = environment.spark_confs("http://127.0.0.1:1", ["/a.jar"], Path("/f"), 512, given)
    words = shlex.split(environment.submit_arguments(confs))
    assert words[-1] == "pyspark-shell"
    assert "spark.driver.memory=2g" in words and "spark.x=a 'b'" in words
    assert "spark.driver.memory=512m" not in words


def test_paths_with_blanks_reach_java_whole() -> None:
    folder = Path("/My Files/run")
    options = environment.spark_confs("http://127.0.0.1:1", [], folder, 512, {})
    words = shlex.split(options["spark.driver.extraJavaOptions"])
    assert "-Djava.io.tmpdir=/My Files/run/tmp" in words
    assert "-Dlog4j2.configurationFile=file:///My%20Files/run/log4j2.properties" in words
    lines = environment.log4j_properties(folder / "logger.log").splitlines()
    assert "appender.log.fileName = /My Files/run/logger.log" in lines


@pytest.mark.parametrize(
    ("mode", "algorithm", "agent"),
    [
        ("SSE-S3", "AES256", None),
        ("SSE-KMS", None, "terraglue-kms=arn:aws:kms:us-east-1:0:key/k"),
        ("DISABLED", None, None),
        ("", None, None),
    ],
)
def test_encryption_of_what_spark_writes(
    mode: str, algorithm: str | None, agent: str | None
) -> None:
    confs = environment.encryption_confs(mode, "arn:aws:kms:us-east-1:0:key/k")
    assert confs.get("spark.hadoop.fs.s3a.encryption.algorithm") == algorithm
    assert confs.get("spark.hadoop.fs.s3a.user.agent.prefix") == agent
    # As Hadoop's client then calls itself.
    found = environment.KEY_IN_AGENT.search(f"{agent}, Hadoop 3.3.4, aws-sdk-java/1.12.262")
    assert (found and found[1]) == (agent and "arn:aws:kms:us-east-1:0:key/k")


@pytest.mark.parametrize(
    ("code", "outcome", "tail", "message"),
    [
        (1, {"type": "SystemExit", "message": "4", "line": 1}, "", "SystemExit: 4"),
        (
            1,
            {"type": "Py4JNetworkError", "message": "gone", "line": 9},
            "java.lang.OutOfMemoryError: Java heap space",
            "Failed line number: 9; java.lang.OutOfMemoryError: Java heap space",
        ),
        (-9, None, "", "Command failed with exit code 137"),
        (7, None, "", "Command failed with exit code 7"),
    ],
)
def test_endings(code: int, outcome: dict[str, object] | None, tail: str, message: str) -> None:
    ended = errors.ending(code, outcome, tail)
    assert ended.state == "FAILED" and message in ended.message


@pytest.mark.parametrize(
    ("schedule", "moment", "due"),
    [
        ("cron(0 21 ? * 6 *)", "2026-11-27T21:00", True),  # a Friday
        ("cron(0 21 ? * FRI *)", "2026-11-26T21:00", False),
        ("cron(0/15 * * * ? *)", "2026-11-27T03:45", True),
        ("cron(0/15 * * * ? *)", "2026-11-27T03:46", False),
        ("cron(5 8 L * ? *)", "2028-02-29T08:05", True),
        ("cron(5 8 1W * ? *)", "2026-08-03T08:05", True),  # the 1st is a Saturday
        ("cron(0 0 ? * 6L *)", "2026-11-27T00:00", True),
        ("cron(0 0 ? * 2#1 2026)", "2026-11-02T00:00", True),
        ("cron(0 0 ? * MON-FRI 2027)", "2026-11-02T00:00", False),
        ("cron(10,20 9-17 ? JAN,NOV MON *)", "2026-11-02T17:20", True),
    ],
)
def test_schedules(schedule: str, moment: str, due: bool) -> None:
    assert clock.is_due(schedule, datetime.datetime.fromisoformat(moment)) is due
