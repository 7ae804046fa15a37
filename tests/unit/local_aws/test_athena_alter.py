# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ALTER and DROP VIEW through the API, as the catalog shows them afterwards; SearchTables."""

from __future__ import annotations

import time

from .conftest import LocalAws


def _run(aws: LocalAws, name: str, sql: str) -> str:
    """The state of the query, and why."""
    athena = aws.client("athena")
    identity = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": name},
        ResultConfiguration={"OutputLocation": f"s3://{name}/r"},
    )["QueryExecutionId"]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            return f"{status['State']} {status.get('StateChangeReason', '')}".strip()
        time.sleep(0.02)
    raise AssertionError(f"no end: {sql}")


def test_alter(aws: LocalAws, name: str) -> None:
    aws.client("s3").create_bucket(Bucket=name)
    glue = aws.client("glue")
    for sql in (
        f"CREATE DATABASE {name}",
        f"CREATE EXTERNAL TABLE t (a int) PARTITIONED BY (p string) LOCATION 's3://{name}/t/'",
        "ALTER TABLE t ADD COLUMNS (b string COMMENT 'x')",
        "ALTER TABLE t CHANGE COLUMN a c bigint",
        "ALTER TABLE t ADD PARTITION (p = '1')",
        "ALTER TABLE t PARTITION (p = '1') RENAME TO PARTITION (p = '2')",
        f"ALTER TABLE t PARTITION (p = '2') SET LOCATION 's3://{name}/else/'",
        "ALTER TABLE t SET TBLPROPERTIES ('k' = 'v')",
        f"ALTER TABLE t SET LOCATION 's3://{name}/n/'",
        f"ALTER DATABASE {name} SET DBPROPERTIES ('o' = 'me')",
        "DROP VIEW IF EXISTS v",
    ):
        assert _run(aws, name, sql) == "SUCCEEDED", sql
    table = glue.get_table(DatabaseName=name, Name="t")["Table"]
    storage = table["StorageDescriptor"]
    assert storage["Location"] == f"s3://{name}/n" and table["Parameters"]["k"] == "v"
    assert storage["Columns"] == [
        {"Name": "c", "Type": "bigint"},
        {"Name": "b", "Type": "string", "Comment": "x"},
    ]
    (partition,) = glue.get_partitions(DatabaseName=name, TableName="t")["Partitions"]
    assert partition["Values"] == ["2"]
    assert partition["StorageDescriptor"]["Location"] == f"s3://{name}/else"
    assert glue.get_database(Name=name)["Database"]["Parameters"] == {"o": "me"}
    assert _run(aws, name, "DROP VIEW t").startswith("FAILED")
    assert _run(aws, name, "ALTER TABLE t CHANGE COLUMN gone x int").startswith("FAILED")
    assert _run(aws, name, "ALTER TABLE t ADD COLUMNS (p int)").startswith("FAILED")

    chosen = {"Key": "DatabaseName", "Value": name}
    found = glue.search_tables(SearchText="T", Filters=[chosen])["TableList"]
    assert [one["Name"] for one in found] == ["t"]
    assert glue.search_tables(SearchText='"x"', Filters=[chosen])["TableList"] == []
