# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The columns of JSON lines, files with one JSON object a line, from a sample of their lines. Pure.

The SerDe that reads them (OpenX) finds a column's value by its key, and does not tell upper from lower
case. A column of a nested value is a string: the SerDe gives its JSON text, and Athena's JSON functions
read on from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Callable, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.column_names import (
    ILLEGAL,
    NAME_BYTES,
    shown,
)
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import Column

FAULTS = 5  # of one file that are told: a file of another kind has one in each line
# Control characters, and halves of a character that no text can hold.


class JsonColumns(NamedTuple):
    """What the lines hold: columns in the order of first appearance, and their faults.

    ``mapping`` has, by column, the keys that are not their column's name in another case: the SerDe
    has to be told of them, in lower case, as it makes every key.
    """

    columns: tuple[Column, ...]
    mapping: dict[str, str]
    faults: list[Fault]


class _Keys:
    """Keys and the types of their values, as they appear."""

    def __init__(self, name_of: Callable[[str], str]) -> None:
        self.name_of = name_of
        self.types: dict[str, set[str]] = {}  # by column
        self.keys: dict[str, str] = {}  # the first key of a column
        self.judged: set[str] = set()
        self.faults: list[Fault] = []

    def add(self, key: str, value: Any, where: str) -> None:
        name = self.name_of(key)
        if key not in self.judged:
            self.judged.add(key)
            self._judge(key, name, where)
        found = self.types.setdefault(name, set())
        kind = _kind(value)
        if kind:
            found.add(kind)

    def _judge(self, key: str, name: str, where: str) -> None:
        first = self.keys.setdefault(name, key)
        told = shown(key)
        if first != key:
            message = (
                f"key '{told}' becomes the same column as key '{shown(first)}', '{shown(name)}'"
                " (Glue and the SerDe do not tell upper from lower case). Rename one."
            )
        elif not name:
            message = "holds a key without a name. Name it, or remove it."
        elif ILLEGAL.search(name):
            message = (
                f"key '{told}' has a control character in its name, which Glue or Athena refuses."
                " Rename it; letters, digits and underscores are best."
            )
        elif len(name.encode("utf-8", errors="replace")) > NAME_BYTES:
            message = f"key '{told}' has a name of over {NAME_BYTES} bytes. Shorten it."
        else:
            return
        self.faults.append(Fault(where, message))


def column_name(key: str) -> str:
    """A key's column: Glue lower-cases, and Athena takes no dots in a column of JSON (user guide)."""
    return key.lower().replace(".", "_")


def json_columns(
    lines: Iterable[tuple[str, str]],
    source: str,
    typed: bool = False,
    name_of: Callable[[str], str] = column_name,
) -> JsonColumns:
    """The columns of (place, text), a place being ``file:line``; the caller bounds how many lines there
    are. ``source`` is where they come from.

    ``typed`` looks at the values: bigint, double, boolean, and string for texts, nested values and
    mixtures. Otherwise every column is a string. ``name_of`` makes a column's name of a key. Blank
    lines are skipped, as the SerDe does.
    """
    keys = _Keys(name_of)
    faults: list[Fault] = []
    for where, text in lines:
        if not text.strip():
            continue
        pairs, wrong = _read(text)
        if not wrong:
            for key, value in pairs:
                keys.add(key, value, where)
        elif len(faults) < FAULTS:
            faults.append(Fault(where, wrong))
    if not keys.types and not faults:
        message = (
            "has no JSON object with a key in it. Write one object a line, or remove the file."
        )
        faults.append(Fault(source, message))
    columns = tuple(
        Column(name, _type_of(kinds) if typed else "string") for name, kinds in keys.types.items()
    )
    mapping = {name: key.lower() for name, key in keys.keys.items() if key and key.lower() != name}
    return JsonColumns(columns, mapping, [*faults, *keys.faults])


def _read(text: str) -> tuple[list[tuple[str, Any]], str]:
    """The members of the object on a line, in order, and what is wrong when there is none."""
    found: list[list[tuple[str, Any]]] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # Called for inner objects before outer ones, so that the last call is the line's own.
        found[:] = [pairs]
        return {}

    try:
        value = json.loads(
            text.lstrip("\ufeff"),
            parse_int=Decimal,
            parse_float=Decimal,
            parse_constant=_refuse,
            object_pairs_hook=members,
        )
    except json.JSONDecodeError as error:
        hint = " Write each object on one line of its own." if _goes_on(text, error) else ""
        return [], f"is no JSON: {error.msg} (column {error.colno}).{hint}"
    except ArithmeticError:
        return [], "is no JSON that can be read: a number's exponent is out of any range."
    except RecursionError:
        return [], "is no JSON that can be read: its values are nested too deeply."
    except ValueError as error:
        return [], f"is no JSON: {error}."
    if not isinstance(value, dict):
        return [], 'is JSON, but no object: write {"name": value, …}, one object a line.'
    repeated = _repeated([key for key, dummy in found[0]])
    if repeated is not None:
        return [], f"holds the key '{shown(repeated)}' twice. Remove one."
    return found[0], ""


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is a value that JSON does not have. Write null, or a text")


def _goes_on(text: str, error: json.JSONDecodeError) -> bool:
    """Whether an object is spread over lines: the text ends where more was expected."""
    return error.pos >= len(text.rstrip()) and text.lstrip("\ufeff ")[:1] in ("{", "[")


def _repeated(keys: list[str]) -> str | None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return None


def _kind(value: Any) -> str:
    """The type of one value; empty for null, which fits every type."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "boolean"
    if not isinstance(value, Decimal):
        return "string"
    double = Decimal(repr(float(value))) == value
    if value.as_tuple().exponent != 0:
        return "double" if double else "string"
    if not -(1 << 63) <= value < 1 << 63:
        return "string"
    return "bigint" if double else "long"


def _type_of(kinds: set[str]) -> str:
    """The type that holds values of all these kinds; a long is a bigint that no double holds."""
    if kinds and kinds <= {"bigint", "long"}:
        return "bigint"
    if kinds == {"bigint", "double"}:
        return "double"
    return next(iter(kinds)) if len(kinds) == 1 else "string"
