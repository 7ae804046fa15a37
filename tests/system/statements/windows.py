# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Window functions, their frames, and row patterns. The values are mostly 10, 20, 20 and 30."""

from __future__ import annotations

from .model import Statement, gives

_X = "(VALUES 10, 20, 20, 30) t(x)"

STATEMENTS: list[Statement] = [
    gives(
        "SELECT x, row_number() OVER (ORDER BY x), rank() OVER (ORDER BY x),"
        f" dense_rank() OVER (ORDER BY x) FROM {_X} ORDER BY 2",
        ("10", "1", "1", "1"),
        ("20", "2", "2", "2"),
        ("20", "3", "2", "2"),
        ("30", "4", "4", "3"),
        columns=("x", "_col1", "_col2", "_col3"),
    ),
    # (rank - 1) / (rows - 1), and the share of rows up to the last peer.
    gives(
        f"SELECT x, percent_rank() OVER (ORDER BY x), cume_dist() OVER (ORDER BY x) FROM {_X}"
        " ORDER BY 1",
        ("10", "0.0", "0.25"),
        ("20", "0.3333333333333333", "0.75"),
        ("20", "0.3333333333333333", "0.75"),
        ("30", "1.0", "1.0"),
    ),
    # What is left over goes to the first buckets.
    gives(
        "SELECT x, ntile(3) OVER (ORDER BY x) FROM (VALUES 1, 2, 3, 4) t(x) ORDER BY x",
        ("1", "1"),
        ("2", "1"),
        ("3", "2"),
        ("4", "3"),
    ),
    gives(
        "SELECT id, lag(id) OVER (ORDER BY id), lead(id, 2) OVER (ORDER BY id),"
        " lag(id, 1, -1) OVER (ORDER BY id) FROM customers ORDER BY id",
        ("1", None, "3", "-1"),
        ("2", "1", "4", "1"),
        ("3", "2", None, "2"),
        ("4", "3", None, "3"),
    ),
    gives(
        "SELECT id, lag(x) IGNORE NULLS OVER (ORDER BY id), first_value(x) IGNORE NULLS OVER"
        " (ORDER BY id DESC) FROM (VALUES (1, 'a'), (2, NULL), (3, NULL)) t(id, x) ORDER BY id",
        ("1", None, "a"),
        ("2", "a", None),
        ("3", "a", None),
    ),
    # The frame ends with the current row's peers: so does last_value.
    gives(
        "SELECT x, first_value(x) OVER (ORDER BY x), last_value(x) OVER (ORDER BY x),"
        " last_value(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),"
        f" nth_value(x, 2) OVER (ORDER BY x) FROM {_X} ORDER BY 1",
        ("10", "10", "10", "30", None),
        ("20", "10", "20", "30", "20"),
        ("20", "10", "20", "30", "20"),
        ("30", "10", "30", "30", "20"),
    ),
    # Peers count together by range, one by one by rows.
    gives(
        "SELECT x, sum(x) OVER (ORDER BY x),"
        f" sum(x) OVER (ORDER BY x ROWS UNBOUNDED PRECEDING) AS n FROM {_X} ORDER BY n",
        ("10", "10", "10"),
        ("20", "50", "30"),
        ("20", "50", "50"),
        ("30", "80", "80"),
    ),
    gives(
        f"SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM {_X}",
        "30",
        "50",
        "70",
        "50",
        ordered=False,
    ),
    gives(
        f"SELECT x, sum(x) OVER (ORDER BY x RANGE 10 PRECEDING) FROM {_X} ORDER BY 1",
        ("10", "10"),
        ("20", "50"),
        ("20", "50"),
        ("30", "70"),
    ),
    gives(
        "SELECT x, count(*) OVER (ORDER BY x GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW)"
        f" FROM {_X} ORDER BY 1",
        ("10", "1"),
        ("20", "3"),
        ("20", "3"),
        ("30", "3"),
    ),
    gives(
        "SELECT id, row_number() OVER (PARTITION BY status ORDER BY id DESC),"
        " count(*) OVER (PARTITION BY status), count(*) OVER () FROM orders ORDER BY id",
        ("1", "3", "3", "6"),
        ("2", "2", "3", "6"),
        ("3", "2", "2", "6"),
        ("4", "1", "2", "6"),
        ("5", "1", "3", "6"),
        ("6", "1", "1", "6"),
    ),
    gives(
        "SELECT id, sum(id) OVER w AS s, avg(id) OVER w AS a FROM customers"
        " WINDOW w AS (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) ORDER BY id",
        ("1", "3", "1.5"),
        ("2", "5", "2.5"),
        ("3", "7", "3.5"),
        ("4", "4", "4.0"),
        columns=("id", "s", "a"),
    ),
    # Over groups: windows come after GROUP BY.
    gives(
        "SELECT status, rank() OVER (ORDER BY sum(total) DESC) FROM orders GROUP BY status"
        " ORDER BY 2",
        ("paid", "1"),
        ("void", "2"),
        ("open", "3"),
    ),
    # The newest row of each: the usual way to drop duplicates.
    gives(
        "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY customer_id"
        " ORDER BY ordered_on DESC) AS n FROM orders) WHERE n = 1 ORDER BY id",
        "2",
        "4",
        "5",
        "6",
    ),
    gives(
        "SELECT x FROM (VALUES 2, NULL, 1) t(x) ORDER BY x DESC NULLS FIRST, x",
        None,
        "2",
        "1",
    ),
    # NULL is last either way.
    gives("SELECT x FROM (VALUES 2, NULL, 1) t(x) ORDER BY x DESC", "2", "1", None),
    gives(
        "SELECT low, high FROM (VALUES (1, 5), (2, 3), (3, 4), (4, 1), (5, 2)) t(id, x)"
        " MATCH_RECOGNIZE (ORDER BY id MEASURES FIRST(down.x) AS low, LAST(up.x) AS high"
        " ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (down up)"
        " DEFINE up AS up.x > PREV(up.x)) AS m",
        ("3", "4"),
        ("1", "2"),
        ordered=False,
    ),
]
