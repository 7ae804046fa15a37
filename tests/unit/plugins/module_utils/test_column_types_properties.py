# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inferred types against another reader of the same text, and what holds for any text."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Callable

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils.column_types import (
    fits,
    infer,
    judge,
    misfits,
    normalised,
)
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import Column

duckdb = pytest.importorskip("duckdb")
hypothesis = pytest.importorskip("hypothesis")

st = hypothesis.strategies
# The examples are the same in each run: a run that fails is a change that broke something.
same = hypothesis.settings(max_examples=300, deadline=None, derandomize=True, database=None)

DIGITS = st.text("0123456789", min_size=1, max_size=20)
SIGN = st.sampled_from(["", "-", "+"])
WHOLE = st.one_of(
    st.integers(-(2**66), 2**66).map(str),
    st.integers(-200, 200).map(str),
    st.builds("{}{}".format, SIGN, DIGITS),
)
POINT = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.decimals(-999999, 999999, places=2).map(str),
    st.builds("{}{}.{}".format, SIGN, DIGITS, DIGITS),
    st.builds("{}.{}".format, SIGN, DIGITS),
    st.builds("{}e{}".format, WHOLE, st.integers(-330, 330)),
)
LONG = st.builds(  # more digits than a double has
    "{}{}.{}".format,
    st.sampled_from(["", "-"]),
    st.integers(10**14, 10**21),
    st.integers(100, 999),
)
DAY = st.one_of(
    st.dates().map(str),
    st.builds("{:04}-{:02}-{:02}".format, *(st.integers(0, top) for top in (9999, 13, 32))),
)
CLOCK = st.one_of(
    st.times().map(str),
    st.builds("{:02}:{:02}:{:02}".format, *(st.integers(0, top) for top in (24, 60, 60))),
    st.builds("12:30:15.{}000".format, st.integers(0, 999)),
)
MOMENT = st.builds("{}{}{}".format, DAY, st.sampled_from([" ", "T", " "]), CLOCK)
FLAG = st.sampled_from(["true", "false", "TRUE", "False", "t", "0", "yes"])
EMPTY = st.just("")
KINDS = (WHOLE, POINT, DAY, MOMENT, FLAG)
# Columns of one kind, where types are found, and of several, where they are not.
COLUMN = st.one_of(
    *(st.lists(st.one_of(kind, EMPTY), max_size=6) for kind in KINDS),
    st.lists(st.one_of(WHOLE, POINT), max_size=6),
    st.lists(st.one_of(LONG, st.integers(-(2**66), 2**66).map(str), EMPTY), max_size=6),
    st.lists(st.one_of(*KINDS, EMPTY, st.text(max_size=6)), max_size=6),
)


def moment(text: str) -> datetime:
    whole, dummy, fraction = text.partition(".")
    return datetime.strptime(whole, "%Y-%m-%d %H:%M:%S") + timedelta(
        microseconds=int(fraction[:6].ljust(6, "0"))
    )


READ: dict[str, Callable[[str], Any]] = {
    "bigint": int,
    "double": Decimal,
    "decimal": Decimal,
    "boolean": lambda text: text.lower() == "true",
    "date": date.fromisoformat,
    "timestamp": moment,
}


@pytest.fixture(scope="module")
def database() -> Any:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        yield connection


@hypothesis.settings(same, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(values=COLUMN)
def test_another_reader_reads_the_same(database: Any, values: list[str]) -> None:
    (column_type,) = infer(([value] for value in values), 1)
    if column_type == "string":
        return
    filled = [value for value in values if value]
    query = f"SELECT CAST(unnest(?::VARCHAR[]) AS {column_type})"
    found = [value for (value,) in database.execute(query, [filled]).fetchall()]
    if column_type == "double":  # written out, they are what the text says
        found = [Decimal(repr(value)) for value in found]
    read = READ[column_type.partition("(")[0]]
    assert found == [read(value) for value in filled]


@same
@hypothesis.given(rows=st.lists(st.lists(st.one_of(*KINDS, EMPTY), max_size=3), max_size=6))
def test_all_values_fit_their_column_and_their_order_does_not_matter(rows: list[list[str]]) -> None:
    types = infer(rows, 3)
    assert infer(rows[::-1], 3) == infer(rows + rows, 3) == types
    columns = [Column(str(number), column_type) for number, column_type in enumerate(types)]
    assert list(misfits(enumerate(rows), columns)) == []
    assert all(judge(column_type) is None for column_type in types)


@same
@hypothesis.given(values=st.lists(st.text(), max_size=4), more=st.text())
def test_no_text_is_too_odd(values: list[str], more: str) -> None:
    (column_type,) = infer(([value] for value in values), 1)
    for value in [*values, more]:
        for other in ("tinyint", "float", "double", "decimal(3,1)", "date", "timestamp"):
            fits(other, value)
    # What does not fit would have made another type of the column.
    if not fits(column_type, more):
        assert infer([[value] for value in [*values, more]], 1) != (column_type,)


@same
@hypothesis.given(text=st.text(st.sampled_from("intarymps<>(),: 12strucdel")))
def test_any_type_is_judged(text: str) -> None:
    message = judge(text)
    assert message is None or text in message
    if message is None:
        assert judge(normalised(text)) is None
        assert normalised(normalised(text)) == normalised(text)
