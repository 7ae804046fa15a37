# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of columns: what is inferred from text, what fits a type, which types there are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils.column_types import (
    Misfit,
    explained,
    fits,
    infer,
    judge,
    misfits,
    normalised,
)
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import Column

LONGEST = 2**63 - 1


def column(*values: str) -> str:
    """The type of a single column."""
    (found,) = infer(([value] for value in values), 1)
    return found


@pytest.mark.parametrize(
    ("values", "column_type"),
    [
        # whole numbers
        (["0", "7", "-12"], "bigint"),
        (["-0"], "bigint"),
        ([str(LONGEST), str(-LONGEST - 1)], "bigint"),
        ([str(LONGEST + 1)], "decimal(19,0)"),
        ([str(-LONGEST - 2), "1"], "decimal(19,0)"),
        (["1" * 38], "decimal(38,0)"),
        (["1" * 39], "string"),
        (["1" * 5000], "string"),  # more digits than Python reads
        (["007"], "string"),
        (["00"], "string"),
        (["1", "02"], "string"),
        (["+5"], "string"),
        ([" 5"], "string"),
        (["5 "], "string"),
        (["1_000"], "string"),
        (["1,000"], "string"),
        (["5\n"], "string"),
        (["٣"], "string"),  # a digit, but none of ASCII
        (["-"], "string"),
        (["0x10"], "string"),
        # fractions
        (["1.5", "-0.25", "1.50"], "double"),
        ([".5", "-.5"], "double"),
        (["5."], "string"),
        (["."], "string"),
        (["01.5"], "string"),
        (["1", "1.5"], "double"),
        (["123456789.012345"], "double"),  # 15 digits
        (["0.000000000000000000123"], "double"),  # three digits
        (["0.30000000000000004"], "double"),  # a double that was written out
        (["0.30000000000000005"], "decimal(18,17)"),  # is none: the next ones end in 4 and 9
        (["9.62946946850906"], "double"),  # 15 digits
        # 16 digits, above eight: doubles are 1.8e-15 apart there, so some have none of their own.
        (["9.629469468509061"], "double"),
        (["9.629469468509062"], "decimal(16,15)"),
        (["-9.629469468509062"], "decimal(16,15)"),
        (["12345678901234567.89"], "decimal(19,2)"),
        (["12345678901234567.89", "1.123"], "decimal(20,3)"),
        (["12345678901234567.89", "99"], "decimal(19,2)"),
        (["9007199254740993", "0.5"], "decimal(17,1)"),  # 2**53 + 1 is no double
        (["9007199254740992", "0.5"], "double"),
        (["100000000000000000000", "0.5"], "decimal(22,1)"),
        (["0." + "1" * 37], "decimal(38,37)"),
        (["0." + "1" * 38], "string"),
        (["1" * 20 + "." + "1" * 19], "string"),  # 39 digits
        # exponents
        (["1e5", "1.5E-7", "2e+3", "1"], "double"),
        (["1e308"], "double"),
        (["1e309"], "string"),
        (["1e-400"], "string"),
        (["1e5", "12345678901234567.89"], "string"),
        (["1e"], "string"),
        (["1.5f"], "string"),
        (["1d"], "string"),
        (["nan"], "string"),
        (["NaN", "1.5"], "string"),
        (["Infinity"], "string"),
        (["-inf"], "string"),
        # boolean
        (["true", "FALSE", "True"], "boolean"),
        (["t"], "string"),
        (["yes"], "string"),
        (["true", "1"], "string"),
        (["true", "unknown"], "string"),
        # days
        (["2024-02-29", "1999-12-31"], "date"),
        (["2023-02-29"], "string"),
        (["2024-13-01"], "string"),
        (["2024-00-10"], "string"),
        (["2024-1-5"], "string"),
        (["20240105"], "bigint"),
        (["05/01/2024"], "string"),
        (["0001-01-01", "9999-12-31"], "date"),
        (["0000-01-01"], "string"),
        (["1582-10-04"], "date"),
        (["1582-10-05"], "string"),
        (["1582-10-14"], "string"),
        (["1582-10-15"], "date"),
        # moments
        (["2024-01-31 23:59:59"], "timestamp"),
        (["2024-01-31 10:00:00.5", "2024-01-31 10:00:00.123"], "timestamp"),
        (["2024-01-31 10:00:00.123000"], "timestamp"),
        (["2024-01-31 10:00:00.123000000"], "timestamp"),
        (["2024-01-31 10:00:00.1230000000"], "string"),  # ten digits
        (["2024-01-31 10:00:00.123400"], "string"),  # Athena would cut the 4
        (["2024-01-31 10:00:00."], "string"),
        (["2024-01-31T10:00:00"], "string"),
        (["2024-01-31 10:00:00Z"], "string"),
        (["2024-01-31 10:00:00+01:00"], "string"),
        (["2024-01-31  10:00:00"], "string"),
        (["2024-01-31 24:00:00"], "string"),
        (["2024-01-31 10:60:00"], "string"),
        (["2024-01-31 10:00:60"], "string"),
        (["2024-01-31 10:00"], "string"),
        (["2023-02-29 10:00:00"], "string"),
        (["2024-01-31", "2024-01-31 10:00:00"], "string"),
        (["2024-01-31", "1"], "string"),
        # nothing, and nothing beside something
        ([], "string"),
        ([""], "string"),
        (["", "\\N"], "string"),
        (["", "1", "\\N"], "bigint"),
        (["", "2024-01-31"], "date"),
        ([" "], "string"),
        (["NULL", "1"], "string"),
        (["a"], "string"),
        (["1", "a", "2"], "string"),
    ],
)
def test_inferred(values: list[str], column_type: str) -> None:
    assert column(*values) == column_type
    assert column(*reversed(values)) == column_type
    assert column(*values, "", *values) == column_type
    for value in values:
        assert fits(column_type, value)


def test_columns_are_their_own() -> None:
    rows = [["1", "x", "2024-01-31", ""], ["2", "1"], ["", "2", "", "", "beyond"], []]
    assert infer(rows, 4) == ("bigint", "string", "date", "string")
    assert infer([], 2) == ("string", "string")
    assert infer([["1"], []], 2) == ("bigint", "string")
    assert infer(rows, 0) == ()


def test_all_rows_are_read_even_when_nothing_is_left_to_learn() -> None:
    read = []

    def rows() -> Iterator[list[str]]:
        for value in "abc":
            read.append(value)
            yield [value]

    assert infer(rows(), 1) == ("string",)
    assert read == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("column_type", "fitting", "missing"),
    [
        ("tinyint", ["127", "-128"], ["128", "-129", "1.0", "x"]),
        ("smallint", ["32767", "-32768"], ["32768", "-32769"]),
        ("int", ["2147483647", "-2147483648"], ["2147483648", "-2147483649", "007"]),
        ("bigint", [str(LONGEST)], [str(LONGEST + 1), "1.5", "1e5", "true", "9" * 5000]),
        # 2**24 is the last whole number up to which a float has them all.
        ("float", ["16777216", "0.1", "1e38", "-2.5", "0"], ["16777217", "1e39", "0.123456789012"]),
        ("double", ["1", "0.1", "1e5", "-0.0"], ["9007199254740993", "nan", "1,5", "1e999"]),
        ("decimal(5,2)", ["999.99", "-1", "0.5", ".25"], ["1000", "1.234", "1e2", "x", "01"]),
        ("decimal(2,2)", ["0.25", ".25", "0", "-0.25"], ["1", "1.25", "0.125"]),
        ("decimal(3)", ["999"], ["1000", "1.5"]),
        ("DECIMAL(5, 2)", ["999.99"], ["1000"]),
        ("boolean", ["true", "False"], ["1", "yes", "T"]),
        ("date", ["2024-02-29"], ["2023-02-29", "2024-02-29 00:00:00", "45351"]),
        ("timestamp", ["2024-02-29 12:00:00"], ["2024-02-29", "2024-02-29T12:00:00"]),
        ("string", ["", "x", "1", "né\n"], []),
        ("varchar(3)", ["abc", "äöü"], ["abcd"]),
        ("char(1)", ["a"], ["ab"]),
        # The values of nested types are JSON's, and nobody's to judge here.
        ("array<int>", ["x"], []),
    ],
)
def test_what_fits(column_type: str, fitting: list[str], missing: list[str]) -> None:
    assert [value for value in fitting if not fits(column_type, value)] == []
    assert [value for value in missing if fits(column_type, value)] == []
    assert fits(column_type, "")
    assert fits(column_type, "\\N")


def test_misfits_have_their_place() -> None:
    columns = [Column("id", "bigint"), Column("name"), Column("day", "date")]
    rows = [
        (2, ["1", "a", "2024-01-31"]),
        (3, ["x", "", "2024-02-30"]),
        (5, ["", "b"]),
        (6, ["007", "c", "", "beyond"]),
    ]
    found = list(misfits(rows, columns))
    assert found == [
        Misfit(3, "id", "bigint", "x"),
        Misfit(3, "day", "date", "2024-02-30"),
        Misfit(6, "id", "bigint", "007"),
    ]
    told = "column 'id' is bigint, and '007' is none"
    assert explained(found[2]).startswith(told)
    assert len(explained(Misfit(1, "id", "bigint", "x" * 5000))) < 200


def test_misfits_are_told_before_all_rows_are_read() -> None:
    def rows() -> Iterator[tuple[int, list[str]]]:
        for line in range(2, 100_000):
            yield line, ["x"]
        raise AssertionError("read on before the first was taken")

    assert next(misfits(rows(), [Column("id", "int")])).line == 2


def test_one_value_in_many_rows_makes_the_type() -> None:
    """A long column is looked at in pieces, and each cell counts all the same."""
    for odd, column_type in [
        ("1.5", "double"),
        ("12345678901234567.25", "decimal(19,2)"),
        ("99999999999999999999", "decimal(20,0)"),
        ("x", "string"),
        ("2\n3", "string"),
        ("007", "string"),
        ("", "bigint"),
    ]:
        for place in (0, 999, 1000, 2500):
            values = [str(number) for number in range(2501)]
            values[place] = odd
            assert column(*values) == column_type
            found = list(misfits(enumerate([value] for value in values), [Column("c", "bigint")]))
            assert [(misfit.line, misfit.value) for misfit in found] == (
                [(place, odd)] if column_type != "bigint" else []
            )


@pytest.mark.parametrize(
    "column_type",
    "tinyint smallint int bigint float double boolean date timestamp string decimal(38,38)"
    " decimal(1,0) decimal(9) varchar(1) varchar(65535) char(255) array<string>"
    " map<string,int> struct<a:int,b_2:array<map<string,decimal(3,1)>>,größe:double> BIGINT".split(),
)
def test_legal(column_type: str) -> None:
    assert judge(column_type) is None


@pytest.mark.parametrize(
    ("column_type", "why"),
    [
        ("integer", "write int instead of integer"),
        ("text", "write string instead of text"),
        ("bool", "write boolean instead of bool"),
        ("datetime", "write timestamp instead of datetime"),
        ("double precision", "write double instead of double precision"),
        ("decimal", "write decimal(p,s) instead of decimal"),
        ("varchar", "write varchar(n) or string instead of varchar"),
        ("decimal(39,0)", "a decimal has 1 to 38 digits"),
        ("decimal(0,0)", "a decimal has 1 to 38 digits"),
        ("decimal(5,6)", "no more digits behind the point than in all"),
        ("decimal(a)", "decimal takes whole numbers in parentheses"),
        ("decimal(5,2", "decimal takes whole numbers in parentheses"),
        ("varchar(0)", "varchar takes one number, 1 to 65535"),
        ("varchar(1,2)", "varchar takes one number, 1 to 65535"),
        ("char(256)", "char takes one number, 1 to 255"),
        ("int(11)", "'(11)' is left over"),
        ("bigint unsigned", "'unsigned' is left over"),
        ("uuid", "'uuid' is unknown"),
        ("", "a type is missing"),
        ("array", "array takes its types in angle brackets"),
        ("array<", "a type is missing"),
        ("array<int", "the angle bracket of array is not closed"),
        ("array<int,int>", "an array takes one type and a map two"),
        ("map<string>", "an array takes one type and a map two"),
        ("struct<a>", "a struct is written struct<name:type,name:type>"),
        ("struct<a:int,>", "a struct is written struct<name:type,name:type>"),
        ("array<text>", "write string instead of text"),
        ("array<int>>", "'>' is left over"),
    ],
)
def test_illegal(column_type: str, why: str) -> None:
    message = judge(column_type) or ""
    assert message.startswith(f"'{column_type}' is no type of a column: ")
    assert why in message
    assert "Types are tinyint, smallint, int, bigint," in message


@pytest.mark.parametrize(
    ("column_type", "same"),
    [
        ("BigInt", "bigint"),
        ("decimal( 10 , 2 )", "decimal(10,2)"),
        ("decimal(10)", "decimal(10,0)"),
        ("array<decimal(3)>", "array<decimal(3,0)>"),
        ("map<STRING, int>", "map<string,int>"),
    ],
)
def test_normalised(column_type: str, same: str) -> None:
    assert normalised(column_type) == same
