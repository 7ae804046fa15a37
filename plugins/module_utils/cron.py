# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedules of Glue triggers: ``cron(minutes hours day-of-month month day-of-week year)``. Pure.

Source: Glue developer guide, "Time-based schedules for jobs and crawlers": six fields in UTC, one
of the two day fields is ``?``, nothing more often than every 5 minutes. There is no ``rate()``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

EXAMPLE = "cron(0 21 * * ? *) runs every day at 21:00 UTC"
LEAST_PAUSE = 5  # minutes

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


class Field(NamedTuple):
    """A field: its name, range, names of values (from ``low`` on), and forms it alone knows."""

    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()
    special: str = ""
    wraps: bool = False


FIELDS = (
    Field("minutes", 0, 59),
    Field("hours", 0, 23),
    Field("day-of-month", 1, 31, special=r"L(-\d+)?|LW|\d+W"),
    Field("month", 1, 12, tuple(MONTHS)),
    Field("day-of-week", 1, 7, tuple(DAYS), special=r"L|\w+L|\w+#[1-5]", wraps=True),
    Field("year", 1970, 2199),
)


class _Wrong(ValueError):
    """What is wrong, as half a sentence."""


def _number(field: Field, text: str) -> int:
    upper = text.upper()
    if upper in field.words:
        return field.words.index(upper) + field.low
    if not re.fullmatch(r"[0-9]+", text) or not field.low <= int(text) <= field.high:
        names = f" or {field.words[0]}-{field.words[-1]}" if field.words else ""
        raise _Wrong(f"'{text}' is not a value of {field.name} ({field.low}-{field.high}{names})")
    return int(text)


def _item(field: Field, text: str) -> set[int]:
    """The values that one item of a comma-separated field stands for."""
    if field.special and re.fullmatch(field.special, text, re.I):
        number = re.match(r"[0-9]+|[A-Za-z]{3}", text)
        if number:
            _number(field, number.group())
        return set()
    base, slash, step_text = text.partition("/")
    step = 1
    if slash:
        if not re.fullmatch(r"[1-9][0-9]*", step_text):
            raise _Wrong(f"'{text}' in {field.name} needs a step of 1 or more after the /")
        step = int(step_text)
    if base == "*":
        return set(range(field.low, field.high + 1, step))
    first_text, dash, last_text = base.partition("-")
    first = _number(field, first_text)
    if not dash:
        return set(range(first, field.high + 1, step)) if slash else {first}
    last = _number(field, last_text)
    if last < first:
        if not field.wraps:
            raise _Wrong(f"the range {base} in {field.name} ends before it begins")
        last += field.high
    return {(value - field.low) % field.high + field.low for value in range(first, last + 1, step)}


def _values(field: Field, text: str) -> set[int]:
    values: set[int] = set()
    for item in text.split(","):
        if not item:
            raise _Wrong(f"'{text}' in {field.name} has an empty item")
        if item == "?":
            raise _Wrong(f"? is for a whole day field and does not fit in {field.name}")
        values |= _item(field, item)
    return values


def _shortest_pause(minutes: set[int], hours: set[int]) -> int:
    """The fewest minutes between two runs."""
    ordered = sorted(minutes)
    pauses = [later - earlier for earlier, later in zip(ordered, ordered[1:])]
    if any((hour + 1) % 24 in hours for hour in hours):
        pauses.append(ordered[0] + 60 - ordered[-1])
    return min(pauses, default=60)


def _judge(text: str) -> None:
    found = re.fullmatch(r"cron\((.*)\)", text)
    if text.startswith("rate("):
        raise _Wrong("Glue triggers know no rate(), only cron()")
    if not found:
        raise _Wrong("a schedule has the form cron(...)")
    parts = found.group(1).split()
    if len(parts) != len(FIELDS):
        names = " ".join(field.name for field in FIELDS)
        raise _Wrong(f"cron() has six fields ({names}), these are {len(parts)}")
    if (parts[2] == "?") == (parts[4] == "?"):
        raise _Wrong("exactly one of day-of-month and day-of-week has to be ?")
    values = [
        set() if part == "?" and field.special else _values(field, part)
        for field, part in zip(FIELDS, parts)
    ]
    if _shortest_pause(values[0], values[1]) < LEAST_PAUSE:
        raise _Wrong(f"Glue runs nothing more often than every {LEAST_PAUSE} minutes")


def check_schedule(text: str) -> str | None:
    """None when Glue takes the schedule; otherwise what is wrong with it, and an example."""
    try:
        _judge(text)
    except _Wrong as wrong:
        return f"'{text}': {wrong}. For example, {EXAMPLE}."
    return None
