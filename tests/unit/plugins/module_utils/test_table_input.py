# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns as a Glue table: what is sent, what is compared, what is kept."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils.state import differs, drift
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import (
    CsvFormat,
    is_marked,
    merged,
    summary,
    table_input,
)

WANTED = table_input(
    "orders", ["id", "price"], "s3://raw/sales/orders", CsvFormat(), "shop", {"note": 7}
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
    table = table_input("t", ["a"], "s3://b/t", CsvFormat(), "shop", {"terraglue:owner": "me"})
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
