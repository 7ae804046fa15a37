# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows as an aligned text for a terminal."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible.utils.display import Display

_NUMBERS = frozenset("tinyint smallint integer int bigint float real double decimal".split())
_LEAST = 8  # characters that a column is never narrowed below
_BETWEEN = " | "
_INDENT = 8  # what Ansible puts before each line of a message


def shown(value: Any) -> str:
    """A value in one line: NULL for null, control characters as \\n or \\x1b."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes: two for wide letters, none for accents alone."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def fitted(text: str, width: int, right: bool = False) -> str:
    """The text in exactly ``width`` columns; what is cut off is shown by an ellipsis."""
    if width_of(text) > width:
        kept = 0
        cut = []
        for c in text:
            kept += width_of(c)
            if kept > width - 1:
                break
            cut.append(c)
        text = "".join(cut) + "…"
    blanks = " " * (width - width_of(text))
    return blanks + text if right else text + blanks


def widths(natural: Sequence[int], room: int) -> list[int] | None:
    """Widths of columns that fit into ``room``, the widest narrowed first; None when none do."""
    found = list(natural)
    room -= len(_BETWEEN) * (len(found) - 1)
    excess = sum(found) - room
    while excess > 0:
        widest = max(found)
        if widest <= _LEAST:
            return None
        # All of the widest come down to the next width in one step, as far as it is needed.
        ties = [i for i, one in enumerate(found) if one == widest]
        lower = max([one for one in found if one < widest] + [_LEAST])
        step = max(1, min(widest - lower, excess // len(ties)))
        for i in ties:
            if excess > 0:
                found[i] -= step
                excess -= step
    return found


def _across(
    names: Sequence[str],
    right: Sequence[bool],
    cells: Sequence[Sequence[str]],
    sizes: Sequence[int],
) -> list[str]:
    def line(values: Sequence[str]) -> str:
        parts = [fitted(v, size, r) for v, size, r in zip(values, sizes, right)]
        return _BETWEEN.join(parts).rstrip()

    ruler = "-+-".join("-" * size for size in sizes)
    return [line(names), ruler, *(line(row) for row in cells)]


def _down(names: Sequence[str], cells: Sequence[Sequence[str]], room: int) -> list[str]:
    """A line for each value, for tables of more columns than a line holds."""
    broadest = min(max(width_of(name) for name in names), max(room // 2, _LEAST))
    left = max(room - broadest - len(_BETWEEN), _LEAST)
    lines = []
    for number, row in enumerate(cells, start=1):
        lines.append(f"row {number}")
        for name, value in zip(names, row):
            text = f"{fitted(name, broadest)}{_BETWEEN}{fitted(value, left)}"
            lines.append(text.rstrip())
    return lines


def text_table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[Mapping[str, Any]], width: int = 0
) -> str:
    """``rows`` by the keys of ``columns`` (dicts of name, type, key), numbers on the right.

    No line is wider than ``width``, by default the terminal, and none ends with a blank.
    """
    if not columns:
        return ""
    room = int(width) or int(os.environ.get("COLUMNS") or 0) or Display().columns
    room = max(room - _INDENT, 20)
    names = [shown(column["name"]) for column in columns]
    right = [str(column.get("type", "")).partition("(")[0] in _NUMBERS for column in columns]
    cells = [[shown(row.get(c.get("key", c["name"]))) for c in columns] for row in rows]
    natural = [
        max([width_of(name)] + [width_of(row[i]) for row in cells]) for i, name in enumerate(names)
    ]
    sizes = widths(natural, room)
    lines = _down(names, cells, room) if sizes is None else _across(names, right, cells, sizes)
    return "\n".join(lines)


class FilterModule:
    """Filters of the collection."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"text_table": text_table}
