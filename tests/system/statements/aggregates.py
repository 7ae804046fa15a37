# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Aggregates and grouping. Five of the six totals are known: 10.50, 99.99, 5.00, 42.00, 20.00."""

from __future__ import annotations

from .model import Statement, gives

STATEMENTS: list[Statement] = [
    gives(
        "SELECT count(*), count(total), count(DISTINCT customer_id), sum(total), avg(total),"
        " min(total), max(total) FROM orders",
        ("6", "5", "3", "177.49", "35.50", "5.00", "99.99"),
    ),
    gives(
        "SELECT status, count(*) AS n, sum(total) AS total FROM orders GROUP BY status"
        " ORDER BY status",
        ("open", "2", "5.00"),
        ("paid", "3", "152.49"),
        ("void", "1", "20.00"),
        columns=("status", "n", "total"),
    ),
    gives(
        "SELECT status FROM orders GROUP BY status HAVING count(*) > 1 AND sum(total) > 100",
        "paid",
    ),
    # Of no rows: no group has no row, and without GROUP BY there is one.
    gives(
        "SELECT count(*), sum(id), max(id), array_agg(id) FROM orders WHERE id > 99",
        ("0", None, None, None),
    ),
    gives("SELECT status, count(*) FROM orders WHERE id > 99 GROUP BY status"),
    # NULL is a group of its own, last in order.
    gives(
        "SELECT customer_id, count(*) FROM orders GROUP BY customer_id ORDER BY customer_id",
        ("1", "2"),
        ("2", "2"),
        ("3", "1"),
        (None, "1"),
    ),
    gives(
        "SELECT avg(x), sum(x), typeof(sum(x)) FROM (VALUES 1, 2, 4, 3) t(x)",
        ("2.5", "10", "bigint"),
    ),
    # Both are exact while there are few values.
    gives("SELECT approx_distinct(customer_id), approx_distinct(status) FROM orders", ("3", "3")),
    gives("SELECT approx_percentile(x, 0.5) FROM (VALUES 1, 2, 3, 4, 5) t(x)", "3"),
    gives(
        "SELECT max_by(id, total), min_by(id, total), max(total, 2), min(id, 3),"
        " max_by(status, total, 2) FROM orders",
        ("2", "3", "[99.99, 42.00]", "[1, 2, 3]", "[paid, paid]"),
    ),
    gives(
        "SELECT array_agg(id ORDER BY total DESC) FILTER (WHERE total IS NOT NULL),"
        " array_agg(customer_id ORDER BY id) FROM orders",
        ("[2, 5, 6, 1, 3]", "[1, 1, 2, 3, null, 2]"),
    ),
    gives(
        "SELECT count(*) FILTER (WHERE status = 'paid'), sum(total) FILTER (WHERE status = 'none')"
        " FROM orders",
        ("3", None),
    ),
    gives(
        "SELECT listagg(status, ',') WITHIN GROUP (ORDER BY id) FROM orders",
        "paid,paid,open,open,paid,void",
    ),
    gives(
        "SELECT listagg(DISTINCT status, '/') WITHIN GROUP (ORDER BY status) FROM orders",
        "open/paid/void",
    ),
    gives(
        "SELECT bool_and(total > 5), bool_or(total > 50), every(id > 0), count_if(total > 10)"
        " FROM orders",
        ("false", "true", "true", "4"),
    ),
    gives(
        "SELECT histogram(status)['paid'], cardinality(histogram(status)) FROM orders", ("3", "3")
    ),
    gives("SELECT map_agg(id, name) FROM customers WHERE id < 3", "{1=Ada, 2=Grace}"),
    gives(
        "SELECT multimap_agg(status, id)['void'], map_union(MAP(ARRAY[status], ARRAY[1]))['open']"
        " FROM orders",
        ("[6]", "1"),
    ),
    gives(
        "SELECT approx_most_frequent(2, status, 10)['paid'] FROM orders",
        "3",
    ),
    gives(
        "SELECT reduce_agg(x, 0, (a, b) -> a + b, (a, b) -> a + b) FROM (VALUES 1, 2, 3) t(x)", "6"
    ),
    gives(
        "SELECT round(stddev_pop(x), 6), round(var_pop(x), 6), round(var_samp(x), 4),"
        " round(geometric_mean(x), 4) FROM (VALUES 2, 4, 4, 4, 5, 5, 7, 9) t(x)",
        ("2.0", "4.0", "4.5714", "4.6032"),
    ),
    gives(
        "SELECT round(corr(y, x), 6), round(regr_slope(y, x), 6), round(covar_pop(y, x), 6)"
        " FROM (VALUES (1e0, 3e0), (2e0, 5e0), (3e0, 7e0)) t(x, y)",
        ("1.0", "2.0", "1.333333"),
    ),
    gives("SELECT bitwise_and_agg(x), bitwise_or_agg(x) FROM (VALUES 6, 3) t(x)", ("2", "7")),
    gives(
        "SELECT sum(DISTINCT x), count(DISTINCT x), min(s) FROM (VALUES (1, 'b'), (1, 'a')) t(x,"
        " s)",
        ("1", "1", "a"),
    ),
    gives("SELECT count(*) FROM (SELECT DISTINCT status, customer_id FROM orders)", "5"),
    # By an expression, by its place, and in an order that is not selected.
    gives(
        "SELECT upper(status) AS s FROM orders GROUP BY upper(status) ORDER BY max(id) DESC",
        "VOID",
        "PAID",
        "OPEN",
    ),
    gives(
        "SELECT total > 15 AS high, count(*) FROM orders GROUP BY 1 ORDER BY 1",
        ("false", "2"),
        ("true", "3"),
        (None, "1"),
        columns=("high", "_col1"),
    ),
    # --- several groupings at once
    gives(
        "SELECT a, b, sum(n) FROM (VALUES ('x', 'p', 1), ('x', 'q', 2), ('y', 'p', 4)) t(a, b, n)"
        " GROUP BY GROUPING SETS ((a, b), (a), ()) ORDER BY a, b",
        ("x", "p", "1"),
        ("x", "q", "2"),
        ("x", None, "3"),
        ("y", "p", "4"),
        ("y", None, "4"),
        (None, None, "7"),
    ),
    gives(
        "SELECT a, b, sum(n) FROM (VALUES ('x', 'p', 1), ('x', 'q', 2), ('y', 'p', 4)) t(a, b, n)"
        " GROUP BY CUBE (a, b) ORDER BY a, b",
        ("x", "p", "1"),
        ("x", "q", "2"),
        ("x", None, "3"),
        ("y", "p", "4"),
        ("y", None, "4"),
        (None, "p", "5"),
        (None, "q", "2"),
        (None, None, "7"),
    ),
    # grouping() has a bit for each column that was left out.
    gives(
        "SELECT a, b, grouping(a, b), sum(n) FROM (VALUES ('x', 'p', 1), ('x', 'q', 2)) t(a, b, n)"
        " GROUP BY ROLLUP (a, b) ORDER BY 3, b",
        ("x", "p", "0", "1"),
        ("x", "q", "0", "2"),
        ("x", None, "1", "3"),
        (None, None, "3", "3"),
    ),
    gives(
        "SELECT status, grouping(status), count(*) FROM orders GROUP BY ROLLUP (status)"
        " ORDER BY 2, 1",
        ("open", "0", "2"),
        ("paid", "0", "3"),
        ("void", "0", "1"),
        (None, "1", "6"),
    ),
]
