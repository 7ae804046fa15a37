# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CASE and its kin, TRY, and how NULL counts."""

from __future__ import annotations

from .model import Statement, gives

STATEMENTS: list[Statement] = [
    gives(
        "SELECT CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END,"
        " CASE WHEN 1 > 2 THEN 'a' WHEN 2 > 1 THEN 'b' END, CASE WHEN false THEN 1 END",
        ("two", "b", None),
    ),
    # NULL is no WHEN's equal.
    gives("SELECT CASE NULL WHEN NULL THEN 'same' ELSE 'other' END", "other"),
    gives("SELECT if(true, 1, 2), if(1 > 2, 1), if(NULL, 1, 2)", ("1", None, "2")),
    gives(
        "SELECT coalesce(NULL, NULL, 3), coalesce(NULL, 'a'), nullif(1, 1), nullif(1, 2)",
        ("3", "a", None, "1"),
    ),
    # What is not needed is not evaluated.
    gives("SELECT coalesce(1, 1 / 0), CASE WHEN true THEN 1 ELSE 1 / 0 END", ("1", "1")),
    gives(
        "SELECT try(1 / 0), try(CAST('a' AS integer)), try(ARRAY[1][2]), coalesce(try(1 / 0), -1)",
        (None, None, None, "-1"),
    ),
    gives(
        "SELECT NULL = NULL, 1 <> NULL, NULL IS NULL, 1 IS NOT NULL, 1 IS DISTINCT FROM NULL,"
        " NULL IS NOT DISTINCT FROM NULL",
        (None, None, "true", "true", "true", "true"),
    ),
    gives(
        "SELECT NULL AND false, NULL AND true, NULL OR true, NOT CAST(NULL AS boolean)",
        ("false", None, "true", None),
    ),
    gives(
        "SELECT 1 IN (1, NULL), 1 IN (2, NULL), 1 NOT IN (2, NULL), 1 NOT IN (1, NULL)",
        ("true", None, None, "false"),
    ),
    gives(
        "SELECT greatest(1, NULL), NULL BETWEEN 1 AND 2, 3 NOT BETWEEN 1 AND 2, NULL + 1",
        (None, None, "true", None),
    ),
    # Without ELSE, NULL; the comparison with a NULL total is neither true nor false.
    gives(
        "SELECT id, CASE WHEN total >= 20 THEN 'much' WHEN total < 20 THEN 'little' END"
        " FROM orders ORDER BY id",
        ("1", "little"),
        ("2", "much"),
        ("3", "little"),
        ("4", None),
        ("5", "much"),
        ("6", "much"),
        columns=("id", "_col1"),
    ),
]
