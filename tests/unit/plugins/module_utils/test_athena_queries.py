# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import athena_queries as queries
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError


def check_each(function: Any, cases: list[tuple[Any, ...]]) -> None:
    """The last of each case is what the function answers to the others."""
    wrong = [
        (*given, f"wanted {wanted!r}, got {function(*given)!r}")
        for *given, wanted in cases
        if function(*given) != wanted
    ]
    assert wrong == []


def test_which_statements_only_read() -> None:
    reading = [
        "SELECT 1",
        " \n-- insert\n/* drop */ select 1",
        "((SELECT 1))",
        "with a as (select 1) select * from a",
        "VALUES 1",
        "SHOW TABLES",
        "DESC t",
        "EXPLAIN INSERT INTO t VALUES 1",
        "EXPLAIN ANALYZE SELECT 1",
        "explain analyze verbose select 1",
    ]
    changing = [
        "INSERT INTO t SELECT 1",
        "CREATE TABLE t AS SELECT 1",
        "UNLOAD (SELECT 1) TO 's3://b/'",
        "MSCK REPAIR TABLE t",
        "EXPLAIN ANALYZE INSERT INTO t VALUES 1",
        "EXPLAIN ANALYZE VERBOSE INSERT INTO t VALUES 1",
        "EXECUTE statement",
        "SELECTED",
        "",
        "-- SELECT",
    ]
    assert [one for one in reading if not queries.only_reads(one)] == []
    assert [one for one in changing if queries.only_reads(one)] == []


def test_literals_cannot_be_broken_out_of() -> None:
    check_each(
        queries.literal,
        [
            ("plain", "'plain'"),
            ("O'Hara' OR '1'='1", "'O''Hara'' OR ''1''=''1'"),
            ("back\\slash", "'back\\slash'"),
            ("", "''"),
            (1, "1"),
            (-1.5, "-1.5"),
            (True, "true"),
            (None, "NULL"),
        ],
    )
    with pytest.raises(TerraglueError, match="not \\['a'\\]"):
        queries.literal(["a"])


def test_the_place_in_the_query_is_marked() -> None:
    two = "SELECT a,\n\tnope\nFROM t"
    hive = "CREATE EXTERNAL TABLE t (a foo)"
    check_each(
        queries.marked,
        [
            # Trino counts columns from 1, Hive from 0.
            ("SELECT x", "COLUMN_NOT_FOUND: line 1:8: Column", "\n  SELECT x\n         ^"),
            (two, "line 2:2: no", "\n  \tnope\n  \t^"),
            (hive, "ParseException line 1:27 cannot", f"\n  {hive}\n  {' ' * 27}^"),
            ("SELECT x", "line 2:1: beyond", ""),
            ("SELECT x", "no place at all", ""),
            ("SELECT x", "baseline 1:8 is a word", ""),
        ],
    )


def _execution(**more: Any) -> dict[str, Any]:
    return {
        "QueryExecutionId": "q",
        "Query": "SELECT x",
        "StatementType": "DML",
        "WorkGroup": "lab",
        "Status": {"State": "SUCCEEDED"},
        **more,
    }


def test_a_failure_says_what_to_do() -> None:
    def said(state: str, reason: str | None) -> str:
        status = {"State": state, "StateChangeReason": reason}
        return str(queries.failure(_execution(Status=status)))

    assert said("FAILED", "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved.") == (
        "The query failed: COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved."
        "\n  SELECT x\n         ^"
    )
    assert said("FAILED", None) == "The query failed: Athena gave no reason."
    cutoff = said("CANCELLED", "Bytes scanned limit was exceeded")
    assert cutoff.startswith("The query was cancelled: Bytes scanned limit was exceeded. Read less")
    assert "catalog_bytes_scanned_cutoff" in cutoff and "workgroup lab" in cutoff
    assert "Check option database" in said("FAILED", "SCHEMA_NOT_FOUND: line 1:1: Schema 'n' …")


def test_what_a_query_costs() -> None:
    def cost(kind: str, scanned: int, state: str = "SUCCEEDED", reused: bool = False) -> float:
        statistics = {
            "DataScannedInBytes": scanned,
            "ResultReuseInformation": {"ReusedPreviousResult": reused},
        }
        execution = _execution(StatementType=kind, Status={"State": state}, Statistics=statistics)
        return queries.cost(execution, 5)

    megabyte, terabyte = 2**20, 2**40
    # 10 MB are 10 / 1,048,576 of a TB at 5 USD.
    least, twice = 0.00004768, 0.00009537
    check_each(
        cost,
        [
            ("DML", terabyte, 5.0),
            ("DML", 1, least),
            ("DML", 10 * megabyte, least),
            ("DML", 20 * megabyte - 1, twice),  # by the whole megabyte
            ("DDL", 0, 0.0),
            ("DDL", terabyte, 5.0),  # CREATE TABLE AS reads
            ("UTILITY", 0, 0.0),
            ("DML", terabyte, "FAILED", 0.0),
            ("DML", terabyte, "CANCELLED", 5.0),
            ("DML", terabyte, "SUCCEEDED", True, 0.0),
        ],
    )


def test_values_have_their_types() -> None:
    check_each(
        queries.typed,
        [
            (None, "bigint", None),
            ("9223372036854775807", "bigint", 9223372036854775807),
            ("-1", "integer", -1),
            ("1.0E10", "double", 1e10),
            ("0.5", "float", 0.5),
            ("NaN", "double", "NaN"),
            ("-Infinity", "real", "-Infinity"),
            ("12345678901234567890.10", "decimal", "12345678901234567890.10"),
            ("true", "boolean", True),
            ("false", "boolean", False),
            ("2024-01-02", "date", "2024-01-02"),
            ("2024-01-02 03:04:05.678", "timestamp", "2024-01-02T03:04:05.678"),
            ("2024-01-02 03:04:05.000 UTC", "timestamp with time zone", "2024-01-02T03:04:05.000Z"),
            (
                "2024-01-02 03:04:05.000 +02:00",
                "timestamp with time zone",
                "2024-01-02T03:04:05.000+02:00",
            ),
            ("", "varchar", ""),
            ("[1, null]", "array", "[1, null]"),
        ],
    )


def test_columns_of_one_name_are_all_there() -> None:
    info = [{"Name": name, "Type": "integer"} for name in ("id", "id", "id_2", "id", "_col4")]
    keys = [column.key for column in queries.columns_of({"ColumnInfo": info})]
    # id_2 is the name of a column of its own.
    assert keys == ["id", "id_3", "id_2", "id_4", "_col4"]


def test_csv_tells_null_from_an_empty_string() -> None:
    assert queries.csv_line(["a,b", None, "", 'say "hi"\nthere']) == (
        b'"a,b",,"","say ""hi""\nthere"\n'
    )


def test_sizes() -> None:
    check_each(
        queries.size,
        [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KB"),
            (1.5 * 2**30, "1.5 GB"),
            (2**41, "2.0 TB"),
        ],
    )
