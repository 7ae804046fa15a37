# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.filter.text_table import (
    text_table,
    width_of,
    widths,
)

COLUMNS = [
    {"name": "status", "type": "varchar", "key": "status"},
    {"name": "n", "type": "bigint", "key": "n"},
    {"name": "n", "type": "decimal", "key": "n_2"},
]
ROWS: list[dict[str, Any]] = [
    {"status": "delivered", "n": 1234, "n_2": "1.50"},
    {"status": "não\x1b[31m\nok", "n": None, "n_2": "-20.00"},
    {"status": "", "n": 5, "n_2": None},
]


def test_numbers_stand_on_the_right_and_values_on_one_line() -> None:
    assert text_table(ROWS, COLUMNS, 80).splitlines() == [
        "status          |    n |      n",
        "----------------+------+-------",
        "delivered       | 1234 |   1.50",
        r"não\x1b[31m\nok | NULL | -20.00",
        "                |    5 |   NULL",
    ]


@pytest.mark.parametrize("room", [28, 40, 60, 200])
def test_no_line_is_wider_than_the_terminal_or_ends_with_a_blank(room: int) -> None:
    rows = [{"a": "x" * 300, "b": "漢字" * 50, "c": 1}, {"a": "", "b": None, "c": 10**9}]
    columns = [
        {"name": name, "type": kind}
        for name, kind in (("a", "varchar"), ("b", "varchar"), ("c", "bigint"))
    ]
    lines = text_table(rows, columns, room).splitlines()
    assert [line for line in lines if width_of(line) > room - 8 or line != line.rstrip()] == []
    assert any("…" in line for line in lines) == (room < 300)


def test_too_many_columns_stand_one_below_the_other() -> None:
    columns = [{"name": f"column_{i}", "type": "varchar"} for i in range(20)]
    rows = [{f"column_{i}": f"value {i}" for i in range(20)}]
    lines = text_table(rows, columns, 80).splitlines()
    assert lines[0] == "row 1" and len(lines) == 21
    assert lines[1] == "column_0  | value 0"
    assert lines[-1] == "column_19 | value 19"


def test_the_widest_are_narrowed_first() -> None:
    # Two separators of three characters stand between three columns.
    assert widths([100, 10, 5], 46) == [25, 10, 5]
    assert widths([30, 30, 5], 51) == [20, 20, 5]
    assert widths([10, 5], 18) == [10, 5]
    narrowed = widths([31, 30, 5], 50)
    assert narrowed is not None and sum(narrowed) == 44 and narrowed[2] == 5
    assert widths([9] * 10, 50) is None


def test_nothing_to_show() -> None:
    assert text_table([], [], 80) == ""
    assert text_table([], COLUMNS[:2], 80).splitlines() == ["status | n", "-------+--"]


def test_the_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = text_table([{"a": "x" * 100}], [{"name": "a", "type": "varchar"}]).splitlines()
    assert len(lines[-1]) == 32
