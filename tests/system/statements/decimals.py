# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decimals: which precision and scale results have, and how they are rounded."""

from __future__ import annotations

from .model import Statement, gives

STATEMENTS: list[Statement] = [
    # The scale of a quotient is the larger one of both scales, rounded half up.
    gives("SELECT 1.0 / 3.0, 2.0 / 3.0, -2.0 / 3.0", ("0.3", "0.7", "-0.7")),
    gives("SELECT 1.0 / 3.00, typeof(1.0 / 3.00)", ("0.33", "decimal(5,2)")),
    gives(
        "SELECT CAST(1 AS decimal(10,4)) / 3, typeof(CAST(1 AS decimal(10,4)) / 3)",
        ("0.3333", "decimal(10,4)"),
    ),
    # The scale of a product is the sum of both, that of a sum the larger one.
    gives("SELECT 1.5 * 2.25, typeof(1.5 * 2.25)", ("3.375", "decimal(5,3)")),
    gives("SELECT 1.5 + 10.25, typeof(1.5 + 10.25)", ("11.75", "decimal(5,2)")),
    gives("SELECT 1.25 - 0.25, 10.5 % 3", ("1.00", "1.5")),
    # A bigint counts as decimal(19,0), an integer as decimal(10,0); a double makes doubles.
    gives("SELECT BIGINT '1' + 1.5, typeof(BIGINT '1' + 1.5)", ("2.5", "decimal(21,1)")),
    gives("SELECT 1.5 + 1e0, typeof(1.5 + 1e0)", ("2.5", "double")),
    # round(x, n) keeps the scale, round(x) has none.
    gives("SELECT round(1.255, 2), round(2.5), round(-2.5)", ("1.260", "3", "-3")),
    gives("SELECT ceil(1.2), floor(-1.2), truncate(1.9), abs(-1.50)", ("2", "-2", "1", "1.50")),
    gives(
        "SELECT CAST(1.55 AS decimal(2,1)), CAST(-1.55 AS decimal(2,1)), CAST(1.44 AS"
        " decimal(2,1))",
        ("1.6", "-1.6", "1.4"),
    ),
    gives("SELECT CAST(123.456 AS decimal), CAST('1.5' AS decimal(5,2))", ("123", "1.50")),
    gives(
        "SELECT DECIMAL '12345678901234567890.12', CAST(7 AS decimal(38,0)), 0.00",
        ("12345678901234567890.12", "7", "0.00"),
    ),
    gives(
        "SELECT sum(x), typeof(sum(x)), avg(x), max(x) FROM (VALUES 1.00, 1.00, 2.00) t(x)",
        ("4.00", "decimal(38,2)", "1.33", "2.00"),
    ),
    gives("SELECT ARRAY[1.5, 2], 1.50 = 1.5", ("[1.5, 2.0]", "true")),
]
