# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries on the local AWS: the engine's start, what the API adds to it, and many at once."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from job import LAYER, memory_in
from measuring import client, highest

BUCKET, DATABASE, ROWS = "bench-queries", "bench", 100_000
GROUP_BY = "SELECT city, count(*), sum(amount) FROM orders GROUP BY city"
# From next to nothing to what reads, joins, sorts and answers with a thousand rows.
STATEMENTS = (
    "SELECT 1",
    "SELECT count(*) FROM orders",
    GROUP_BY,
    "SELECT * FROM orders WHERE id < 1000 ORDER BY id",
    "SELECT a.city, max(b.amount) FROM orders a JOIN orders b ON a.id = b.id GROUP BY a.city",
    "SELECT json_extract_scalar('{\"a\": 1}', '$.a')",
)
_POLL_SECONDS = 0.01


class Figures(NamedTuple):
    """Seconds, and MiB of all processes of the engine.

    ``cold`` and ``warm``: the first query of a local AWS, without and with an archive of classes.
    ``added``: what the API adds to a statement, at the median. ``lost``: queries without their answer.
    """

    cold: float
    warm: float
    memory: float
    added: float
    straight: float
    group_by: float
    many: float
    most_memory: float
    lost: int


class Lab:
    """A table of 100,000 rows of CSV on a local AWS."""

    def __init__(self, endpoint: str, state: Path) -> None:
        self.athena, self.engine = client("athena", endpoint), state / "tmp" / "sql-engine"
        self.place = {"OutputLocation": f"s3://{BUCKET}/results/"}

    def fill(self, endpoint: str) -> None:
        """Make the table."""
        s3 = client("s3", endpoint)
        s3.create_bucket(Bucket=BUCKET)
        lines = (f"{n},city {n % 97},{n % 1000}.{n % 100:02}\n" for n in range(ROWS))
        s3.put_object(Bucket=BUCKET, Key="orders/all.csv", Body="".join(lines).encode())
        self.answer(f"CREATE DATABASE {DATABASE}")
        self.answer(
            "CREATE EXTERNAL TABLE orders (id bigint, city string, amount double) ROW FORMAT"
            f" DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://{BUCKET}/orders/'"
        )

    def answer(self, sql: str) -> list[list[str]]:
        """The first page of a statement's rows; ends the benchmark when it fails."""
        context = {"Database": DATABASE}
        query = self.athena.start_query_execution(
            QueryString=sql, QueryExecutionContext=context, ResultConfiguration=self.place
        )["QueryExecutionId"]
        while True:
            found = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if "CompletionDateTime" in found["Status"]:
                break
            time.sleep(_POLL_SECONDS)
        if found["Status"]["State"] != "SUCCEEDED":
            sys.exit(f"{sql}\n{found['Status']}")
        rows = self.athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]

    def timed(self, sql: str) -> float:
        """Seconds of a statement through the API."""
        began = time.perf_counter()
        self.answer(sql)
        return time.perf_counter() - began

    def straight(self, sql: str) -> float:
        """Seconds of a statement sent to the engine itself."""
        from trino.dbapi import connect

        (settings,) = self.engine.glob("*/etc/config.properties")
        lines = settings.read_text(encoding="utf-8").splitlines()
        port = next(one.partition("=")[2] for one in lines if one.startswith("http-server.http.p"))
        began = time.perf_counter()
        connection = connect(
            "127.0.0.1", int(port), "bench", catalog="awsdatacatalog", schema=DATABASE
        )
        connection.cursor().execute(sql).fetchall()
        return time.perf_counter() - began

    def many(self, clients: int, count: int) -> int:
        """So many different queries by so many clients at once; how many lack the right answer."""

        def one(number: int) -> bool:
            sql = f"SELECT count(*) + {number} FROM orders WHERE id < {number}"
            return self.answer(sql)[1:] == [[str(2 * number)]]

        with ThreadPoolExecutor(clients) as pool:
            return list(pool.map(one, range(count))).count(False)


def users_cache() -> Path:
    """Where the engines of this user are kept."""
    sys.path.insert(0, str(LAYER))
    from terraglue_local.engines.settings import Settings

    return Path(Settings().cache)


def measured(
    endpoint: str, state: Path, launcher: list[str], place: list[str], repeat: int
) -> Figures:
    """All figures. ``launcher VERB place`` is the command that stops and starts the local AWS."""
    lab = Lab(endpoint, state)
    lab.fill(endpoint)
    cold = lab.timed("SELECT 1")
    _until_archived(state)
    for verb in ("stop", "start"):
        subprocess.run([*launcher, verb, *place], check=True, capture_output=True)
    warm = lab.timed("SELECT 1")
    for sql in STATEMENTS:
        lab.timed(sql)
    by_api: list[float] = []
    alone: list[float] = []
    for dummy in range(5 * repeat):
        for sql in STATEMENTS:
            alone.append(lab.straight(sql))
            by_api.append(lab.timed(sql))
    memory = memory_in(lab.engine)
    began = time.perf_counter()
    with highest(lambda: memory_in(lab.engine), 0.2) as most:
        lost = lab.many(8, 200)
    seconds = time.perf_counter() - began
    return Figures(
        cold=cold,
        warm=warm,
        memory=memory,
        added=statistics.median(one - two for one, two in zip(by_api, alone)),
        straight=statistics.median(alone),
        group_by=statistics.median(lab.timed(GROUP_BY) for dummy in range(3 * repeat)),
        many=seconds,
        most_memory=most[0],
        lost=lost,
    )


def _until_archived(state: Path) -> None:
    """Wait for the archive of classes, which is made when the engine has nothing to do."""
    cache = Path(json.loads((state / "settings.json").read_text(encoding="utf-8"))["cache_dir"])
    deadline = time.monotonic() + 180
    while not any((cache / "cds").glob("*.jsa")):
        if time.monotonic() > deadline:
            sys.exit("No archive of classes was made.")
        time.sleep(1)
