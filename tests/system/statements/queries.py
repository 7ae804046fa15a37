# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries as wholes: sets, joins, subqueries, WITH and recursion, LIMIT, sampling, EXPLAIN."""

from __future__ import annotations

from .model import Statement, gives, holds

STATEMENTS: list[Statement] = [
    # --- sets
    gives("SELECT 1 UNION SELECT 1 UNION SELECT NULL UNION SELECT NULL", "1", None, ordered=False),
    gives("SELECT 1 AS a UNION ALL SELECT 1 AS b", "1", "1", columns=("a",)),
    gives(
        "SELECT * FROM (VALUES 1, 2, NULL) INTERSECT SELECT * FROM (VALUES 2, 3, NULL)",
        "2",
        None,
        ordered=False,
    ),
    gives("SELECT * FROM (VALUES 1, 1, 2) EXCEPT SELECT * FROM (VALUES 2)", "1"),
    gives(
        "SELECT * FROM (VALUES 1, 1, 1, 2) INTERSECT ALL SELECT * FROM (VALUES 1, 1, 3)", "1", "1"
    ),
    gives(
        "SELECT * FROM (VALUES 1, 1, 2) EXCEPT ALL SELECT * FROM (VALUES 1)",
        "1",
        "2",
        ordered=False,
    ),
    # INTERSECT binds more tightly than UNION.
    gives("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3", "1"),
    gives("SELECT 1 UNION ALL SELECT 2.5", "1.0", "2.5", ordered=False, types=("decimal",)),
    gives(
        "VALUES (1, 'a'), (2, 'b')",
        ("1", "a"),
        ("2", "b"),
        ordered=False,
        columns=("_col0", "_col1"),
    ),
    gives("TABLE nothing", columns=("a", "b")),
    # --- order and number of rows
    gives("SELECT id FROM orders ORDER BY total DESC NULLS LAST, id LIMIT 2", "2", "5"),
    gives("SELECT id FROM orders ORDER BY id OFFSET 2 LIMIT 2", "3", "4"),
    gives(
        "SELECT x FROM (VALUES 1, 2, 2, 3) t(x) ORDER BY x FETCH FIRST 2 ROWS WITH TIES",
        "1",
        "2",
        "2",
    ),
    gives("SELECT id AS n FROM customers ORDER BY -n LIMIT 1", "4", columns=("n",)),
    gives("SELECT DISTINCT status FROM orders ORDER BY status", "open", "paid", "void"),
    gives("SELECT count(*) FROM orders TABLESAMPLE BERNOULLI (100)", "6"),
    # --- joins
    gives(
        "SELECT o.id, c.name FROM orders o JOIN customers c ON o.customer_id = c.id ORDER BY o.id",
        ("1", "Ada"),
        ("2", "Ada"),
        ("3", "Grace"),
        ("4", "Linus"),
        ("6", "Grace"),
        columns=("id", "name"),
    ),
    gives(
        "SELECT c.id, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND"
        " o.total > 15"
        " ORDER BY 1, 2",
        ("1", "2"),
        ("2", "6"),
        ("3", None),
        ("4", None),
    ),
    gives(
        "SELECT c.name, o.id FROM customers c RIGHT JOIN orders o ON o.customer_id = c.id"
        " WHERE o.id > 4 ORDER BY 2",
        (None, "5"),
        ("Grace", "6"),
    ),
    gives(
        "SELECT c.name, o.id FROM customers c FULL JOIN orders o ON o.customer_id = c.id"
        " WHERE c.id IS NULL OR o.id IS NULL",
        ("Edsger", None),
        (None, "5"),
        ordered=False,
    ),
    gives("SELECT count(*) FROM customers CROSS JOIN orders", "24"),
    gives(
        "SELECT a.id, b.id FROM customers a, customers b WHERE a.id < b.id AND b.id < 4 ORDER BY"
        " 1, 2",
        ("1", "2"),
        ("1", "3"),
        ("2", "3"),
    ),
    # USING makes one column of two.
    gives(
        "SELECT * FROM (VALUES (1, 'a')) t(id, x) JOIN (VALUES (1, 'b')) u(id, y) USING (id)",
        ("1", "a", "b"),
        columns=("id", "x", "y"),
    ),
    gives(
        "SELECT t.x, u.y FROM (VALUES 1, 2) t(x) CROSS JOIN LATERAL (SELECT x * 10) AS u(y) ORDER"
        " BY 1",
        ("1", "10"),
        ("2", "20"),
    ),
    # --- subqueries
    gives(
        "SELECT name FROM customers WHERE id IN (SELECT customer_id FROM orders) ORDER BY name",
        "Ada",
        "Grace",
        "Linus",
    ),
    # One order has no customer: nobody is surely not among them.
    gives("SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)"),
    gives(
        "SELECT name FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders WHERE customer_id ="
        " c.id)",
        "Edsger",
    ),
    gives(
        "SELECT name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c"
        " ORDER BY c.id",
        ("Ada", "2"),
        ("Grace", "2"),
        ("Linus", "1"),
        ("Edsger", "0"),
    ),
    gives(
        "SELECT (SELECT 1 WHERE false), 3 > ALL (VALUES 1, 2), 3 = ANY (VALUES 3, NULL), 3 < SOME"
        " (VALUES 1)",
        (None, "true", "true", "false"),
    ),
    gives("SELECT id FROM orders WHERE total = (SELECT max(total) FROM orders)", "2"),
    # --- WITH
    gives(
        "WITH a AS (SELECT 1 AS x), b (y) AS (SELECT x + 1 FROM a) SELECT x, y FROM a, b",
        ("1", "2"),
        columns=("x", "y"),
    ),
    gives(
        "WITH RECURSIVE t (n) AS (VALUES 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5)"
        " SELECT sum(n), count(*) FROM t",
        ("15", "5"),
    ),
    gives(
        "WITH RECURSIVE part (id, up, name) AS (VALUES (1, NULL, 'all'), (2, 1, 'left'), (3, 1,"
        " 'right'),"
        " (4, 2, 'leaf')), path (id, way) AS (SELECT id, CAST(name AS varchar) FROM part WHERE up"
        " IS NULL"
        " UNION ALL SELECT p.id, w.way || '/' || p.name FROM part p JOIN path w ON p.up = w.id)"
        " SELECT way FROM path ORDER BY way",
        "all",
        "all/left",
        "all/left/leaf",
        "all/right",
    ),
    # --- EXPLAIN
    holds("EXPLAIN SELECT status, count(*) FROM orders GROUP BY status", "Fragment", "orders"),
    holds("EXPLAIN (TYPE LOGICAL) SELECT 1", "Output"),
    holds("EXPLAIN (TYPE VALIDATE) SELECT * FROM orders", "true"),
    holds("EXPLAIN (TYPE IO, FORMAT JSON) SELECT * FROM orders", "inputTableColumnInfos", "orders"),
    holds("EXPLAIN ANALYZE SELECT count(*) FROM customers", "Fragment", "customers"),
]
