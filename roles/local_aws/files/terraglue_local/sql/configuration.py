# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files and the command that Trino is started with. Pure.

Reference: Trino 435, "Deploying Trino" and "Hive connector".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .. import HOST, REGION, SECRET_KEY

CATALOG = "awsdatacatalog"
# By this the layer knows the engine's calls of the Glue catalog from all others.
ENGINES_KEY = "sql-engine"
# Of the heap: what one query may hold, and what is left for what Trino does not count.
_QUERY_PART = 0.3
_HEADROOM_PART = 0.1
_CODE_MB = 256
# Heap below which it does not come up, and what the process takes besides its heap.
LEAST_MB = 320
BESIDES_MB = 200


def _properties(values: Mapping[str, object]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


def files(port: int, endpoint: str, memory_mb: int) -> dict[str, str]:
    """Path below the engine's folder → content. ``endpoint`` is the local AWS's own."""
    query = f"{int(memory_mb * _QUERY_PART)}MB"
    server = {
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "http-server.http.port": port,
        "discovery.uri": f"http://{HOST}:{port}",
        # Without it Trino listens on every address of the machine.
        "node.bind-ip": HOST,
        "node.internal-address": HOST,
        "node.environment": "local",
        "query.max-memory": query,
        "query.max-memory-per-node": query,
        "memory.heap-headroom-per-node": f"{int(memory_mb * _HEADROOM_PART)}MB",
        # Nobody looks at old queries here, and each holds memory.
        "query.max-history": 20,
        "query.min-expire-age": "10s",
        "web-ui.enabled": "false",
    }
    catalog = {
        "connector.name": "hive",
        "hive.metastore": "glue",
        "hive.metastore.glue.region": REGION,
        "hive.metastore.glue.endpoint-url": endpoint,
        "hive.metastore.glue.aws-access-key": ENGINES_KEY,
        "hive.metastore.glue.aws-secret-key": SECRET_KEY,
        # Athena has none: CREATE TABLE AS names its place, or it is told one.
        "hive.metastore.glue.default-warehouse-dir": "s3://no-default-warehouse/",
        "fs.native-s3.enabled": "true",
        "fs.hadoop.enabled": "false",
        "s3.endpoint": endpoint,
        "s3.region": REGION,
        "s3.path-style-access": "true",
        "s3.aws-access-key": ENGINES_KEY,
        "s3.aws-secret-key": SECRET_KEY,
        "hive.non-managed-table-writes-enabled": "true",
        "hive.security": "allow-all",
        "hive.partition-projection-enabled": "true",
        # Athena reads all that lies below a table's location.
        "hive.recursive-directories": "true",
        # What Athena writes when a statement does not say.
        "hive.compression-codec": "GZIP",
    }
    return {
        "etc/config.properties": _properties(server),
        "etc/log.properties": _properties({"io.trino": "WARN", "io.airlift": "WARN"}),
        f"etc/catalog/{CATALOG}.properties": _properties(catalog),
    }


def _java(home: Path, memory_mb: int) -> list[str]:
    """One tier of JIT and the serial collector: quick to start, small, and enough for one person."""
    return [
        str(home / "bin" / "java"),
        f"-Xmx{memory_mb}m",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        # Every expression is compiled: the 48 MB of one tier are full after some hundred statements,
        # and then nothing is answered any more. It takes what it needs, no more.
        f"-XX:ReservedCodeCacheSize={_CODE_MB}m",
    ]


def _class_path(jars: Path) -> str:
    """Every jar by its name: an archive of classes holds for exactly this text."""
    return ":".join(sorted(map(str, (jars / "lib").glob("*.jar"))))


def command(home: Path, jars: Path, folder: Path, memory_mb: int, archive: Path) -> list[str]:
    """What starts Trino in its folder. Without an archive it notes the classes for one."""
    if archive.exists():
        sharing = f"-XX:SharedArchiveFile={archive}"
    else:
        sharing = f"-XX:DumpLoadedClassList={class_list(folder)}"
    return [
        *_java(home, memory_mb),
        sharing,
        # A query that needs more than there is must not leave a Trino that cannot answer.
        "-XX:+ExitOnOutOfMemoryError",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        "-cp",
        _class_path(jars),
        f"-Dnode.data-dir={folder / 'data'}",
        "-Dconfig=etc/config.properties",
        "-Dlog.levels-file=etc/log.properties",
        "io.trino.server.TrinoServer",
    ]


def class_list(folder: Path) -> Path:
    """Where a Trino without an archive notes the classes that it loads."""
    return folder / "classes.lst"


def archiving(home: Path, jars: Path, folder: Path, memory_mb: int, archive: Path) -> list[str]:
    """What makes an archive of the classes that a running Trino has noted."""
    return [
        *_java(home, memory_mb),
        "-Xshare:dump",
        f"-XX:SharedClassListFile={class_list(folder)}",
        f"-XX:SharedArchiveFile={archive}",
        "-cp",
        _class_path(jars),
    ]
