# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Literals, types, casts, numbers and how values are shown."""

from __future__ import annotations

from .model import Statement, gives, unlike

STATEMENTS: list[Statement] = [
    gives(
        "SELECT 1, 'a', true, NULL",
        ("1", "a", "true", None),
        columns=("_col0", "_col1", "_col2", "_col3"),
    ),
    gives(
        "SELECT 1 AS a, BIGINT '2' AS b, 1.5 AS c, 1e0 AS d, DATE '2024-01-01' AS e, ARRAY[1] AS f",
        ("1", "2", "1.5", "1.0", "2024-01-01", "[1]"),
        columns=("a", "b", "c", "d", "e", "f"),
        types=("integer", "bigint", "decimal", "double", "date", "array"),
    ),
    # Java's Double.toString: an exponent below 1E-3 and from 1E7 on.
    gives(
        "SELECT 1e0, 1e6, 1e7, 1e10, 1e-3, 1e-4, 123456.789e0",
        ("1.0", "1000000.0", "1.0E7", "1.0E10", "0.001", "1.0E-4", "123456.789"),
    ),
    gives("SELECT REAL '3.5', CAST(0.1 AS real), CAST(1e10 AS real)", ("3.5", "0.1", "1.0E10")),
    gives("SELECT nan(), infinity(), -infinity()", ("NaN", "Infinity", "-Infinity")),
    gives(
        "SELECT typeof(1), typeof(2147483648), typeof(1.50), typeof('ab'), typeof(1e0),"
        " typeof(NULL), typeof(ARRAY[1]), typeof(now())",
        (
            "integer",
            "bigint",
            "decimal(3,2)",
            "varchar(2)",
            "double",
            "unknown",
            "array(integer)",
            "timestamp(3) with time zone",
        ),
    ),
    gives(
        "SELECT CAST('12' AS tinyint), CAST('12' AS smallint), CAST('-12' AS integer),"
        " CAST('9223372036854775807' AS bigint)",
        ("12", "12", "-12", "9223372036854775807"),
    ),
    # Casts to integers round, the half away from zero.
    gives(
        "SELECT CAST(1.5 AS integer), CAST(2.5e0 AS bigint), CAST(1.4 AS integer)", ("2", "3", "1")
    ),
    gives(
        "SELECT CAST('t' AS boolean), CAST('FALSE' AS boolean), CAST('1' AS boolean),"
        " CAST(0 AS boolean), CAST(true AS integer), CAST(false AS varchar)",
        ("true", "false", "true", "false", "1", "false"),
    ),
    gives("SELECT CAST('1.5' AS double), CAST('1e3' AS double)", ("1.5", "1000.0")),
    gives(
        "SELECT CAST('abc' AS varchar(2)), CAST(123 AS varchar), CAST(1.50 AS varchar)",
        ("ab", "123", "1.50"),
    ),
    # char(n) is padded: its length is always n.
    gives("SELECT length(CAST('a' AS char(3))), CAST('a' AS char(3)) = 'a'", ("3", "true")),
    gives("SELECT TRY_CAST('a' AS integer), TRY_CAST('7' AS integer)", (None, "7")),
    gives("SELECT X'0aff', to_utf8('hi'), X''", ("0a ff", "68 69", "")),
    gives("SELECT to_hex(X'0aff'), from_utf8(X'6869'), from_hex('6869')", ("0AFF", "hi", "68 69")),
    gives("SELECT CAST(ARRAY['1', '2'] AS array(bigint))", "[1, 2]"),
    gives("SELECT CAST(ROW(1, 'x') AS ROW(a integer, b varchar))", "{a=1, b=x}"),
    gives(
        "SELECT CAST(UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59' AS varchar)",
        "12151fd2-7586-11e9-8f9e-2a86e4085a59",
    ),
    gives(
        "SELECT CAST(IPADDRESS '10.0.0.1' AS varchar), IPADDRESS '10.0.0.1' < IPADDRESS '10.0.0.2'",
        ("10.0.0.1", "true"),
    ),
    gives("SELECT 1 = 1.0, 1 = 1e0, BIGINT '1' <> 2, 'a' < 'b'", ("true",) * 4),
    # Division of integers truncates; the remainder has the sign of the dividend.
    gives("SELECT 7 / 2, -7 / 2, mod(-7, 3), 7 % -3", ("3", "-3", "-1", "1")),
    gives("SELECT 1e0 / 0, 0e0 / 0e0", ("Infinity", "NaN")),
    gives(
        "SELECT power(2, 10), sqrt(16), cbrt(27), abs(-5), sign(-3), ln(e())",
        ("1024.0", "4.0", "3.0", "5", "-1", "1.0"),
    ),
    gives(
        "SELECT ceil(1.2e0), floor(-1.2e0), round(2.5e0), round(-2.5e0), truncate(-1.9e0)",
        ("2.0", "-2.0", "3.0", "-3.0", "-1.0"),
    ),
    gives("SELECT greatest(1, 3, 2), least('b', 'a')", ("3", "a")),
    gives("SELECT width_bucket(5.3e0, 0e0, 10e0, 5), pi()", ("3", "3.141592653589793")),
    gives("SELECT from_base('ff', 16), to_base(255, 2)", ("255", "11111111")),
    gives(
        "SELECT bitwise_and(6, 3), bitwise_or(6, 3), bitwise_xor(6, 3), bitwise_not(0),"
        " bit_count(7, 64)",
        ("2", "7", "5", "-1", "3"),
    ),
    gives("SELECT format('%05d|%s|%.2f', 42, 'a', 1.5e0)", "00042|a|1.50"),
    unlike(
        "Trino's geospatial functions are a plugin of their own, which is not fetched",
        gives("SELECT ST_AsText(ST_Point(1, 2))", "POINT (1 2)"),
    ),
    gives("SELECT format_number(123456), format_number(1000000)", ("123K", "1M")),
]
