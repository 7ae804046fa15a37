# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns as a Glue table: what is sent, what is compared, what is kept."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils.column_names import one_line
from ansible_collections.terraglue.aws.plugins.module_utils.state import differs, drift
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import (
    Column,
    CsvFormat,
    Storage,
    is_marked,
    json_lines,
    judge_quoted,
    lazy_simple,
    merged,
    open_csv,
    outline,
    partition_input,
    storage_for,
    summary,
    table_input,
)

WANTED = table_input(
    "orders",
    [Column("id"), Column("price")],
    "s3://raw/sales/orders",
    open_csv(CsvFormat()),
    "shop",
    {"note": 7},
)


def test_the_whole_input() -> None:
    assert WANTED == {
        "Name": "orders",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [],
        "Parameters": {
            "EXTERNAL": "TRUE",
            "classification": "csv",
            "skip.header.line.count": "1",
            "note": "7",
            "terraglue:owner": "shop",
        },
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "string"}, {"Name": "price", "Type": "string"}],
            "Location": "s3://raw/sales/orders",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"},
            },
        },
    }


def test_parameters_cannot_take_the_mark_away() -> None:
    table = table_input(
        "t", [Column("a")], "s3://b/t", open_csv(), "shop", {"terraglue:owner": "me"}
    )
    assert is_marked(table, "shop")
    assert not is_marked(table, "me")
    assert is_marked({}, None)
    assert not is_marked({}, "shop")


def as_glue_answers() -> dict[str, Any]:
    """The table as GetTable gives it, with what AWS and others add."""
    table = copy.deepcopy(WANTED)
    table.update(DatabaseName="sales", CreateTime="2024", VersionId="3", Owner="", Retention=0)
    table["Description"] = "by a person"
    table["Parameters"]["numRows"] = "12"
    table["StorageDescriptor"].update(Compressed=False, NumberOfBuckets=0, Parameters={"k": "v"})
    table["StorageDescriptor"]["Columns"][0]["Comment"] = "the key"
    table["StorageDescriptor"]["SerdeInfo"]["Parameters"]["serialization.format"] = "1"
    table["StorageDescriptor"]["Location"] += "/"
    return table


def test_what_others_add_is_no_drift() -> None:
    assert not differs(drift(summary(WANTED), summary(as_glue_answers())))


STORAGE = "StorageDescriptor"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda t: t[STORAGE]["Columns"].pop(), "columns"),
        (lambda t: t[STORAGE]["Columns"].reverse(), "columns"),
        (lambda t: t[STORAGE]["Columns"][0].update(Type="bigint"), "columns"),
        (lambda t: t[STORAGE]["Columns"].append({"Name": "x", "Type": "string"}), "columns"),
        (lambda t: t[STORAGE].update(Location="s3://raw/elsewhere"), "location"),
        (lambda t: t[STORAGE].update(InputFormat="x"), "input_format"),
        (lambda t: t[STORAGE].update(OutputFormat="x"), "output_format"),
        (lambda t: t[STORAGE]["SerdeInfo"].update(SerializationLibrary="x"), "serde"),
        (lambda t: t[STORAGE]["SerdeInfo"]["Parameters"].update(quoteChar="'"), "serde_parameters"),
        (lambda t: t[STORAGE]["SerdeInfo"].pop("Parameters"), "serde_parameters"),
        (lambda t: t["Parameters"].pop("skip.header.line.count"), "parameters"),
        (lambda t: t["Parameters"].update({"terraglue:owner": "other"}), "parameters"),
        (lambda t: t.update(TableType="VIRTUAL_VIEW"), "table_type"),
        (lambda t: t.update(PartitionKeys=[{"Name": "day", "Type": "string"}]), "partition_keys"),
        (lambda t: t.pop(STORAGE), "columns"),
    ],
)
def test_every_drift_is_named_and_mended(change: Any, named: str) -> None:
    table = as_glue_answers()
    change(table)
    found = drift(summary(WANTED), summary(table))
    assert named in {*found["before"], *found["after"]}
    assert not differs(drift(summary(WANTED), summary(merged(WANTED, table))))


def test_an_update_keeps_what_others_added() -> None:
    mended = merged(WANTED, as_glue_answers())
    assert mended["Description"] == "by a person"
    assert mended["Parameters"]["numRows"] == "12"
    assert mended[STORAGE]["Parameters"] == {"k": "v"}
    assert mended[STORAGE]["Columns"][0] == {"Name": "id", "Type": "string", "Comment": "the key"}
    assert mended[STORAGE]["SerdeInfo"]["Parameters"]["serialization.format"] == "1"
    # These are answers of GetTable that UpdateTable refuses, or an empty text that it refuses.
    assert not {"DatabaseName", "CreateTime", "VersionId", "Owner"} & set(mended)


def test_an_update_drops_the_parameters_of_another_serde() -> None:
    table = as_glue_answers()
    table[STORAGE]["SerdeInfo"] = {"SerializationLibrary": "x", "Parameters": {"field.delim": ";"}}
    assert merged(WANTED, table)[STORAGE]["SerdeInfo"] == WANTED[STORAGE]["SerdeInfo"]


TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
TYPED = table_input(
    "visits",
    [Column("id", "bigint"), Column("price", "decimal(5,2)", "in euros"), Column("note")],
    "s3://raw/shop/visits/",
    lazy_simple("|"),
    partition_keys=[Column("day", "date", "of the visit")],
)


def test_a_typed_and_partitioned_table() -> None:
    assert TYPED == {
        "Name": "visits",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": "day", "Type": "date", "Comment": "of the visit"}],
        "Parameters": {
            "EXTERNAL": "TRUE",
            "classification": "csv",
            "skip.header.line.count": "1",
        },
        "StorageDescriptor": {
            "Columns": [
                {"Name": "id", "Type": "bigint"},
                {"Name": "price", "Type": "decimal(5,2)", "Comment": "in euros"},
                {"Name": "note", "Type": "string"},
            ],
            "Location": "s3://raw/shop/visits/",
            **TEXT,
            "SerdeInfo": {
                "SerializationLibrary": LAZY,
                "Parameters": {"field.delim": "|", "serialization.format": "|"},
            },
        },
    }


def test_a_partition_describes_its_files_as_the_table_does() -> None:
    columns = [Column("id", "bigint", "the key")]
    assert partition_input(["2024-01-31", "BR"], "s3://raw/t/a/", lazy_simple(), columns) == {
        "Values": ["2024-01-31", "BR"],
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "bigint", "Comment": "the key"}],
            "Location": "s3://raw/t/a/",
            **TEXT,
            "SerdeInfo": {
                "SerializationLibrary": LAZY,
                "Parameters": {"field.delim": ",", "serialization.format": ","},
            },
        },
    }


@pytest.mark.parametrize(
    ("storage", "serde", "serde_parameters", "parameters"),
    [
        (
            open_csv(CsvFormat(";", "'", "/"), header_lines=2),
            OPEN_CSV,
            {"separatorChar": ";", "quoteChar": "'", "escapeChar": "/"},
            {"classification": "csv", "skip.header.line.count": "2"},
        ),
        (
            lazy_simple("\t", header_lines=0),
            LAZY,
            {"field.delim": "\t", "serialization.format": "\t"},
            {"classification": "csv"},
        ),
        (json_lines(), "org.openx.data.jsonserde.JsonSerDe", {}, {"classification": "json"}),
        (
            json_lines({"a_b": "a.b"}),
            "org.openx.data.jsonserde.JsonSerDe",
            {"mapping.a_b": "a.b"},
            {"classification": "json"},
        ),
    ],
)
def test_storages(
    storage: Storage, serde: str, serde_parameters: dict[str, str], parameters: dict[str, str]
) -> None:
    assert storage.serde == serde
    assert storage.serde_parameters == serde_parameters
    assert storage.parameters == parameters
    assert {"InputFormat": storage.input_format, "OutputFormat": storage.output_format} == TEXT


@pytest.mark.parametrize(
    ("csv_format", "typed", "quoted", "serde", "why"),
    [
        (CsvFormat(), False, None, OPEN_CSV, ""),
        (CsvFormat(), False, "a.csv:7", OPEN_CSV, ""),
        (CsvFormat(), True, None, LAZY, ""),
        (CsvFormat("\t"), True, None, LAZY, ""),
        (CsvFormat(), True, "a.csv:7", OPEN_CSV, "a.csv:7 holds a quoted field, so every column"),
        # Hive keeps one byte of a separator, and reads a digit as the number of one.
        (CsvFormat("§"), True, None, OPEN_CSV, "The separator '§' is none that LazySimpleSerDe"),
        (CsvFormat("5"), True, None, OPEN_CSV, "The separator '5' is none that LazySimpleSerDe"),
    ],
)
def test_types_and_serde_are_chosen_together(
    csv_format: CsvFormat, typed: bool, quoted: str | None, serde: str, why: str
) -> None:
    choice = storage_for(csv_format, typed, quoted)
    assert choice.storage.serde == serde
    assert choice.typed == (serde == LAZY)
    assert choice.reason.startswith(why)
    assert bool(choice.reason) == bool(why)


def test_a_choice_keeps_format_and_header() -> None:
    csv_format = CsvFormat(";", "'", "/")
    assert storage_for(csv_format, header_lines=0).storage == open_csv(csv_format, 0)
    assert storage_for(csv_format, True, "x:1", 0).storage == open_csv(csv_format, 0)
    assert storage_for(csv_format, True, None, 0).storage == lazy_simple(";", 0)


@pytest.mark.parametrize(
    ("column_type", "refused", "told"),
    [
        ("int", False, "a query that meets an empty one fails"),
        ("DOUBLE", False, "a query that meets an empty one fails"),
        ("boolean", False, "Spark reads strings"),
        ("date", True, "only as a number of days since 1970-01-01"),
        ("timestamp", True, "only as a number of milliseconds since 1970-01-01"),
        ("decimal(5,2)", True, "OpenCSVSerDe does not read decimal(5,2)"),
        ("varchar(3)", True, "OpenCSVSerDe does not read varchar(3)"),
        ("array<int>", True, "OpenCSVSerDe does not read array<int>"),
    ],
)
def test_types_beside_quotes(column_type: str, refused: bool, told: str) -> None:
    verdict = judge_quoted(Column("price", column_type))
    assert verdict is not None
    assert verdict.refused == refused
    assert verdict.message.startswith(f"Column 'price' is to be {column_type.lower()}, in a table")
    assert told in verdict.message


def test_a_string_is_right_beside_quotes() -> None:
    assert judge_quoted(Column("price")) is None
    assert judge_quoted(Column("price", "String")) is None


@pytest.mark.parametrize(
    ("comment", "kept"),
    [
        ("", ""),
        ("the key", "the key"),
        (" two\nlines\r\n\tand\x00more\u2028", "two lines and more"),
        ("x" * 255, "x" * 255),
        ("x" * 256, "x" * 252 + "..."),
        ("é" * 128, "é" * 126 + "..."),  # 256 bytes; 126 of two bytes are 252
        ("x" + "é" * 128, "x" + "é" * 125 + "..."),  # no half of a character
    ],
)
def test_a_comment_is_one_line_of_255_bytes(comment: str, kept: str) -> None:
    assert one_line(comment) == kept
    assert len(kept.encode()) <= 255
    (column,) = table_input("t", [Column("a", "int", comment)], "s3://b/t", open_csv())[STORAGE][
        "Columns"
    ]
    assert column == {"Name": "a", "Type": "int", **({"Comment": kept} if kept else {})}


def test_a_wanted_comment_is_compared_and_set() -> None:
    table = copy.deepcopy(TYPED)
    assert not differs(drift(summary(TYPED), summary(table)))
    table[STORAGE]["Columns"][1]["Comment"] = "in dollars"
    del table["PartitionKeys"][0]["Comment"]
    change = drift(summary(TYPED), summary(table))
    assert change["before"] == {"comments": {"price": "in dollars"}}
    assert change["after"] == {"comments": {"price": "in euros", "day": "of the visit"}}
    mended = merged(TYPED, table)
    assert not differs(drift(summary(TYPED), summary(mended)))
    assert mended[STORAGE]["Columns"] == TYPED[STORAGE]["Columns"]
    assert mended["PartitionKeys"] == TYPED["PartitionKeys"]


def test_a_comment_that_is_not_wanted_is_kept() -> None:
    table = copy.deepcopy(TYPED)
    table[STORAGE]["Columns"][2]["Comment"] = "by a person"
    table["PartitionKeys"][0]["Comment"] = "by a person"
    plain = copy.deepcopy(TYPED)
    del plain["PartitionKeys"][0]["Comment"]
    assert not differs(drift(summary(plain), summary(table)))
    mended = merged(plain, table)
    assert mended[STORAGE]["Columns"][2]["Comment"] == "by a person"
    assert mended["PartitionKeys"][0]["Comment"] == "by a person"
    # The inputs are not written into.
    assert "Comment" not in plain["PartitionKeys"][0]
    assert "Comment" not in plain[STORAGE]["Columns"][2]


def test_a_table_that_gets_types_gets_the_serde_that_reads_them() -> None:
    before = table_input("visits", [Column("id")], "s3://raw/shop/visits", open_csv(CsvFormat(";")))
    wanted = table_input(
        "visits", [Column("id", "bigint")], "s3://raw/shop/visits", lazy_simple(";")
    )
    found = drift(summary(wanted), summary(before))["after"]
    assert found["columns"] == ["id bigint"]
    assert found["serde"] == LAZY
    assert merged(wanted, before)[STORAGE]["SerdeInfo"]["Parameters"] == {
        "field.delim": ";",
        "serialization.format": ";",
    }


def test_an_outline_tells_comments() -> None:
    assert outline(TYPED)["comments"] == {"price": "in euros", "day": "of the visit"}
    assert "comments" not in outline(WANTED)
