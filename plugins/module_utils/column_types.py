# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a column's values allow: types inferred from text, and values that miss a type. Pure.

A type is right when LazySimpleSerDe reads from each cell, in Athena (Trino's reader) and in Spark
(Hive's own), the value that the text says. Both read more than that, and not always what it says: "007"
as 7, 1.5 in a bigint as 1, 2024-02-30 as the first of March, " 5" as a double but as no bigint; a
timestamp with a T is one in Athena and NULL in Spark, and Athena keeps no more than milliseconds. So a
value counts as typed only in spellings that both read as written. Everything else is a string, which
loses nothing.

An empty cell, a missing one and ``\\N`` (the SerDe's own mark) are NULL in a typed column, and fit any.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import islice, zip_longest
from typing import Callable, NamedTuple, TypeVar

from ansible_collections.terraglue.aws.plugins.module_utils.table_input import Column

STRING = "string"
NULLS = ("", "\\N")
MAX_PRECISION = 38  # digits of a decimal, in Hive and in Trino

# Names of types that other systems use, and what they are called here.
_SYNONYMS = {
    "integer": "int",
    "long": "bigint",
    "short": "smallint",
    "byte": "tinyint",
    "real": "float",
    "double precision": "double",
    "number": "decimal(p,s)",
    "numeric": "decimal(p,s)",
    "decimal": "decimal(p,s)",
    "bool": "boolean",
    "text": "string",
    "varchar": "varchar(n) or string",
    "char": "char(n) or string",
    "datetime": "timestamp",
}
_WHOLE = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}  # bits, with the sign's
_SIMPLE = (*_WHOLE, "float", "double", "boolean", "date", "timestamp", STRING)
_LEGAL = (
    f"{', '.join(_SIMPLE)}, decimal(p,s), varchar(n), char(n), and for JSON array<type>,"
    " map<type,type> and struct<name:type>"
)

# No sign but minus, no leading zeros, ASCII digits only: "+5", "007" and " 5" are texts.
_WHOLE_TEXT = r"-?(?:0|[1-9][0-9]*)"
_POINT_TEXT = r"-?(?:(?:0|[1-9][0-9]*)?\.[0-9]+)"
_DAY_TEXT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK_TEXT = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
# Athena's timestamps hold milliseconds: further digits may be zeros only.
_FRACTION_TEXT = r"(?:\.[0-9]{1,3}0{0,6})?"
_SPELLING = re.compile(
    rf"(?P<whole>{_WHOLE_TEXT})"
    rf"|(?P<point>{_POINT_TEXT})"
    rf"|(?P<power>(?:{_POINT_TEXT}|{_WHOLE_TEXT})[eE][+-]?[0-9]{{1,3}})"
    rf"|(?P<date>{_DAY_TEXT})"
    rf"|(?P<timestamp>{_DAY_TEXT} {_CLOCK_TEXT}{_FRACTION_TEXT})"
    r"|(?P<boolean>[tT][rR][uU][eE]|[fF][aA][lL][sS][eE])"
)
_NUMBERS = ("whole", "point", "power")
# The same for a column of many rows at once, each cell ended by a line break: that takes a third of the
# time of a match for each cell. They prove that all is well and nothing else; numbers of 15 digits at
# most are doubles without a look at each.
_SHORT_POINT = r"-?(?=[.0-9]{2,16}\n)(?:0|[1-9][0-9]*)?\.[0-9]+"
_SHORT_WHOLE = "-?(?:0|[1-9][0-9]{{0,{}}})"


def _bulk(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?:{value}|\\N)?\n)*")


_BULK_NUMBERS = _bulk(f"{_SHORT_WHOLE.format(14)}|{_SHORT_POINT}")
_BULK = {
    "tinyint": _bulk(_SHORT_WHOLE.format(1)),
    "smallint": _bulk(_SHORT_WHOLE.format(3)),
    "int": _bulk(_SHORT_WHOLE.format(8)),
    "bigint": _bulk(_SHORT_WHOLE.format(17)),
    "double": _BULK_NUMBERS,
    "boolean": _bulk("[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]"),
    "date": _bulk(_DAY_TEXT),
    "timestamp": _bulk(f"{_DAY_TEXT} {_CLOCK_TEXT}{_FRACTION_TEXT}"),
}
_BEFORE_POINT = re.compile(r"^-?([0-9]+)", re.MULTILINE)
_BEHIND_POINT = re.compile(r"\.([0-9]+)")
_AT_ONCE = 1000  # rows that are looked at together
# The ten days that the Gregorian calendar left out: Hive has none of them and reads later ones.
_LEFT_OUT = (date(1582, 10, 5), date(1582, 10, 14))
_Row = TypeVar("_Row")


class Misfit(NamedTuple):
    """A value that its column's type does not hold: read as NULL, or not as it is written."""

    line: int
    column: str
    type: str
    value: str


class _Seen:
    """What the values of one column were. The order in which they come makes no difference."""

    __slots__ = ("kinds", "whole", "double", "plain", "digits", "scale")

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.whole = True  # all in 64 bits
        self.double = True  # all survive as a double
        self.plain = True  # all without an exponent
        self.digits = 1  # before the point, the most
        self.scale = 0  # behind it

    def add(self, value: str) -> bool:
        """Take a value into account; False when from now on nothing but a string is left."""
        kind = _kind(value)
        self.kinds.add("number" if kind in _NUMBERS else kind)
        if len(self.kinds) > 1 or kind == STRING:
            return False
        if kind in _NUMBERS:
            whole, double = kind == "whole", _is_double(kind, value)
            self.whole = self.whole and whole and _in_bits(value, 64)
            self.double = self.double and double
            self.plain = self.plain and kind != "power"
            if self.plain:
                digits, scale = _digits(value)
                self.digits, self.scale = max(self.digits, digits), max(self.scale, scale)
        return True

    def add_all(self, values: Sequence[str]) -> bool:
        """As ``add`` for many cells, NULL ones too: at once when they are of one kind, and ordinary."""
        first = next((value for value in values if value not in NULLS), None)
        if first is None:
            return True
        kind = _kind(first)
        number = kind in _NUMBERS
        bulk = _BULK_NUMBERS if number else _BULK.get(kind)
        if bulk is None or not _all_match(bulk, values):
            return all(self.add(value) for value in set(values).difference(NULLS))
        self.kinds.add("number" if number else kind)
        if number:
            text = "\n".join(values)
            behind = _BEHIND_POINT.findall(text)
            self.whole = self.whole and not behind
            self.scale = max(self.scale, *map(len, behind), 0)
            self.digits = max(self.digits, *map(len, _BEFORE_POINT.findall(text)), 0)
        return len(self.kinds) == 1

    def type(self) -> str:
        if len(self.kinds) != 1:
            return STRING
        (kind,) = self.kinds
        if kind != "number":
            return kind
        if self.whole:
            return "bigint"
        if self.double:
            return "double"
        precision = self.digits + self.scale
        if self.plain and precision <= MAX_PRECISION:
            return f"decimal({precision},{self.scale})"
        return STRING


def infer(rows: Iterable[Sequence[str]], width: int) -> tuple[str, ...]:
    """The type of each of ``width`` columns: the narrowest that holds all values of the rows.

    One of bigint, double, decimal(p,s), boolean, date, timestamp and string. A column without a value
    is a string. Cells beyond ``width`` are ignored, as the SerDe does.
    """
    seen = [_Seen() for dummy in range(width)]
    # Columns that may still become something else than a string: the others cost nothing any more.
    undecided = list(range(width))
    # The rows are read to their end all the same: the caller may look at them on the way.
    for some in _chunks(rows):
        cells = _columns(some, width)
        undecided = [number for number in undecided if seen[number].add_all(cells[number])]
    return tuple(column.type() for column in seen)


def fits(column_type: str, value: str) -> bool:
    """Whether a column of a legal type reads from the cell the value that its text says."""
    return value in NULLS or _holds(column_type)(value)


def misfits(
    rows: Iterable[tuple[int, Sequence[str]]], columns: Sequence[Column]
) -> Iterator[Misfit]:
    """The values that miss their column's type, in the order of the rows, which are (line, cells).

    Rows are read a thousand at a time.
    """
    checks = [
        (number, column, _BULK.get(normalised(column.type)), _holds(column.type))
        for number, column in enumerate(columns)
        if normalised(column.type) != STRING
    ]
    for some in _chunks(rows):
        cells = _columns([row for dummy, row in some], len(columns))
        # As good as always none is left, and no cell has to be looked at by itself.
        doubtful = [
            (number, column, holds)
            for number, column, bulk, holds in checks
            if bulk is None or not _all_match(bulk, cells[number])
        ]
        if not doubtful:
            continue
        for line, row in some:
            for number, column, holds in doubtful:
                if number < len(row) and row[number] not in NULLS and not holds(row[number]):
                    yield Misfit(line, column.name, column.type, row[number])


def _chunks(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    iterator = iter(rows)
    while True:
        some = list(islice(iterator, _AT_ONCE))
        if not some:
            return
        yield some


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    """Rows as columns; a cell that is missing is an empty one."""
    columns: list[Sequence[str]] = list(islice(zip_longest(*rows, fillvalue=""), width))
    return [*columns, *([("",)] * (width - len(columns)))]


def _all_match(bulk: re.Pattern[str], values: Sequence[str]) -> bool:
    """Whether a look at all cells at once proves that they are NULL or values of a type."""
    text = "\n".join(values) + "\n"
    # A line break within a cell would make two of it.
    if text.count("\n") != len(values) or not bulk.fullmatch(text):
        return False
    if bulk not in (_BULK["date"], _BULK["timestamp"]):
        return True
    return all(_is_day(day) for day in {value[:10] for value in values}.difference(NULLS))


def explained(misfit: Misfit) -> str:
    """A misfit as a sentence without its place."""
    value = misfit.value if len(misfit.value) <= 40 else f"{misfit.value[:37]}..."
    return (
        f"column '{misfit.column}' is {misfit.type}, and {value!r} is none: it would be read as NULL or"
        " as another value. Mend the value, or make the column a string."
    )


def _kind(value: str) -> str:
    """How a value is spelled: whole, point or power (numbers), date, timestamp, boolean or string."""
    found = _SPELLING.fullmatch(value)
    kind = found.lastgroup if found else None
    if kind is None or (kind in ("date", "timestamp") and not _is_day(value[:10])):
        return STRING
    return kind


@lru_cache(maxsize=4096)  # a column holds the same days again and again
def _is_day(text: str) -> bool:
    try:
        day = date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError:
        return False
    return not _LEFT_OUT[0] <= day <= _LEFT_OUT[1]


def _in_bits(whole: str, bits: int) -> bool:
    # Python refuses to read numbers of thousands of digits; what is that long fits nowhere.
    if len(whole) > 20:
        return False
    return -(1 << (bits - 1)) <= int(whole) < 1 << (bits - 1)


def _digits(plain: str) -> tuple[int, int]:
    """Digits before the point (one at least) and behind it, of a number without an exponent."""
    before, dummy, behind = plain.lstrip("-").partition(".")
    return max(1, len(before)), len(behind)


def _is_double(kind: str, value: str) -> bool:
    """Whether a number survives as a double: the double, written out, is the same number again.

    So up to 15 significant digits always do, and of 16 or 17 those that were a double before they
    were written, such as coordinates. A whole number beyond 64 bits is an amount or a key of another
    system, and no measurement: it is none, even where it happens to survive.
    """
    if kind == "whole":
        if not _in_bits(value, 64):
            return False
        # Every whole number below is a double; the others may be.
        if len(value) <= 15:
            return True
    elif len(value) <= 16 and kind == "point":
        return True  # at most 15 digits and the point
    number = float(value)
    written = repr(number)  # the shortest text that is read as this double
    return written == value or (written[-3:] != "inf" and Decimal(written) == Decimal(value))


def _is_float(value: str) -> bool:
    """Whether a number survives in 32 bits: written with as many digits, it is the same again."""
    written = Decimal(value)
    digits = len("".join(map(str, written.as_tuple().digits)).strip("0")) or 1
    try:
        (number,) = struct.unpack("<f", struct.pack("<f", float(value)))
    except OverflowError:
        return False
    return digits <= 9 and Decimal(f"{number:.{digits}g}") == written


def _is_decimal(value: str, precision: int, scale: int) -> bool:
    """Whether all digits have their place: too many behind the point are rounded, before it NULL."""
    if _kind(value) not in ("whole", "point"):
        return False
    digits, behind = _digits(value)
    if digits == 1 and value.lstrip("-").startswith(("0", ".")):
        digits = 0
    return digits <= precision - scale and behind <= scale


@lru_cache(maxsize=256)
def _holds(column_type: str) -> Callable[[str], bool]:
    """The question whether a cell that is not NULL has a value of a type."""
    name, numbers = _parsed(column_type)
    if name in _WHOLE:
        bits = _WHOLE[name]
        return lambda value: _kind(value) == "whole" and _in_bits(value, bits)
    if name == "double":
        return _holds_double
    if name == "float":
        return lambda value: _kind(value) in _NUMBERS and _is_float(value)
    if name == "decimal":
        precision, scale = numbers
        return lambda value: _is_decimal(value, precision, scale)
    if name in ("boolean", "date", "timestamp"):
        return lambda value: _kind(value) == name
    if name in ("varchar", "char"):
        (most,) = numbers
        return lambda value: len(value) <= most
    return lambda dummy: True


def _holds_double(value: str) -> bool:
    kind = _kind(value)
    return kind in _NUMBERS and _is_double(kind, value)


_WITH_NUMBERS = re.compile(
    r"(decimal|varchar|char)\s*\(\s*([0-9]{1,9})\s*(?:,\s*([0-9]{1,9})\s*)?\)"
)
_FIELD = re.compile(r"[^\s:,<>()`]+")


def _parsed(column_type: str) -> tuple[str, tuple[int, ...]]:
    """A type's name and numbers, ("decimal", (10, 2)); a nested type's name is all of it."""
    text = normalised(column_type)
    found = _WITH_NUMBERS.fullmatch(text)
    if not found:
        return text, ()
    return found.group(1), tuple(int(number) for number in found.groups()[1:] if number)


def normalised(column_type: str) -> str:
    """A legal type as Glue and Athena write it: lower case, no blanks, decimal with its scale."""
    text = "".join(column_type.split()).lower()
    return re.sub(r"decimal\(([0-9]+)\)", r"decimal(\1,0)", text)


def judge(column_type: str) -> str | None:
    """What is wrong with a type that a user wrote, and which there are; None when it is legal.

    Nested types are legal too: they are for JSON.
    """
    rest, wrong = _read_type(column_type.strip().lower())
    if wrong is None and rest.strip():
        wrong = f"'{rest.strip()}' is left over behind it"
    if wrong is None:
        return None
    return f"'{column_type}' is no type of a column: {wrong}. Types are {_LEGAL}."


def _read_type(text: str) -> tuple[str, str | None]:
    """Read one type from the beginning of a text: what follows it, and what is wrong."""
    text = text.lstrip()
    found = re.match(r"double precision|[^\s<>(),:]*", text)
    name = found.group() if found else ""
    rest = text[len(name) :].lstrip()
    if name in ("array", "map", "struct"):
        return _read_nested(name, rest)
    if name in ("decimal", "varchar", "char") and rest.startswith("("):
        numbers = _WITH_NUMBERS.match(text)
        if not numbers:
            return rest, f"{name} takes whole numbers in parentheses"
        wrong = _judge_numbers(name, [int(number) for number in numbers.groups()[1:] if number])
        return text[numbers.end() :], wrong
    if name in _SIMPLE:
        return rest, None
    if not name:
        return rest, "a type is missing"
    if name in _SYNONYMS:
        return rest, f"write {_SYNONYMS[name]} instead of {name}"
    return rest, f"'{name}' is unknown"


def _judge_numbers(name: str, numbers: Sequence[int]) -> str | None:
    if name == "decimal":
        precision, scale = [*numbers, 0][:2]
        if not 1 <= precision <= MAX_PRECISION:
            return f"a decimal has 1 to {MAX_PRECISION} digits"
        if scale > precision:
            return "a decimal has no more digits behind the point than in all"
        return None
    most = 65535 if name == "varchar" else 255
    if len(numbers) != 1 or not 1 <= numbers[0] <= most:
        return f"{name} takes one number, 1 to {most}"
    return None


def _read_nested(name: str, rest: str) -> tuple[str, str | None]:
    """Read what stands between the angle brackets of an array, map or struct."""
    if not rest.startswith("<"):
        return rest, f"{name} takes its types in angle brackets"
    rest, count = rest[1:], 0
    while True:
        if name == "struct":
            field = _FIELD.match(rest.lstrip())
            rest = rest.lstrip()[field.end() :].lstrip() if field else rest
            if not field or not rest.startswith(":"):
                return rest, "a struct is written struct<name:type,name:type>"
            rest = rest[1:]
        rest, wrong = _read_type(rest)
        if wrong:
            return rest, wrong
        count += 1
        rest = rest.lstrip()
        if not rest.startswith(","):
            break
        rest = rest[1:]
    if not rest.startswith(">"):
        return rest, f"the angle bracket of {name} is not closed"
    if (name, count) not in (("array", 1), ("map", 2)) and name != "struct":
        return rest, "an array takes one type and a map two"
    return rest[1:], None
