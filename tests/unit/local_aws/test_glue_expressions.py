# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GetPartitions' Expression, and its pages and segments."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LocalAws, error_code

KEYS = [{"Name": "n", "Type": "int"}, {"Name": "d", "Type": "string"}]
ROWS = [["2", "a"], ["10", "b"], ["100", "a b"], ["7", "c"]]


@pytest.fixture(scope="module")
def table(aws: LocalAws) -> dict[str, str]:
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "expressions"})
    named = {"DatabaseName": "expressions", "TableName": "t"}
    storage: dict[str, Any] = {"Columns": [], "Location": "s3://b/t"}
    given = {"Name": "t", "PartitionKeys": KEYS, "StorageDescriptor": storage}
    glue.create_table(DatabaseName="expressions", TableInput=given)
    inputs = [{"Values": row, "StorageDescriptor": storage} for row in ROWS]
    glue.batch_create_partition(**named, PartitionInputList=inputs)
    return named


@pytest.mark.parametrize(
    "expression, found",
    [
        ("n = 10", ["10"]),
        ("n > 9", ["10", "100"]),  # as numbers, not as texts
        ("n <> 2 AND n <= 10", ["10", "7"]),
        ("n in (2, '100')", ["100", "2"]),
        ("n not in (2, 100)", ["10", "7"]),
        ("N BETWEEN 7 AND 10", ["10", "7"]),
        ("d like 'a%'", ["100", "2"]),
        ("d LIKE '_'", ["10", "2", "7"]),
        ("not (d = 'a' or d = 'b') and n < 50", ["7"]),
        ("d is null", []),
        ("n >= 2", ["10", "100", "2", "7"]),
    ],
)
def test_expressions(
    aws: LocalAws, table: dict[str, str], expression: str, found: list[str]
) -> None:
    answer = aws.client("glue").get_partitions(**table, Expression=expression)
    assert sorted(one["Values"][0] for one in answer["Partitions"]) == found


@pytest.mark.parametrize("expression", ["x = 1", "n = ", "n = 'a'", "n 1", "n = 1 or", "n = 1 2"])
def test_bad_expressions(aws: LocalAws, table: dict[str, str], expression: str) -> None:
    glue = aws.client("glue")
    assert (
        error_code(glue.get_partitions, **table, Expression=expression) == "InvalidInputException"
    )


def test_pages(aws: LocalAws, table: dict[str, str]) -> None:
    glue = aws.client("glue")
    first = glue.get_partitions(**table, MaxResults=3)
    rest = glue.get_partitions(**table, MaxResults=3, NextToken=first["NextToken"])
    assert len(first["Partitions"]) == 3 and len(rest["Partitions"]) == 1
    assert "NextToken" not in rest
    empty = glue.get_partitions(**table, Segment={"SegmentNumber": 1, "TotalSegments": 2})
    assert empty["Partitions"] == []
