# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the job's process sees: environment variables and Spark settings. Pure."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from .. import ACCESS_KEY, HOST, REGION, SECRET_KEY

# Nothing else of the user's environment reaches a job: it would not on AWS either.
_KEPT = ("PATH", "HOME", "LANG", "TZ")
_S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"


def spark_confs(
    endpoint: str, jars: list[str], folder: Path, memory_mb: int, given: Mapping[str, str]
) -> dict[str, str]:
    """Spark for one machine and the local S3; ``given`` (``--conf``) is the last word.

    Two shuffle partitions, one tier of JIT and the serial collector: a job of this size is done
    before anything else pays off.
    """
    s3 = {
        "fs.s3.impl": _S3A,
        "fs.s3n.impl": _S3A,
        "fs.s3a.impl": _S3A,
        "fs.s3a.endpoint": endpoint,
        "fs.s3a.endpoint.region": REGION,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.connection.ssl.enabled": "false",
        "fs.s3a.access.key": ACCESS_KEY,
        "fs.s3a.secret.key": SECRET_KEY,
        "fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "fs.s3a.buffer.dir": str(folder / "tmp"),
        "mapreduce.fileoutputcommitter.algorithm.version": "2",
        "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    }
    return {
        "spark.master": "local[*]",
        "spark.jars": ",".join(jars),
        "spark.driver.memory": f"{memory_mb}m",
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        f" -Djava.io.tmpdir={folder / 'tmp'} -Dderby.system.home={folder / 'tmp'}",
        "spark.local.dir": str(folder / "tmp"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(folder / "tmp" / "warehouse"),
        **{f"spark.hadoop.{name}": value for name, value in s3.items()},
        **given,
    }


def event_log_confs(arguments: Mapping[str, str]) -> dict[str, str]:
    """``--enable-spark-ui`` with ``--spark-event-logs-path``: the history goes to that place."""
    place = arguments.get("--spark-event-logs-path")
    enabled = (arguments.get("--enable-spark-ui") or "").lower() == "true"
    if not place or not enabled:
        return {}
    return {"spark.eventLog.enabled": "true", "spark.eventLog.dir": place}


def conf_words(confs: Mapping[str, str]) -> list[str]:
    """Spark settings as spark-submit takes them."""
    return [word for name, value in confs.items() for word in ("--conf", f"{name}={value}")]


def submit_arguments(confs: Mapping[str, str]) -> str:
    """PYSPARK_SUBMIT_ARGS. PySpark splits it as a shell would, and ``pyspark-shell`` ends it."""
    return shlex.join([*conf_words(confs), "pyspark-shell"])


def job_environment(
    endpoint: str, folder: Path, python_path: list[str], more: Mapping[str, str]
) -> dict[str, str]:
    """The environment of the job's process."""
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": f"{HOST},localhost",
        "PYTHONPATH": os.pathsep.join(python_path),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(folder / "tmp"),
        **more,
    }


def spark_environment(java_home: Path, python: str, confs: Mapping[str, str]) -> dict[str, str]:
    """What PySpark reads besides."""
    return {
        "JAVA_HOME": str(java_home),
        "PYSPARK_PYTHON": python,
        "PYSPARK_SUBMIT_ARGS": submit_arguments(confs),
        "SPARK_LOCAL_IP": HOST,
    }
