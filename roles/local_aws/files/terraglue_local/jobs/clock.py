# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a schedule is due at a minute. Pure.

"Time-based schedules for jobs and crawlers": cron() of six fields, in UTC. The schedule is one that
CreateTrigger has taken.
"""

from __future__ import annotations

import calendar
import datetime

_NAMES = {
    name: number
    for names in (
        "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(),
        "SUN MON TUE WED THU FRI SAT".split(),
    )
    for number, name in enumerate(names, 1)
}


def _number(text: str) -> int:
    return _NAMES.get(text.upper()) or int(text)


def _matches(field: str, value: int, low: int) -> bool:
    """``*``, values, ranges, steps and lists of them."""
    for part in field.split(","):
        span, slash, step = part.partition("/")
        start, dash, end = span.partition("-")
        first = low if start in ("*", "?") else _number(start)
        open_ended = slash or start in ("*", "?")
        last = _number(end) if dash else 9999 if open_ended else first
        if first <= value <= last and (value - first) % int(step or 1) == 0:
            return True
    return False


def _weekday(date: datetime.date) -> int:
    """1 is Sunday, 7 is Saturday."""
    return date.isoweekday() % 7 + 1


def _nearest_weekday(date: datetime.date, day: int) -> int:
    """The weekday nearest to a day of the month, within the month."""
    days = calendar.monthrange(date.year, date.month)[1]
    wanted = date.replace(day=min(day, days))
    if wanted.isoweekday() == 6:
        return wanted.day - 1 if wanted.day > 1 else 3
    if wanted.isoweekday() == 7:
        return wanted.day + 1 if wanted.day < days else wanted.day - 2
    return wanted.day


def _is_day_of_month(field: str, date: datetime.date) -> bool:
    if field == "L":
        return date.day == calendar.monthrange(date.year, date.month)[1]
    if field.endswith("W"):
        return date.day == _nearest_weekday(date, int(field[:-1]))
    return _matches(field, date.day, 1)


def _is_day_of_week(field: str, date: datetime.date) -> bool:
    if field == "L":
        return _weekday(date) == 7
    if field.endswith("L"):
        last_week = date.day + 7 > calendar.monthrange(date.year, date.month)[1]
        return last_week and _weekday(date) == int(field[:-1])
    if "#" in field:
        day, number = map(int, field.split("#"))
        return _weekday(date) == day and (date.day - 1) // 7 + 1 == number
    return _matches(field, _weekday(date), 1)


def is_due(schedule: str, now: datetime.datetime) -> bool:
    """Whether the schedule fires in this minute of UTC."""
    minutes, hours, day, month, weekday, year = schedule[len("cron(") : -1].split()
    return (
        _matches(minutes, now.minute, 0)
        and _matches(hours, now.hour, 0)
        and _is_day_of_month(day, now.date())
        and _matches(month, now.month, 1)
        and _is_day_of_week(weekday, now.date())
        and _matches(year, now.year, 1970)
    )
