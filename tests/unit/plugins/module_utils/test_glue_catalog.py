# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings of the catalog, against a catalog in memory."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import boto3
import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import glue_catalog
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import (
    Column,
    open_csv,
    partition_input,
    table_input,
)

pytestmark = pytest.mark.usefixtures("aws")

REGION = "us-east-1"
COLUMNS = (Column("id", "bigint", "Número"), Column("naïve «name»"))


@pytest.fixture
def glue(aws: None) -> Any:
    client = boto3.client("glue", REGION)
    client.create_database(DatabaseInput={"Name": "d"})
    for name in ("a", "b"):
        made = table_input(
            name, COLUMNS, "s3://raw/a", open_csv(), partition_keys=[Column("day")], owner="o"
        )
        client.create_table(DatabaseName="d", TableInput=made)
    for day in ("2026-01-30", "2026-01-31"):
        made = partition_input([day], f"s3://raw/a/day={day}", open_csv(), COLUMNS)
        client.create_partition(DatabaseName="d", TableName="a", PartitionInput=made)
    return client


def without_times(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is told of the items beside when they were made, which is a number or a time."""
    times = (int, float, datetime)
    return [
        {
            key: value
            for key, value in item.items()
            if not (key.endswith("Time") and isinstance(value, times))
        }
        for item in items
    ]


def test_items_are_listed_as_botocore_lists_them(glue: Any) -> None:
    plain = boto3.client("glue", REGION)
    tables = plain.get_tables(DatabaseName="d")["TableList"]
    assert without_times(glue_catalog.list_tables(glue, "d")) == without_times(tables)
    partitions = plain.get_partitions(DatabaseName="d", TableName="a")["Partitions"]
    listed = glue_catalog.list_partitions(glue, "d", "a")
    assert without_times(listed) == without_times(partitions)
    assert (len(tables), len(partitions)) == (2, 2)
    assert isinstance(tables[0]["CreateTime"], datetime)


def test_items_are_taken_once(glue: Any) -> None:
    for dummy in range(2):
        assert len(glue_catalog.list_tables(glue, "d")) == 2
    assert glue_catalog.list_tables(glue, "nowhere") is None


class Events:
    """Keeps what is registered."""

    def __init__(self) -> None:
        self.meta, self.events = self, self
        self.taking: Any = None

    def register(self, event: str, taking: Any, unique_id: str) -> None:
        self.taking = taking


@pytest.mark.parametrize(
    "body", [b'{"__type": "EntityNotFoundException"}', b"[]", b"3", b"\xff", b"", None]
)
def test_another_answer_is_left_to_botocore(body: bytes | None) -> None:
    events = Events()
    glue_catalog._as_it_stands(events, "GetTables", "TableList")
    answer, taken = {"body": body}, {}
    events.taking(response_dict=answer, customized_response_dict=taken, operation_model=None)
    assert (answer, taken) == ({"body": body}, {})


def test_what_else_is_answered_stays(glue: Any) -> None:
    events = Events()
    glue_catalog._as_it_stands(events, "GetTables", "TableList")
    answer, taken = {"body": b'{"TableList": [{"Name": "a"}], "NextToken": "n"}'}, {}
    events.taking(response_dict=answer, customized_response_dict=taken)
    assert taken == {"TableList": [{"Name": "a"}]}
    assert json.loads(answer["body"]) == {"NextToken": "n"}
