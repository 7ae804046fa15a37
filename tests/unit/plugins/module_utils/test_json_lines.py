# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns of JSON lines: names, types, and every fault that is found."""

from __future__ import annotations

import json

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.json_lines import (
    JsonColumns,
    json_columns,
)
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import Column


def read(*lines: str, typed: bool = True) -> JsonColumns:
    return json_columns(((f"e.json:{n}", line) for n, line in enumerate(lines, 1)), "e.json", typed)


def test_columns_come_in_the_order_of_their_first_appearance() -> None:
    found = read('{"b": 1, "a": {"z": 1, "b": 2}}', "", '  {"C": 1, "b": 2}\r\n', "{}", '{"a": []}')
    assert [column.name for column in found.columns] == ["b", "a", "c"]
    assert found.faults == []
    assert found.mapping == {}


def test_without_inference_every_column_is_a_string() -> None:
    found = read('{"a": 1, "b": true, "c": "x"}', typed=False)
    assert found.columns == (Column("a"), Column("b"), Column("c"))


@pytest.mark.parametrize(
    ("values", "column_type"),
    [
        (["1", "-7"], "bigint"),
        (["9223372036854775807"], "bigint"),
        (["9223372036854775808"], "string"),
        (["9223372036854775807", "1"], "bigint"),
        (["1.5", "-0.25"], "double"),
        (["1.0"], "double"),
        (["1e5"], "double"),
        (["1", "1.5"], "double"),
        (["9007199254740993", "1.5"], "string"),  # 2**53 + 1 is no double
        (["0.30000000000000005"], "string"),  # between two doubles
        (["1e400"], "string"),
        (["true", "false"], "boolean"),
        (["true", "1"], "string"),
        (['"1"'], "string"),
        (['"1"', "1"], "string"),
        (['"2024-01-31"'], "string"),
        (["[1, 2]"], "string"),
        (['{"a": 1}'], "string"),
        (["[]", "1"], "string"),
        (["null", "1"], "bigint"),
        (["null"], "string"),
    ],
)
def test_types(values: list[str], column_type: str) -> None:
    lines = [f'{{"a": {value}}}' for value in values]
    assert read(*lines).columns == (Column("a", column_type),)
    assert read(*reversed(lines)).columns == (Column("a", column_type),)


def test_a_key_that_is_missing_somewhere_is_null_there() -> None:
    found = read('{"a": 1}', '{"b": 1.5}')
    assert found.columns == (Column("a", "bigint"), Column("b", "double"))


def test_keys_that_are_not_their_columns_name_are_mapped() -> None:
    found = read('{"Order.Id": 1, "Name": 2, "x": 3}')
    assert [column.name for column in found.columns] == ["order_id", "name", "x"]
    # The SerDe lower-cases keys before it looks for them.
    assert found.mapping == {"order_id": "order.id"}
    renamed = json_columns(
        [("e.json:1", '{"a b": 1}')], "e.json", name_of=lambda key: key.replace(" ", "-")
    )
    assert renamed.columns == (Column("a-b"),)
    assert renamed.mapping == {"a-b": "a b"}


def test_keys_that_become_one_column_are_reported_once() -> None:
    found = read('{"id": 1}', '{"ID": 2, "x": 1}', '{"ID": 3}')
    assert found.faults == [
        Fault(
            "e.json:2",
            "key 'ID' becomes the same column as key 'id', 'id' (Glue and the SerDe do not tell upper"
            " from lower case). Rename one.",
        )
    ]
    assert [column.name for column in found.columns] == ["id", "x"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("id,name", "is no JSON: Expecting value (column 1)."),
        ('{"a": 1', "Write each object on one line of its own."),
        ("{", "Write each object on one line of its own."),
        ("[", "Write each object on one line of its own."),
        ('{"a": 1,}', "is no JSON: "),
        ("{'a': 1}", "is no JSON: "),
        ('{"a": 1} {"a": 2}', "is no JSON: Extra data (column 10)."),
        ('[{"a": 1}]', "is JSON, but no object"),
        ("1", "is JSON, but no object"),
        ("null", "is JSON, but no object"),
        ('{"a": NaN}', "NaN is a value that JSON does not have"),
        ('{"a": 1, "b": 2, "a": 3}', "holds the key 'a' twice. Remove one."),
        ('{"": 1}', "holds a key without a name. Name it, or remove it."),
        ('{"a\\nb": 1}', "key 'a b' has a control character in its name"),
        ('{"\\ud800": 1}', "key '\\ud800' has a control character in its name"),
        (json.dumps({"é" * 128: 1}), "has a name of over 255 bytes. Shorten it."),
        ('{"a": 1e9999999999999999999}', "a number's exponent is out of any range"),
        ('{"a":' + "[" * 100_000, "its values are nested too deeply"),
    ],
)
def test_faults(line: str, message: str) -> None:
    found = read('{"ok": 1}', line)
    assert [fault.where for fault in found.faults] == ["e.json:2"]
    assert message in found.faults[0].message
    assert len(found.faults[0].message) < 200
    assert found.columns[0] == Column("ok", "bigint")


def test_a_hint_is_given_only_where_the_text_ends_too_early() -> None:
    (fault,) = read('{"a" 1}').faults
    assert fault.message == "is no JSON: Expecting ':' delimiter (column 6)."


def test_numbers_of_any_length_are_read() -> None:
    assert read('{"a": ' + "9" * 10_000 + "}").columns == (Column("a", "string"),)


def test_a_file_of_another_kind_is_not_reported_line_by_line() -> None:
    found = read(*["id,name"] * 100)
    assert [fault.where for fault in found.faults] == [f"e.json:{line}" for line in range(1, 6)]


@pytest.mark.parametrize("lines", [[], ["", " \n"], ["{}"]])
def test_nothing_in_it(lines: list[str]) -> None:
    (fault,) = read(*lines).faults
    assert fault.where == "e.json"
    assert fault.message.startswith("has no JSON object with a key in it")


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert read('\ufeff{"a": 1}').columns == (Column("a", "bigint"),)
