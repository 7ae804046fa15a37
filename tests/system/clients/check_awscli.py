# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AWS command line interface: files, the catalog, queries."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

AWS = Path(sys.executable).parent / "aws"
BUCKET = "awscli"
DATABASE = "awscli_db"


def run(*words: str, code: int = 0) -> str:
    """What a command prints; with the code of a failure, what it says of that."""
    done = subprocess.run(
        [str(AWS), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr if code else done.stdout


def ask(*words: str) -> Any:
    """The JSON that a command prints."""
    return json.loads(run(*words, "--output", "json"))


@pytest.fixture(scope="module", autouse=True)
def bucket() -> None:
    assert run("s3", "mb", f"s3://{BUCKET}") == f"make_bucket: {BUCKET}\n"


def keys(prefix: str) -> list[str]:
    listed = run("s3", "ls", f"s3://{BUCKET}/{prefix}", "--recursive")
    return [line.split(maxsplit=3)[3] for line in listed.splitlines()]


def check_files(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large"
    small.write_text("id,name\n1,a\n")
    # Over the 8 MB from which it uploads in parts, and no part like another.
    large.write_bytes(b"".join(number.to_bytes(4, "big") for number in range(2_500_000)))
    for file in (small, large):
        run("s3", "cp", str(file), f"s3://{BUCKET}/files/", "--no-progress")
    assert keys("files/") == ["files/large", "files/small.csv"]
    run("s3", "cp", f"s3://{BUCKET}/files/large", str(tmp_path / "back"), "--no-progress")
    assert (tmp_path / "back").read_bytes() == large.read_bytes()
    shown = run("s3", "ls", f"s3://{BUCKET}/", "--summarize", "--recursive")
    assert "Total Objects: 2" in shown and "Total Size: 10000012" in shown
    assert run("s3", "ls", f"s3://{BUCKET}/").split() == ["PRE", "files/"]
    assert run("s3", "cp", f"s3://{BUCKET}/files/small.csv", "-") == "id,name\n1,a\n"
    run("s3", "mv", f"s3://{BUCKET}/files/large", f"s3://{BUCKET}/moved/é ü")
    assert keys("") == ["files/small.csv", "moved/é ü"]
    run("s3", "rm", f"s3://{BUCKET}/moved/é ü")
    assert "404" in run("s3", "cp", f"s3://{BUCKET}/moved/é ü", "-", code=1)


def check_sync(tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    (there / "sub").mkdir(parents=True)
    (there / "a").write_text("a")
    (there / "sub" / "b").write_text("b")
    place = f"s3://{BUCKET}/sync"
    first = run("s3", "sync", str(there), place, "--no-progress")
    assert len(first.splitlines()) == 2
    assert run("s3", "sync", str(there), place) == ""
    (there / "a").write_text("longer")
    (there / "sub" / "b").unlink()
    second = run("s3", "sync", str(there), place, "--delete", "--no-progress").splitlines()
    assert sorted(line.split(":")[0] for line in second) == ["delete", "upload"]
    run("s3", "sync", place, str(back))
    assert [(path.name, path.read_text()) for path in back.rglob("*")] == [("a", "longer")]
    run("s3", "rm", place, "--recursive")
    # Nothing below a prefix is a failure to it.
    assert run("s3", "ls", f"{place}/", code=1) == ""


def check_the_catalog(tmp_path: Path) -> None:
    table = {
        "Name": "orders",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"skip.header.line.count": "1"},
        "PartitionKeys": [{"Name": "day", "Type": "date"}],
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "string"}],
            "Location": f"s3://{BUCKET}/orders/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            },
        },
    }
    (tmp_path / "table.json").write_text(json.dumps(table))
    of_table = ("--database-name", DATABASE, "--table-name", "orders")
    create = ("glue", "create-table", "--database-name", DATABASE)
    given = ("--table-input", f"file://{tmp_path}/table.json")
    run("glue", "create-database", "--database-input", f"Name={DATABASE}")
    run(*create, *given)
    assert "(AlreadyExistsException)" in run(*create, *given, code=255)
    assert DATABASE in ask("glue", "get-databases", "--query", "DatabaseList[].Name")
    (found,) = ask("glue", "get-tables", "--database-name", DATABASE)["TableList"]
    assert {name: found[name] for name in table if name != "StorageDescriptor"} == {
        name: value for name, value in table.items() if name != "StorageDescriptor"
    }

    days = [f"2024-01-{day:02}" for day in range(1, 32)]
    inputs = [{"Values": [day]} for day in days]
    given = ("--partition-input-list", json.dumps(inputs))
    assert ask("glue", "batch-create-partition", *of_table, *given) == {"Errors": []}
    values = ("--query", "Partitions[].Values[]")
    assert sorted(ask("glue", "get-partitions", *of_table, *values)) == days
    by_pages = ask("glue", "get-partitions", *of_table, "--page-size", "10", *values)
    assert sorted(by_pages) == days
    some = ("--expression", "day BETWEEN '2024-01-02' AND '2024-01-03'")
    assert sorted(ask("glue", "get-partitions", *of_table, *some, *values)) == days[1:3]
    # Segments, as Spark's and Trino's readers share the work: together everything, nothing twice.
    parts: list[str] = []
    for number in range(2):
        segment = ("--segment", f"SegmentNumber={number},TotalSegments=2")
        parts += ask("glue", "get-partitions", *of_table, *segment, *values)
    assert sorted(parts) == days
    several = ("--partitions-to-get", "Values=2024-01-05", "Values=2023-01-01")
    some_found = ask("glue", "batch-get-partition", *of_table, *several)
    assert [one["Values"] for one in some_found["Partitions"]] == [["2024-01-05"]]

    statistics = {
        "ColumnName": "id",
        "ColumnType": "string",
        "AnalyzedTime": 1704067200,
        "StatisticsData": {
            "Type": "STRING",
            "StringColumnStatisticsData": {
                "MaximumLength": 9,
                "AverageLength": 4.5,
                "NumberOfNulls": 1,
                "NumberOfDistinctValues": 7,
            },
        },
    }
    for kind, of in (
        ("table", of_table),
        ("partition", (*of_table, "--partition-values", "2024-01-05")),
    ):
        given = ("--column-statistics-list", json.dumps([statistics]))
        run("glue", f"update-column-statistics-for-{kind}", *of, *given)
        read = ask("glue", f"get-column-statistics-for-{kind}", *of, "--column-names", "id")
        (kept,) = read["ColumnStatisticsList"]
        assert kept["StatisticsData"] == statistics["StatisticsData"], kind

    changed = json.dumps({**table, "Description": "new"})
    run("glue", "update-table", "--database-name", DATABASE, "--table-input", changed)
    versions = ask("glue", "get-table-versions", *of_table, "--query", "TableVersions[].VersionId")
    assert versions == ["1", "0"]

    missing = ("glue", "get-table", "--database-name", DATABASE, "--name", "absent")
    assert "(EntityNotFoundException)" in run(*missing, code=255)
    assert ask("glue", "list-jobs") == {"JobNames": []}
    command = "Name=glueetl,ScriptLocation=s3://b/k"
    run("glue", "create-job", "--name", "cli", "--role", "r", "--command", command)
    assert ask("glue", "list-jobs") == {"JobNames": ["cli"]}
    run("glue", "delete-job", "--job-name", "cli")
    run("glue", "delete-database", "--name", DATABASE)
    gone = ("glue", "get-tables", "--database-name", DATABASE)
    assert "(EntityNotFoundException)" in run(*gone, code=255)


def check_a_query() -> None:
    given = ("--result-configuration", f"OutputLocation=s3://{BUCKET}/results/")
    sql = "SELECT n, IF(n > 1, 'é, \"x\"') AS text FROM UNNEST(sequence(1, 3)) AS t (n)"
    start = ("athena", "start-query-execution", "--query-string")
    identity = ask(*start, sql, *given)["QueryExecutionId"]
    of_query = ("--query-execution-id", identity)
    deadline = time.monotonic() + 120
    while True:
        execution = ask("athena", "get-query-execution", *of_query)["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            break
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert execution["Status"]["State"] == "SUCCEEDED", execution
    assert execution["StatementType"] == "DML" and execution["Query"] == sql

    rows = ("--query", "ResultSet.Rows[].Data[].VarCharValue")
    text = 'é, "x"'
    values = ask("athena", "get-query-results", *of_query, *rows)
    assert values == ["n", "text", "1", "2", text, "3", text]
    location = execution["ResultConfiguration"]["OutputLocation"]
    content = '"n","text"\n"1",\n"2","é, ""x"""\n"3","é, ""x"""\n'
    assert run("s3", "cp", location, "-") == content
    assert ask("athena", "list-query-executions")["QueryExecutionIds"] == [identity]
    several = ask("athena", "batch-get-query-execution", "--query-execution-ids", identity, "x")
    assert [one["Query"] for one in several["QueryExecutions"]] == [sql]
    assert [one["QueryExecutionId"] for one in several["UnprocessedQueryExecutionIds"]] == ["x"]
    wrong = run(*start, "SELECT FROM", *given, code=255)
    assert "(InvalidRequestException)" in wrong and "mismatched input" in wrong


def check_lists_of_athena() -> None:
    run("athena", "create-work-group", "--name", "awscli")
    names = ask("athena", "list-work-groups", "--query", "WorkGroups[].Name")
    assert {"awscli", "primary"} <= set(names)
    catalogs = ask("athena", "list-data-catalogs")["DataCatalogsSummary"]
    assert [(one["CatalogName"], one["Type"]) for one in catalogs] == [("AwsDataCatalog", "GLUE")]
    of_group = ("--work-group", "awscli")
    named = ("--name", "one", "--database", "default", "--query-string", "SELECT 1")
    identity = ask("athena", "create-named-query", *named, *of_group)["NamedQueryId"]
    listed = ask("athena", "list-named-queries", *of_group)
    assert listed["NamedQueryIds"] == [identity]
    prepared = ("--statement-name", "two", "--query-statement", "SELECT ?")
    run("athena", "create-prepared-statement", *prepared, *of_group)
    query = "PreparedStatements[].StatementName"
    assert ask("athena", "list-prepared-statements", *of_group, "--query", query) == ["two"]
    of_catalog = ("--catalog-name", "AwsDataCatalog")
    assert isinstance(ask("athena", "list-databases", *of_catalog)["DatabaseList"], list)
    engines = ask("athena", "list-engine-versions", "--query", "EngineVersions[0].*")
    assert set(engines) == {"AUTO", "Athena engine version 3"}
    delete = ("athena", "delete-work-group", "--work-group", "awscli")
    assert "is not empty" in run(*delete, code=255)
    run(*delete, "--recursive-delete-option")
