# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates, times, timestamps with and without time zone, intervals. The session's zone is UTC."""

from __future__ import annotations

from .model import Statement, gives

STATEMENTS: list[Statement] = [
    gives(
        "SELECT DATE '2024-01-01', TIMESTAMP '2024-01-01 10:20:30', TIMESTAMP '2024-01-01'",
        ("2024-01-01", "2024-01-01 10:20:30.000", "2024-01-01 00:00:00.000"),
    ),
    gives(
        "SELECT TIMESTAMP '2024-01-01 00:00:00 UTC', TIMESTAMP '2024-07-01 12:00:00 Europe/Berlin'",
        ("2024-01-01 00:00:00.000 UTC", "2024-07-01 12:00:00.000 Europe/Berlin"),
    ),
    gives(
        "SELECT CAST('2024-02-29' AS date), CAST('2024-01-01 10:00:00.5' AS timestamp),"
        " CAST(DATE '2024-01-01' AS timestamp), CAST(TIMESTAMP '2024-01-01 23:59:59' AS date)",
        ("2024-02-29", "2024-01-01 10:00:00.500", "2024-01-01 00:00:00.000", "2024-01-01"),
    ),
    # A month or a year later is the last day where the day does not exist.
    gives(
        "SELECT DATE '2024-01-31' + INTERVAL '1' MONTH, DATE '2024-02-29' + INTERVAL '1' YEAR,"
        " DATE '2024-03-01' - INTERVAL '1' DAY",
        ("2024-02-29", "2025-02-28", "2024-02-29"),
    ),
    gives("SELECT DATE '2024-03-01' - DATE '2024-02-01'", "29 00:00:00.000"),
    gives(
        "SELECT TIMESTAMP '2024-01-01 12:00:00' - TIMESTAMP '2024-01-01 10:30:00'",
        "0 01:30:00.000",
    ),
    gives(
        "SELECT INTERVAL '1' DAY + INTERVAL '2' HOUR, INTERVAL '14' MONTH, INTERVAL '3' YEAR,"
        " 2 * INTERVAL '90' MINUTE",
        ("1 02:00:00.000", "1-2", "3-0", "0 03:00:00.000"),
    ),
    gives(
        "SELECT TIME '01:02:03.456', TIME '01:02:03.456' + INTERVAL '1' HOUR",
        ("01:02:03.456", "02:02:03.456"),
    ),
    gives(
        "SELECT date_add('month', 1, DATE '2024-01-31'), date_add('day', -1, DATE '2024-03-01'),"
        " date_add('hour', 25, TIMESTAMP '2024-01-01 00:00:00')",
        ("2024-02-29", "2024-02-29", "2024-01-02 01:00:00.000"),
    ),
    # Whole units that have passed.
    gives(
        "SELECT date_diff('day', DATE '2024-02-28', DATE '2024-03-01'),"
        " date_diff('month', DATE '2024-01-15', DATE '2024-03-14'),"
        " date_diff('hour', TIMESTAMP '2024-01-01 10:00:00', TIMESTAMP '2024-01-01 08:30:00')",
        ("2", "1", "-1"),
    ),
    # Weeks begin on Monday.
    gives(
        "SELECT date_trunc('month', DATE '2024-05-17'), date_trunc('week', DATE '2024-05-17'),"
        " date_trunc('quarter', DATE '2024-05-17'),"
        " date_trunc('hour', TIMESTAMP '2024-05-17 10:20:30.5')",
        ("2024-05-01", "2024-05-13", "2024-04-01", "2024-05-17 10:00:00.000"),
    ),
    # 2024-12-30 is in the first ISO week of 2025; 2024-01-07 was a Sunday, the seventh day.
    gives(
        "SELECT week(DATE '2024-12-30'), year_of_week(DATE '2024-12-30'),"
        " day_of_week(DATE '2024-01-07'), day_of_year(DATE '2024-12-31'), quarter(DATE"
        " '2024-05-17')",
        ("1", "2025", "7", "366", "2"),
    ),
    gives(
        "SELECT EXTRACT(YEAR FROM t), EXTRACT(MONTH FROM t), EXTRACT(DAY FROM t),"
        " EXTRACT(HOUR FROM t), minute(t), second(t), millisecond(t)"
        " FROM (VALUES TIMESTAMP '2024-03-05 07:08:09.123') v(t)",
        ("2024", "3", "5", "7", "8", "9", "123"),
    ),
    gives("SELECT last_day_of_month(DATE '2024-02-10')", "2024-02-29"),
    gives(
        "SELECT date_format(TIMESTAMP '2024-03-05 07:08:09', '%Y/%m/%d %H:%i:%s %W %j %b %e %p')",
        "2024/03/05 07:08:09 Tuesday 065 Mar 5 AM",
    ),
    gives(
        "SELECT date_parse('05.03.2024 07:08', '%d.%m.%Y %H:%i'), date_parse('2024-03', '%Y-%m')",
        ("2024-03-05 07:08:00.000", "2024-03-01 00:00:00.000"),
    ),
    gives(
        "SELECT format_datetime(TIMESTAMP '2024-03-05 07:08:09', 'yyyy-MM-dd''T''HH:mm'),"
        " parse_datetime('2024-01-02', 'yyyy-MM-dd')",
        ("2024-03-05T07:08", "2024-01-02 00:00:00.000 UTC"),
    ),
    gives(
        "SELECT from_unixtime(0), from_unixtime(1704067200, 'Asia/Tokyo'),"
        " to_unixtime(TIMESTAMP '1970-01-02 00:00:00')",
        ("1970-01-01 00:00:00.000 UTC", "2024-01-01 09:00:00.000 Asia/Tokyo", "86400.0"),
    ),
    gives(
        "SELECT from_iso8601_timestamp('2024-01-01T12:00:00+02:00'),"
        " from_iso8601_timestamp('2024-01-01T12:00:00Z'), from_iso8601_date('2024-01-31')",
        ("2024-01-01 12:00:00.000 +02:00", "2024-01-01 12:00:00.000 UTC", "2024-01-31"),
    ),
    gives(
        "SELECT to_iso8601(DATE '2024-01-01'),"
        " to_iso8601(with_timezone(TIMESTAMP '2024-01-01 00:00:00.000', 'UTC')),"
        " to_iso8601(TIMESTAMP '2024-01-01 00:00:00.000')",
        ("2024-01-01", "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.000"),
    ),
    # The same moment elsewhere; with_timezone is the same clock elsewhere.
    gives(
        "SELECT TIMESTAMP '2024-07-01 12:00:00 Europe/Berlin' AT TIME ZONE 'America/New_York',"
        " with_timezone(TIMESTAMP '2024-07-01 12:00:00', 'Asia/Tokyo')",
        ("2024-07-01 06:00:00.000 America/New_York", "2024-07-01 12:00:00.000 Asia/Tokyo"),
    ),
    # Without its zone it shows what the clock showed there.
    gives(
        "SELECT CAST(TIMESTAMP '2024-07-01 12:00:00 Europe/Berlin' AS timestamp),"
        " timezone_hour(TIMESTAMP '2024-07-01 12:00:00 Europe/Berlin'),"
        " EXTRACT(TIMEZONE_MINUTE FROM TIMESTAMP '2024-07-01 12:00:00 +05:30')",
        ("2024-07-01 12:00:00.000", "2", "30"),
    ),
    # An hour after 01:30 on the night when summer time begins.
    gives(
        "SELECT TIMESTAMP '2024-03-31 01:30:00 Europe/Berlin' + INTERVAL '1' HOUR",
        "2024-03-31 03:30:00.000 Europe/Berlin",
    ),
    gives(
        "SELECT TIMESTAMP '2024-07-01 12:00:00 Europe/Berlin' = TIMESTAMP '2024-07-01 10:00:00"
        " UTC',"
        " DATE '2024-01-01' = TIMESTAMP '2024-01-01 00:00:00',"
        " DATE '2024-01-02' BETWEEN DATE '2024-01-01' AND DATE '2024-01-03'",
        ("true", "true", "true"),
    ),
    gives(
        "SELECT sequence(DATE '2024-02-28', DATE '2024-03-01'),"
        " sequence(DATE '2024-01-01', DATE '2024-03-01', INTERVAL '1' MONTH)",
        (
            "[2024-02-28, 2024-02-29, 2024-03-01]",
            "[2024-01-01, 2024-02-01, 2024-03-01]",
        ),
    ),
    gives(
        "SELECT human_readable_seconds(3725), to_milliseconds(INTERVAL '2' SECOND)",
        ("1 hour, 2 minutes, 5 seconds", "2000"),
    ),
    gives(
        "SELECT current_date = CAST(current_timestamp AS date), current_timezone(),"
        " now() - now() = INTERVAL '0' SECOND",
        ("true", "UTC", "true"),
    ),
    gives("SELECT id FROM orders WHERE ordered_on >= DATE '2024-03-01' ORDER BY id", "5", "6"),
    gives(
        "SELECT month(ordered_on) AS m, count(*) AS n FROM orders GROUP BY 1 ORDER BY 1",
        ("1", "2"),
        ("2", "2"),
        ("3", "2"),
        columns=("m", "n"),
    ),
]
