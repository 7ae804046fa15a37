# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What SerDes make of files, hidden columns, and the catalog as tables."""

from __future__ import annotations

from .model import Statement, fails, gives, prints, unlike

_AS_VIEW = (
    "Trino sees a typed table of OpenCSVSerDe as a view that casts: no $path, a cast's errors"
)

STATEMENTS: list[Statement] = [
    # --- OpenCSVSerDe: what is empty is '', only a cell that is not there is NULL.
    gives(
        "SELECT * FROM odd ORDER BY id",
        ("1", "a, b", "x"),
        ("2", 'say "hi"', "y"),
        ("3", 'say "ho"', "z"),
        ("4", "", ""),
        ("5", "short", None),
        ("6", "back\\slash", "w"),
        columns=("id", "text", "rest"),
        types=("varchar", "varchar", "varchar"),
    ),
    gives("SELECT id FROM odd WHERE rest IS NULL OR text = '' ORDER BY id", "4", "5"),
    # "Recognizes BOOLEAN, BIGINT, INT, and DOUBLE": texts become values of the column's type.
    gives(
        "SELECT n, x, ok FROM typed ORDER BY n",
        ("1", "1.5", "true"),
        ("20", "-2.0", "false"),
        types=("bigint", "double", "boolean"),
    ),
    gives("SELECT sum(n), max(x) FROM typed WHERE n > 2 AND NOT ok", ("20", "-2.0")),
    # Dates are days since 1970, timestamps milliseconds: 18,276 days, and 18,276 days and 03:44:40.
    gives(
        "SELECT d, t FROM typed ORDER BY d",
        ("1970-01-01", "1970-01-01 00:00:00.000"),
        ("2020-01-15", "2020-01-15 03:44:40.000"),
        types=("date", "timestamp"),
    ),
    unlike(
        _AS_VIEW,
        gives('SELECT n, "$path" FROM typed WHERE n = 1', ("1", "s3://lab/shop/typed/a.csv")),
    ),
    unlike(
        _AS_VIEW,
        fails("SELECT n + 1 FROM badly_typed", "HIVE_BAD_DATA", "Error parsing field value ''"),
    ),
    # --- LazySimpleSerDe
    gives(
        "SELECT * FROM lazy ORDER BY n",
        ("1", None, "2.5"),
        ("2", "", None),
        ("3", "x", None),
        ("4", None, None),
        ("5", "a", "1.0"),
        (None, "w", "1.0"),
        columns=("n", "s", "x"),
    ),
    gives("SELECT * FROM nested ORDER BY n", ("1", "[a, b]", "{k=v, l=w}"), ("2", None, None)),
    # Bytes are written in Base64.
    gives("SELECT * FROM bytes ORDER BY n", ("1", "68 69"), ("2", None)),
    gives("SELECT m['l'], a[2] FROM nested WHERE n = 1", ("w", "b")),
    gives(
        "SELECT sum(total), max(ordered_on) FROM shop.orders WHERE status <> 'void'",
        ("157.49", "2024-03-01"),
    ),
    # --- JSON: a key that is missing is NULL, as null is; keys in any case.
    gives(
        "SELECT * FROM events ORDER BY id",
        ("1", "click", "[a, b]", "{x=1, y=2.5}", "{k=v}"),
        ("2", "view", "[]", None, None),
        ("3", None, "[c, null]", "{x=7, y=null}", None),
        columns=("id", "kind", "tags", "place", "attrs"),
        types=("integer", "varchar", "array", "row", "map"),
    ),
    gives(
        "SELECT id, place.x, attrs['k'] FROM events WHERE place.y > 1",
        ("1", "1", "v"),
        columns=("id", "x", "_col2"),
    ),
    gives("SELECT a FROM mild_json WHERE a IS NOT NULL", "1"),
    fails("SELECT a FROM wrong_json", "HIVE_CURSOR_ERROR"),
    # --- Parquet
    fails("SELECT * FROM no_parquet", "HIVE_BAD_DATA", "arquet"),
    gives("SELECT * FROM nothing", columns=("a", "b"), types=("integer", "varchar")),
    gives("SELECT count(*), max(a) FROM nothing", ("0", None)),
    # --- partitions, which come after the columns
    gives(
        "SELECT * FROM logs ORDER BY dt, level, message",
        ("lost", "9", "2024-01-01", "error"),
        ("ready", "4", "2024-01-01", "info"),
        ("up", "3", "2024-01-01", "info"),
        ("down", "1", "2024-01-02", "info"),
        columns=("message", "size", "dt", "level"),
    ),
    gives(
        "SELECT message FROM logs WHERE dt = '2024-01-01' AND level <> 'error' ORDER BY 1",
        "ready",
        "up",
    ),
    gives(
        "SELECT dt, sum(size) FROM logs GROUP BY dt ORDER BY dt",
        ("2024-01-01", "16"),
        ("2024-01-02", "1"),
    ),
    gives(
        'SELECT * FROM "logs$partitions" ORDER BY dt, level',
        ("2024-01-01", "error"),
        ("2024-01-01", "info"),
        ("2024-01-02", "info"),
        columns=("dt", "level"),
    ),
    # --- where a row comes from
    gives('SELECT DISTINCT "$path" FROM odd', "s3://lab/shop/odd/a.csv"),
    gives(
        "SELECT DISTINCT regexp_extract(\"$path\", 'logs/(.*)/', 1) FROM logs WHERE size > 3"
        " ORDER BY 1",
        "dt=2024-01-01/level=error",
        "dt=2024-01-01/level=info",
    ),
    gives("SELECT id FROM customers WHERE \"$path\" LIKE '%/b.txt'", "4"),
    # --- names: in any case, with database and catalog, in double quotes
    gives('SELECT COUNT(*) FROM "AwsDataCatalog"."shop"."customers"', "4"),
    gives("SELECT Customers.ID FROM SHOP.Customers WHERE NAME = 'Ada'", "1"),
    # --- the catalog
    gives(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop'"
        " AND table_name LIKE 'o%' ORDER BY 1",
        "odd",
        "orders",
    ),
    gives(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'shop'"
        " AND table_name = 'orders' ORDER BY ordinal_position",
        ("id", "bigint"),
        ("customer_id", "integer"),
        ("total", "decimal(10,2)"),
        ("ordered_on", "date"),
        ("status", "varchar"),
    ),
    gives("SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'shop'", "shop"),
    prints("SHOW TABLES 'o*'", "odd", "orders"),
    prints(
        "SHOW PARTITIONS logs",
        "dt=2024-01-01/level=error",
        "dt=2024-01-01/level=info",
        "dt=2024-01-02/level=info",
    ),
    prints("SHOW COLUMNS IN logs", "message", "size", "dt", "level"),
    # Such a SerDe knows its columns itself.
    prints("DESCRIBE events kind", "kind string from deserializer"),
    prints("DESCRIBE events place.x", "x int from deserializer"),
    prints("DESCRIBE events tags.'$elem$'", "$elem$ string from deserializer"),
]
