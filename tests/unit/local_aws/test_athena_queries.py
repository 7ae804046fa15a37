# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries and DDL as Athena documents them, over files as each SerDe reads them."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import LocalAws, error_code

OPEN_CSV = "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'"
JSON = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
COMMAS = "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"
SKIP = "TBLPROPERTIES ('skip.header.line.count'='1')"
TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."


class Lab:
    """A bucket, a workgroup that writes into it and a database, all of one name."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        self.athena, self.s3, self.glue = (aws.client(one) for one in ("athena", "s3", "glue"))
        self.name = name
        self.s3.create_bucket(Bucket=name)
        location = {"OutputLocation": f"s3://{name}/results/"}
        configuration = {"ResultConfiguration": location}
        self.athena.create_work_group(Name=name, Configuration=configuration)
        self.glue.create_database(DatabaseInput={"Name": name})

    def put(self, key: str, content: str | bytes) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.s3.put_object(Bucket=self.name, Key=key, Body=body)

    def start(self, sql: str, **more: Any) -> str:
        arguments: dict[str, Any] = {
            "QueryString": sql.replace("LAB", self.name),
            "WorkGroup": self.name,
            "QueryExecutionContext": {"Database": self.name},
            **more,
        }
        return str(self.athena.start_query_execution(**arguments)["QueryExecutionId"])

    def ended(self, identity: str) -> dict[str, Any]:
        """The execution when it has ended."""
        deadline = time.monotonic() + 240  # the first query gets the engine
        while time.monotonic() < deadline:
            execution = self.athena.get_query_execution(QueryExecutionId=identity)
            if execution["QueryExecution"]["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return dict(execution["QueryExecution"])
            time.sleep(0.01)
        raise AssertionError("the query does not end")

    def run(self, sql: str, **more: Any) -> dict[str, Any]:
        """The execution of a statement that succeeds."""
        execution = self.ended(self.start(sql, **more))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        return execution

    def reason(self, sql: str) -> str:
        """Why a statement fails, with LAB for the lab's name."""
        status = self.ended(self.start(sql))["Status"]
        assert status["State"] == "FAILED"
        assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
        return str(status["StateChangeReason"]).replace(self.name, "LAB")

    def results(self, identity: str, **more: Any) -> tuple[list[list[str | None]], dict[str, Any]]:
        """(rows of one page, the answer)"""
        answer = self.athena.get_query_results(QueryExecutionId=identity, **more)
        rows = answer["ResultSet"]["Rows"]
        return [[one.get("VarCharValue") for one in row["Data"]] for row in rows], answer

    def rows(self, sql: str, **more: Any) -> list[list[str | None]]:
        """The rows of a SELECT, without the header."""
        rows, dummy = self.results(self.run(sql, **more)["QueryExecutionId"])
        return rows[1:]


@pytest.fixture
def lab(aws: LocalAws, name: str) -> Iterator[Lab]:
    yield Lab(aws, name)


# --- files --------------------------------------------------------------------------------------


def test_quoted_csv(lab: Lab) -> None:
    """An empty cell is '', a missing one NULL; quotes, doubled ones and escapes are taken away."""
    lab.put(
        "t/a.csv",
        'id,text,third\r\n"1","a,b","say ""hi"""\n2,,x\n3,only\n"4","back\\"slash\\\\","é","extra"',
    )
    columns = "id string, text string, third string"
    lab.run(f"CREATE EXTERNAL TABLE t ({columns}) {OPEN_CSV} LOCATION 's3://LAB/t/' {SKIP}")
    assert lab.rows("SELECT * FROM t ORDER BY id") == [
        ["1", "a,b", 'say "hi"'],
        ["2", "", "x"],
        ["3", "only", None],
        ["4", 'back"slash\\', "é"],
    ]


def test_line_breaks_in_quotes_split_rows(lab: Lab) -> None:
    lab.put("t/a.csv", '1,"two\nlines"\n3,three\n')
    lab.run(f"CREATE EXTERNAL TABLE t (a string, b string) {OPEN_CSV} LOCATION 's3://LAB/t/'")
    assert lab.rows("SELECT count(*) FROM t") == [["3"]]


def test_typed_delimited_text(lab: Lab) -> None:
    """Numbers that are none are NULL, '' stays '' for strings, \\N is NULL, quotes are text."""
    lab.put(
        "t/a.csv",
        "n,x,d,b,day,at,s\n"
        '9223372036854775807,1.5,10.10,TRUE,2024-02-29,2024-01-02 03:04:05.678,"q"\n'
        ",,,,,,\n"
        "1e3,one,1,yes,2024,noon,\\N\n",
    )
    lab.run(
        "CREATE EXTERNAL TABLE t (n bigint, x double, d decimal(6,2), b boolean, day date,"
        f" at timestamp, s string) {COMMAS} LOCATION 's3://LAB/t/' {SKIP}"
    )
    execution = lab.run("SELECT * FROM t")
    rows, answer = lab.results(execution["QueryExecutionId"])
    assert rows[1:] == [
        ["9223372036854775807", "1.5", "10.10", "true"]
        + ["2024-02-29", "2024-01-02 03:04:05.678", '"q"'],
        [None] * 6 + [""],
        [None, None, "1.00", None, None, None, None],
    ]
    info = answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(one["Name"], one["Type"], one["Precision"], one["Scale"]) for one in info] == [
        ("n", "bigint", 19, 0),
        ("x", "double", 17, 0),
        ("d", "decimal", 6, 2),
        ("b", "boolean", 0, 0),
        ("day", "date", 0, 0),
        ("at", "timestamp", 3, 0),
        ("s", "varchar", 2147483647, 0),
    ]


def test_typed_quoted_csv(lab: Lab) -> None:
    """Numbers as they are, dates as days and timestamps as milliseconds since 1970."""
    lab.put("t/day=2024-02-29/a.csv", '"1","1.50","19723","1704067200123","TRUE","a,b"\n"2"\n')
    columns = "n int, x decimal(6,2), d date, at timestamp, ok boolean, s string"
    lab.run(
        f"CREATE EXTERNAL TABLE t ({columns}) PARTITIONED BY (day date) {OPEN_CSV}"
        " LOCATION 's3://LAB/t/'"
    )
    lab.run("MSCK REPAIR TABLE t")
    # 19,723 days and 1,704,067,200 seconds after 1970 are both the first day of 2024.
    assert lab.rows("SELECT * FROM t WHERE day = DATE '2024-02-29' ORDER BY n") == [
        ["1", "1.50", "2024-01-01", "2024-01-01 00:00:00.123", "true", "a,b", "2024-02-29"],
        ["2", None, None, None, None, None, "2024-02-29"],
    ]
    assert lab.rows("SELECT sum(n), max(x) FROM t WHERE d > DATE '2023-12-31'") == [["1", "1.50"]]
    # Everybody else sees the table as it is.
    table = lab.glue.get_table(DatabaseName=lab.name, Name="t")["Table"]
    assert table["TableType"] == "EXTERNAL_TABLE"
    shown, dummy = lab.results(lab.run("DESCRIBE t")["QueryExecutionId"])
    assert shown[0][0].split()[:2] == ["n", "int"]
    lab.put("t/day=2024-02-29/b.csv", '""\n')
    assert "Cannot cast '' to INT" in lab.reason("SELECT sum(n) FROM t")


def test_json_lines(lab: Lab) -> None:
    lab.put(
        "t/a.json",
        '{"ID": 12345678901234567890123, "tags": ["a", null], "at": {"x": 1}, "ok": true}\n'
        '{"id": null, "tags": [], "at": {"x": 2, "y": "é"}}\n',
    )
    columns = "id string, tags array<string>, at struct<x:int,y:string>, ok boolean"
    lab.run(f"CREATE EXTERNAL TABLE t ({columns}) {JSON} LOCATION 's3://LAB/t/'")
    assert lab.rows("SELECT * FROM t ORDER BY id") == [
        ["12345678901234567890123", "[a, null]", "{x=1, y=null}", "true"],
        [None, "[]", "{x=2, y=é}", None],
    ]
    lab.put("t/b.json", '{"id": \n')
    assert lab.reason("SELECT * FROM t").startswith("HIVE_CURSOR_ERROR: ")


def test_all_files_but_hidden_ones_are_one_table(lab: Lab) -> None:
    """Headers are skipped in each, compressed ones are unpacked, what is read is counted."""
    packed = gzip.compress(b"n\n3\n")
    lab.put("t/a.csv", "n\n1\n2\n")
    lab.put("t/deeper/b.csv.gz", packed)
    lab.put("t/_SUCCESS", "n\n4\n")
    lab.put("t/.hidden/c.csv", "n\n5\n")
    lab.put("table/d.csv", "n\n6\n")  # begins with the same letter only
    lab.run(f"CREATE EXTERNAL TABLE t (n int) {COMMAS} LOCATION 's3://LAB/t' {SKIP}")
    execution = lab.run("SELECT n FROM t ORDER BY n")
    rows, dummy = lab.results(execution["QueryExecutionId"])
    assert rows[1:] == [["1"], ["2"], ["3"]]
    assert execution["Statistics"]["DataScannedInBytes"] == len("n\n1\n2\n") + len(packed)


def test_a_table_without_files_has_no_rows(lab: Lab) -> None:
    lab.run(f"CREATE EXTERNAL TABLE t (n int) {COMMAS} LOCATION 's3://LAB/nothing/'")
    assert lab.rows("SELECT n FROM t") == []


def test_partitions_are_seen_when_they_are_registered(lab: Lab) -> None:
    lab.put("t/day=2024-01-01/kind=a%2Fb/x.csv", "1\n")
    lab.put("t/day=2024-01-02/kind=c/x.csv", "2\n")
    lab.put("other/x.csv", "3\n")
    lab.run(
        "CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (day date, kind string)"
        f" {COMMAS} LOCATION 's3://LAB/t/'"
    )
    assert lab.rows("SELECT * FROM t") == []
    printed, dummy = lab.results(lab.run("MSCK REPAIR TABLE t")["QueryExecutionId"])
    names = ["t:day=2024-01-01/kind=a%2Fb", "t:day=2024-01-02/kind=c"]
    assert printed == [
        ["Partitions not in metastore:\t" + "\t".join(names)],
        [f"Repair: Added partition to metastore {names[0]}"],
        [f"Repair: Added partition to metastore {names[1]}"],
    ]
    assert lab.results(lab.run("MSCK REPAIR TABLE t")["QueryExecutionId"])[0] == []
    lab.run(
        "ALTER TABLE t ADD IF NOT EXISTS PARTITION (day='2024-01-02', kind='c')"
        " PARTITION (kind='e', day='2024-01-03') LOCATION 's3://LAB/other/'"
    )
    assert lab.rows("SELECT * FROM t ORDER BY n") == [
        ["1", "2024-01-01", "a/b"],
        ["2", "2024-01-02", "c"],
        ["3", "2024-01-03", "e"],
    ]
    assert lab.rows("SELECT n FROM t WHERE day > DATE '2024-01-02'") == [["3"]]
    lab.run("ALTER TABLE t DROP PARTITION (day='2024-01-01', kind='a/b')")
    assert lab.rows("SELECT count(*) FROM t") == [["2"]]


def test_rendering(lab: Lab) -> None:
    sql = """SELECT 1e0, 1e7, 12345678.9e0, 1e-4, 0.001e0, -1.5e300, CAST('NaN' AS double), 1.50,
        7/2, true, NULL, '', DATE '2024-01-02', TIMESTAMP '2024-01-02 03:04:05', ARRAY[1, NULL]"""
    assert lab.rows(sql) == [
        ["1.0", "1.0E7", "1.23456789E7", "1.0E-4", "0.001", "-1.5E300", "NaN", "1.50"]
        + ["3", "true", None, "", "2024-01-02", "2024-01-02 03:04:05.000", "[1, null]"]
    ]


# --- the life of a query ------------------------------------------------------------------------


def test_an_execution_has_every_member(lab: Lab) -> None:
    execution = lab.run("SELECT 'a' AS a, NULL AS b, '' AS c, 'say \"hi\"' AS d, 1")
    identity = execution["QueryExecutionId"]
    location = f"s3://{lab.name}/results/{identity}.csv"
    assert execution["ResultConfiguration"]["OutputLocation"] == location
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "SELECT")
    assert execution["WorkGroup"] == lab.name
    context = {"Database": lab.name, "Catalog": "awsdatacatalog"}
    assert execution["QueryExecutionContext"] == context
    assert execution["EngineVersion"] == {
        "SelectedEngineVersion": "AUTO",
        "EffectiveEngineVersion": "Athena engine version 3",
    }
    assert execution["Status"]["CompletionDateTime"] >= execution["Status"]["SubmissionDateTime"]
    assert {"EngineExecutionTimeInMillis", "QueryQueueTimeInMillis", "DataScannedInBytes"} <= set(
        execution["Statistics"]
    )
    assert not [name for name in execution if name.startswith("_")]
    body = lab.s3.get_object(Bucket=lab.name, Key=f"results/{identity}.csv")["Body"].read()
    # NULL is nothing, an empty string is in quotes.
    assert body.decode() == '"a","b","c","d","_col4"\n"a",,"","say ""hi""","1"\n'
    assert lab.results(identity)[0][1] == ["a", None, "", 'say "hi"', "1"]
    lab.s3.delete_object(Bucket=lab.name, Key=f"results/{identity}.csv")
    gone = error_code(lab.athena.get_query_results, QueryExecutionId=identity)
    assert gone == "InvalidRequestException"


def test_pages_hold_a_thousand_rows_the_header_among_them(lab: Lab) -> None:
    lab.put("t/a.csv", "".join(f"{n}\n" for n in range(2500)))
    lab.run(f"CREATE EXTERNAL TABLE t (n int) {COMMAS} LOCATION 's3://LAB/t/'")
    identity = lab.run("SELECT n FROM t")["QueryExecutionId"]
    pages: list[list[list[str | None]]] = []
    token: dict[str, str] = {}
    while True:
        rows, answer = lab.results(identity, **token)
        pages.append(rows)
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert [len(page) for page in pages] == [1000, 1000, 501]
    assert [row for page in pages for row in page] == [["n"]] + [[str(n)] for n in range(2500)]
    assert lab.results(identity, MaxResults=2)[0] == [["n"], ["0"]]
    too_many = error_code(lab.athena.get_query_results, QueryExecutionId=identity, MaxResults=1001)
    assert too_many == "InvalidRequestException"


def test_lists_come_by_pages(lab: Lab) -> None:
    """Queries the newest first, fifty at most."""
    queries = [lab.run("SHOW DATABASES")["QueryExecutionId"] for dummy in range(52)]
    first = lab.athena.list_query_executions(WorkGroup=lab.name)
    rest = lab.athena.list_query_executions(WorkGroup=lab.name, NextToken=first["NextToken"])
    assert first["QueryExecutionIds"] + rest["QueryExecutionIds"] == queries[::-1]
    assert len(first["QueryExecutionIds"]) == 50 and "NextToken" not in rest
    batch = lab.athena.batch_get_query_execution(QueryExecutionIds=[queries[3], "nope"])
    assert [one["QueryExecutionId"] for one in batch["QueryExecutions"]] == [queries[3]]
    assert [one["QueryExecutionId"] for one in batch["UnprocessedQueryExecutionIds"]] == ["nope"]

    named: dict[str, Any] = {"WorkGroup": lab.name, "Database": lab.name, "QueryString": "SELECT 1"}
    saved = [lab.athena.create_named_query(Name=n, **named)["NamedQueryId"] for n in "ab"]
    page = lab.athena.list_named_queries(WorkGroup=lab.name, MaxResults=1)
    assert page["NamedQueryIds"] == saved[:1]
    assert not set(saved) & set(lab.athena.list_named_queries()["NamedQueryIds"])

    for name in ("q", "p"):
        lab.run(f"PREPARE {name} FROM SELECT 1")
    found = lab.athena.list_prepared_statements(WorkGroup=lab.name)["PreparedStatements"]
    assert [one["StatementName"] for one in found] == ["p", "q"]
    for call in (lab.athena.list_query_executions, lab.athena.list_prepared_statements):
        assert error_code(call, WorkGroup="nope") == "InvalidRequestException"
        assert error_code(call, WorkGroup=lab.name, NextToken="x") == "InvalidRequestException"


def test_the_enforced_location_wins(lab: Lab) -> None:
    elsewhere = {"ResultConfiguration": {"OutputLocation": f"s3://{lab.name}/mine"}}
    enforced = lab.run("SELECT 1", **elsewhere)["ResultConfiguration"]["OutputLocation"]
    assert enforced.startswith(f"s3://{lab.name}/results/")
    free = {"EnforceWorkGroupConfiguration": False}
    lab.athena.update_work_group(WorkGroup=lab.name, ConfigurationUpdates=free)
    execution = lab.run("SELECT 1", **elsewhere)
    location = f"s3://{lab.name}/mine/{execution['QueryExecutionId']}.csv"
    assert execution["ResultConfiguration"]["OutputLocation"] == location


def test_the_same_token_is_the_same_query(lab: Lab) -> None:
    token = {"ClientRequestToken": lab.name * 3}
    first = lab.start("SELECT 1", **token)
    assert lab.start("SELECT 1", **token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        lab.start("SELECT 2", **token)
    assert lab.start("SELECT 1") != first


def test_parameters_are_literals(lab: Lab) -> None:
    sql = "SELECT ?, ?, '?' -- ?"
    assert lab.rows(sql, ExecutionParameters=["'it''s ?'", "1"]) == [["it's ?", "1", "?"]]
    for parameters in (["1"], ["1", "2", "3"]):
        status = lab.ended(lab.start(sql, ExecutionParameters=parameters))["Status"]
        assert "Incorrect number of parameters" in status["StateChangeReason"]


def test_a_running_query_can_be_stopped(lab: Lab) -> None:
    lab.put("t/a.csv", "".join(f"{n}\n" for n in range(3000)))
    lab.run(f"CREATE EXTERNAL TABLE t (n int) {COMMAS} LOCATION 's3://LAB/t/'")
    identity = lab.start("SELECT count(*) FROM t a, t b, t c, t d WHERE a.n + b.n < c.n * d.n")
    time.sleep(0.1)
    running = lab.athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]
    assert running["Status"]["State"] == "RUNNING"
    lab.athena.stop_query_execution(QueryExecutionId=identity)
    execution = lab.ended(identity)
    assert execution["Status"]["State"] == "CANCELLED"
    for dummy in range(2):  # it stays so, whenever the work ends
        time.sleep(0.2)
        lab.athena.stop_query_execution(QueryExecutionId=identity)
        assert lab.ended(identity)["Status"] == execution["Status"]
    cancelled = error_code(lab.athena.get_query_results, QueryExecutionId=identity)
    assert cancelled == "InvalidRequestException"


def test_what_is_refused_at_the_start(lab: Lab, name: str) -> None:
    lab.athena.create_work_group(Name=f"{name}-bare")
    lab.athena.create_work_group(Name=f"{name}-off")
    lab.athena.update_work_group(WorkGroup=f"{name}-off", State="DISABLED")
    nowhere = {"ResultConfiguration": {"OutputLocation": "s3://no-such-bucket/"}}
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("SELECT 1", {"WorkGroup": "nope"}, "WorkGroup nope is not found."),
        ("SELECT 1", {"WorkGroup": f"{name}-off"}, "is disabled"),
        ("SELECT 1", {"WorkGroup": f"{name}-bare"}, "No output location provided."),
        ("SELECT 1", {"WorkGroup": f"{name}-bare", **nowhere}, "Unable to verify/create output"),
        ("SELEC 1", {}, "line 1:1: mismatched input 'SELEC'"),
        ("SELECT 1 FROM t WHERE", {}, "line 1:22: mismatched input '<EOF>'"),
        (" ", {}, "line 1:1: mismatched input '<EOF>'"),
        ("CREATE TABLE t (a int) LOCATION 's3://b/t/'", {}, "External keyword required"),
        ("CREATE EXTERNAL TABLE t (a int)", {}, "An S3 location must be specified"),
    ]
    for sql, more, message in cases:
        with pytest.raises(ClientError) as caught:
            lab.start(sql, **more)
        error = caught.value.response["Error"]
        assert error["Code"] == "InvalidRequestException" and message in error["Message"]


@pytest.mark.parametrize(
    "sql, reason",
    [
        (
            "SELECT nope FROM t",
            "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester is not",
        ),
        (
            "SELECT 1\nFROM\n  missing",
            "TABLE_NOT_FOUND: line 3:3: Table 'awsdatacatalog.LAB.missing' does not exist",
        ),
        ("SELECT 1 FROM no.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'no' does not exist"),
        ("SELECT f(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'f' not registered"),
        (
            "CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/'",
            f"{TASK} AlreadyExistsException(message:Table t already exists)",
        ),
        (
            "CREATE EXTERNAL TABLE u (n foo) LOCATION 's3://b/'",
            "FAILED: ParseException line 1:27 cannot recognize input near 'foo' ')' 'LOCATION'",
        ),
        ("CREATE EXTERNAL TABLE u (n int) LOCATION 'hdfs://b/'", f"{TASK} MetaException("),
        (
            "CREATE EXTERNAL TABLE no.u (n int) LOCATION 's3://b/'",
            "FAILED: SemanticException [Error 10072]: Database does not exist: no",
        ),
        (
            "CREATE EXTERNAL TABLE u (n int, N int) LOCATION 's3://b/'",
            "FAILED: SemanticException [Error 10036]: Duplicate column name: n",
        ),
        (
            "CREATE EXTERNAL TABLE u (n int) PARTITIONED BY (n int) LOCATION 's3://b/'",
            "FAILED: SemanticException [Error 10035]: Column repeated in partitioning columns",
        ),
        ("CREATE DATABASE LAB", f"{TASK} Database LAB already exists"),
        (
            "DROP DATABASE LAB",
            f"{TASK} InvalidOperationException(message:Database LAB is not empty.",
        ),
        (
            "DROP DATABASE no",
            "FAILED: SemanticException [Error 10072]: Database does not exist: no",
        ),
        (
            "DROP TABLE missing",
            "FAILED: SemanticException [Error 10001]: Table not found LAB.missing",
        ),
        ("ALTER TABLE t ADD PARTITION (a='b')", "FAILED: SemanticException table LAB.t is not"),
        ("ALTER TABLE p ADD PARTITION (day='1')", f"{TASK} AlreadyExistsException(message:Part"),
        ("ALTER TABLE p ADD PARTITION (d='1')", "FAILED: SemanticException partition spec {d=1}"),
        (
            "ALTER TABLE p DROP PARTITION (day='2')",
            "FAILED: SemanticException [Error 10006]: Partition not found (day=2)",
        ),
    ],
)
def test_reasons(shared_lab: Lab, sql: str, reason: str) -> None:
    assert shared_lab.reason(sql).startswith(reason)


@pytest.fixture(scope="module")
def shared_lab(aws: LocalAws) -> Lab:
    """Tables t and p, which statements that fail do not change."""
    lab = Lab(aws, "athenareasons")
    lab.run(f"CREATE EXTERNAL TABLE t (n int) {COMMAS} LOCATION 's3://LAB/t/'")
    lab.run("CREATE EXTERNAL TABLE p (n int) PARTITIONED BY (day string) LOCATION 's3://LAB/p/'")
    lab.run("ALTER TABLE p ADD PARTITION (day='1')")
    return lab


# --- what DDL writes ----------------------------------------------------------------------------


def test_databases_come_and_go(lab: Lab) -> None:
    other = f"{lab.name}_2"
    text = f"DATABASE IF NOT EXISTS {other} COMMENT 'Ours' LOCATION 's3://LAB/db/'"
    for dummy in range(2):
        lab.run(f"CREATE {text} WITH DBPROPERTIES ('a'='b')")
    database = lab.glue.get_database(Name=other)["Database"]
    assert {k: database[k] for k in ("Name", "Description", "LocationUri", "Parameters")} == {
        "Name": other,
        "Description": "Ours",
        "LocationUri": f"s3://{lab.name}/db/",
        "Parameters": {"a": "b"},
    }
    lab.run(f"CREATE EXTERNAL TABLE {other}.t (n int) LOCATION 's3://LAB/t/'")
    lab.run(f"DROP SCHEMA {other} CASCADE")
    lab.run(f"DROP SCHEMA IF EXISTS {other}")
    missing = error_code(lab.glue.get_table, DatabaseName=other, Name="t")
    assert missing == "EntityNotFoundException"


def test_a_table_is_what_athena_makes_of_it(lab: Lab) -> None:
    text = r"""EXTERNAL TABLE IF NOT EXISTS `T` (`Id` bigint COMMENT 'it\'s', s struct<a: int>)
        COMMENT 'Orders' PARTITIONED BY (day date COMMENT 'UTC') ROW FORMAT SERDE
        'org.apache.hadoop.hive.serde2.OpenCSVSerde' WITH SERDEPROPERTIES ('escapeChar'='\\')
        LOCATION 's3://LAB/t/' TBLPROPERTIES ('skip.header.line.count'='1')"""
    for dummy in range(2):
        execution = lab.run(f"CREATE {text}")
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DDL", "CREATE_TABLE")
    assert execution["ResultConfiguration"]["OutputLocation"].endswith(".txt")
    table = lab.glue.get_table(DatabaseName=lab.name, Name="t")["Table"]
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["Parameters"].pop("transient_lastDdlTime").isdecimal()
    assert table["Parameters"] == {
        "EXTERNAL": "TRUE",
        "comment": "Orders",
        "skip.header.line.count": "1",
    }
    assert table["PartitionKeys"] == [{"Name": "day", "Type": "date", "Comment": "UTC"}]
    storage = table["StorageDescriptor"]
    assert storage["Columns"] == [
        {"Name": "id", "Type": "bigint", "Comment": "it's"},
        {"Name": "s", "Type": "struct<a:int>"},
    ]
    assert storage["Location"] == f"s3://{lab.name}/t"
    assert storage["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "Parameters": {"serialization.format": "1", "escapeChar": "\\"},
    }
    assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert storage["NumberOfBuckets"] == -1
    lab.run("ALTER TABLE t ADD PARTITION (day='2024-01-01')")
    partition = lab.glue.get_partitions(DatabaseName=lab.name, TableName="t")["Partitions"][0]
    assert partition["Values"] == ["2024-01-01"]
    assert partition["StorageDescriptor"]["Location"] == f"s3://{lab.name}/t/day=2024-01-01"
    assert partition["StorageDescriptor"]["SerdeInfo"] == storage["SerdeInfo"]
    lab.run("DROP TABLE t")
    lab.run("DROP TABLE IF EXISTS t")


def test_the_contexts_database_may_be_quoted(lab: Lab) -> None:
    lab.run("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://LAB/t/'")
    quoted = {"Database": f"`{lab.name.upper()}`"}
    execution = lab.run("SHOW TABLES", QueryExecutionContext=quoted)
    assert execution["QueryExecutionContext"]["Database"] == lab.name
    assert lab.results(execution["QueryExecutionId"])[0] == [["t"]]
