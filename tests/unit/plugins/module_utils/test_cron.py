# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils.cron import EXAMPLE, check_schedule


@pytest.mark.parametrize(
    "schedule",
    [
        "cron(0 21 ? * 6 *)",
        "cron(15 12 * * ? *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
        "cron(*/5 * * * ? *)",
        "cron(10-50/20 * * * ? *)",
        "cron(0 10 L * ? *)",
        "cron(0 10 L-2 * ? *)",
        "cron(0 10 LW * ? *)",
        "cron(0 8 15W * ? *)",
        "cron(0 9 ? * 2#1 *)",
        "cron(0 9 ? * MON#5 *)",
        "cron(0 9 ? * 6L *)",
        "cron(0 9 ? jan,FEB,12 MONL 2026)",
        "cron(0 0 ? * FRI-MON 2024-2030)",
        "cron(58,2 1 * * ? *)",
        "cron( 0  21 ? * 6 * )",
    ],
)
def test_what_glue_takes(schedule: str) -> None:
    assert check_schedule(schedule) is None


@pytest.mark.parametrize(
    "schedule, words",
    [
        ("", "form cron"),
        (" cron(0 21 * * ? *)", "form cron"),
        ("0 21 * * *", "form cron"),
        ("rate(5 minutes)", "no rate()"),
        ("cron()", "these are 0"),
        ("cron(0 21 * * ?)", "these are 5"),
        ("cron(0 21 * * * *)", "exactly one"),
        ("cron(0 21 ? * ? *)", "exactly one"),
        ("cron(0 21 1 * 2 *)", "exactly one"),
        ("cron(60 1 * * ? *)", "'60' is not a value of minutes (0-59)"),
        ("cron(0 24 * * ? *)", "'24' is not a value of hours"),
        ("cron(0 1 32 * ? *)", "'32' is not a value of day-of-month"),
        ("cron(0 1 40W * ? *)", "'40' is not a value of day-of-month"),
        ("cron(0 1 * 13 ? *)", "'13' is not a value of month (1-12 or JAN-DEC)"),
        ("cron(0 1 ? * 0 *)", "'0' is not a value of day-of-week (1-7 or SUN-SAT)"),
        ("cron(0 1 ? * FOO *)", "'FOO' is not a value of day-of-week"),
        ("cron(0 1 ? * 2#6 *)", "'2#6' is not a value"),
        ("cron(0 1 ? * 9#1 *)", "'9' is not a value"),
        ("cron(0 1 * * ? 1969)", "'1969' is not a value of year"),
        ("cron(0 ? * * ? *)", "does not fit in hours"),
        ("cron(0 1 ?,3 * ? *)", "does not fit in day-of-month"),
        ("cron(0,,5 1 * * ? *)", "empty item"),
        ("cron(0/0 1 * * ? *)", "step"),
        ("cron(0/x 1 * * ? *)", "step"),
        ("cron(0 5-3 * * ? *)", "ends before it begins"),
        ("cron(* * * * ? *)", "every 5 minutes"),
        ("cron(*/2 * * * ? *)", "every 5 minutes"),
        ("cron(0,3 1 * * ? *)", "every 5 minutes"),
        ("cron(58,2 1,2 * * ? *)", "every 5 minutes"),
        ("cron(58,2 0,23 * * ? *)", "every 5 minutes"),
        ("cron(² 1 * * ? *)", "'²' is not a value"),
    ],
)
def test_what_is_wrong_is_told_with_an_example(schedule: str, words: str) -> None:
    told = check_schedule(schedule) or ""
    assert words in told
    assert told.endswith(f"For example, {EXAMPLE}.")
