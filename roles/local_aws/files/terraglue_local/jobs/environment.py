# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the job's process sees: environment variables and Spark settings. Pure."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from .. import ACCESS_KEY, HOST, REGION, SECRET_KEY

# Nothing else of the user's environment reaches a job: it would not on AWS either.
_KEPT = ("PATH", "HOME", "LANG", "TZ")
_S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"
KEY_IN_AGENT = re.compile(r"\bterraglue-kms=([^\s,]+)")
LOG4J_FILE = "log4j2.properties"
# What Spark itself says goes where the Glue logger's lines go, in their form: "Logging for AWS Glue
# jobs". The two classes that are silenced speak in every run, of what no run needs.
_LOG4J = """\
rootLogger.level = warn
rootLogger.appenderRef.log.ref = log
appender.log.type = File
appender.log.name = log
appender.log.fileName = {file}
appender.log.append = true
appender.log.layout.type = PatternLayout
appender.log.layout.pattern = %d{{yyyy-MM-dd HH:mm:ss,SSS}}{{UTC}} %p %c{{1}}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.metrics.name = org.apache.hadoop.metrics2.impl.MetricsConfig
logger.metrics.level = error
"""


def log4j_properties(log: Path) -> str:
    """How Spark logs, to the end of a file that others write to, too."""
    return _LOG4J.format(file=log)


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
        f' "-Djava.io.tmpdir={folder / "tmp"}" "-Dderby.system.home={folder / "tmp"}"'
        f' "-Dlog4j2.configurationFile={(folder / LOG4J_FILE).as_uri()}"',
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


def encryption_confs(mode: str, key: str) -> dict[str, str]:
    """S3Encryption of a security configuration: how all that Spark writes to S3 is encrypted.

    AWS's SDK for Java, version 1, refuses to name a KMS key where there is no TLS, as here. So the
    key is told in the name that the client gives itself, by which the local S3 encrypts.
    """
    if mode == "SSE-S3":
        return {"spark.hadoop.fs.s3a.encryption.algorithm": "AES256"}
    if mode == "SSE-KMS":
        return {"spark.hadoop.fs.s3a.user.agent.prefix": f"terraglue-kms={key}"}
    return {}


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
        # As a setting of Spark it would be warned of in every run.
        "SPARK_LOCAL_DIRS": str(folder / "tmp"),
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
