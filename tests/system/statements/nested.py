# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays, maps, rows, lambdas, and UNNEST, which makes rows of them."""

from __future__ import annotations

from .model import Statement, gives

STATEMENTS: list[Statement] = [
    gives(
        "SELECT ARRAY[1, 2], ARRAY['a', NULL], ARRAY[1.50], ARRAY[1e0], ARRAY[], ARRAY[ARRAY[1],"
        " NULL]",
        ("[1, 2]", "[a, null]", "[1.50]", "[1.0]", "[]", "[[1], null]"),
    ),
    # From 1 on, from the end with element_at, which is NULL where there is nothing.
    gives(
        "SELECT a[1], element_at(a, -1), element_at(a, 9), cardinality(a) FROM (VALUES ARRAY[5, 7])"
        " t(a)",
        ("5", "7", None, "2"),
    ),
    gives(
        "SELECT contains(ARRAY[1, 2], 2), array_position(ARRAY[5, 7], 7),"
        " array_position(ARRAY[5, 7], 8), contains(ARRAY[1, NULL], 2)",
        ("true", "2", "0", None),
    ),
    gives(
        "SELECT array_distinct(ARRAY[1, 2, 1]), array_sort(ARRAY[3, NULL, 1]),"
        " array_sort(array_union(ARRAY[1, 2], ARRAY[2, 3])),"
        " array_sort(array_intersect(ARRAY[1, 2, 3], ARRAY[3, 2])),"
        " array_except(ARRAY[1, 2, 3], ARRAY[2])",
        ("[1, 2]", "[1, 3, null]", "[1, 2, 3]", "[2, 3]", "[1, 3]"),
    ),
    gives(
        "SELECT array_max(ARRAY[1, 3, 2]), array_min(ARRAY['b', 'a']), array_max(ARRAY[1, NULL]),"
        " array_max(CAST(ARRAY[] AS array(integer)))",
        ("3", "a", None, None),
    ),
    gives(
        "SELECT array_join(ARRAY['a', NULL, 'c'], '-'), array_join(ARRAY[1, NULL], '-', '?'),"
        " array_remove(ARRAY[1, 2, 1], 1)",
        ("a-c", "1-?", "[2]"),
    ),
    gives(
        "SELECT ARRAY[1] || ARRAY[2], ARRAY[1] || 2, 0 || ARRAY[1], concat(ARRAY[1], ARRAY[2],"
        " ARRAY[3])",
        ("[1, 2]", "[1, 2]", "[0, 1]", "[1, 2, 3]"),
    ),
    gives(
        "SELECT flatten(ARRAY[ARRAY[1], ARRAY[2, 3]]), reverse(ARRAY[1, 2]),"
        " slice(ARRAY[1, 2, 3, 4], 2, 2), slice(ARRAY[1, 2, 3, 4], -2, 2), repeat(0, 3),"
        " trim_array(ARRAY[1, 2, 3], 1)",
        ("[1, 2, 3]", "[2, 1]", "[2, 3]", "[3, 4]", "[0, 0, 0]", "[1, 2]"),
    ),
    gives(
        "SELECT sequence(1, 9, 4), sequence(3, 1), arrays_overlap(ARRAY[1, 2], ARRAY[2])",
        ("[1, 5, 9]", "[3, 2, 1]", "true"),
    ),
    gives(
        "SELECT contains_sequence(ARRAY[1, 2, 3], ARRAY[2, 3]), ARRAY[1, 2] < ARRAY[1, 3],"
        " ARRAY[1] = ARRAY[1]",
        ("true", "true", "true"),
    ),
    gives("SELECT zip(ARRAY[1, 2], ARRAY['a'])", "[{field0=1, field1=a}, {field0=2, field1=null}]"),
    gives(
        "SELECT combinations(ARRAY['a', 'b', 'c'], 2), ngrams(ARRAY['a', 'b', 'c'], 2)",
        ("[[a, b], [a, c], [b, c]]", "[[a, b], [b, c]]"),
    ),
    gives(
        "SELECT any_match(a, x -> x > 2), all_match(a, x -> x > 2), none_match(a, x -> x > 9)"
        " FROM (VALUES ARRAY[1, 3]) t(a)",
        ("true", "false", "true"),
    ),
    # --- maps
    gives(
        "SELECT MAP(ARRAY['a', 'b'], ARRAY[1, NULL]), MAP(), MAP(ARRAY[1], ARRAY[ARRAY['x']])",
        ("{a=1, b=null}", "{}", "{1=[x]}"),
    ),
    gives(
        "SELECT m['a'], element_at(m, 'z'), cardinality(m), array_sort(map_keys(m)),"
        " array_sort(map_values(m)) FROM (VALUES MAP(ARRAY['a', 'b'], ARRAY[1, 2])) t(m)",
        ("1", None, "2", "[a, b]", "[1, 2]"),
    ),
    # The last map's value stays.
    gives(
        "SELECT map_concat(MAP(ARRAY['a'], ARRAY[1]), MAP(ARRAY['a', 'b'], ARRAY[2, 3]))",
        "{a=2, b=3}",
    ),
    gives(
        "SELECT map_entries(MAP(ARRAY['a'], ARRAY[1])), map_from_entries(ARRAY[(1, 'x'), (2,"
        " 'y')])",
        ("[{field0=a, field1=1}]", "{1=x, 2=y}"),
    ),
    gives("SELECT multimap_from_entries(ARRAY[(1, 'x'), (2, 'y'), (1, 'z')])", "{1=[x, z], 2=[y]}"),
    gives(
        "SELECT map_filter(m, (k, v) -> v > 1), transform_keys(m, (k, v) -> upper(k)),"
        " transform_values(m, (k, v) -> v * 10) FROM (VALUES MAP(ARRAY['a', 'b'], ARRAY[1, 2]))"
        " t(m)",
        ("{b=2}", "{A=1, B=2}", "{a=10, b=20}"),
    ),
    gives(
        "SELECT map_zip_with(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), MAP(ARRAY['b'], ARRAY[5]),"
        " (k, x, y) -> coalesce(x, 0) + coalesce(y, 0))",
        "{a=1, b=7}",
    ),
    # --- rows
    gives(
        "SELECT ROW(1, 'a'), (1, NULL), ROW(1, ROW(2, 'b'))",
        (
            "{field0=1, field1=a}",
            "{field0=1, field1=null}",
            "{field0=1, field1={field0=2, field1=b}}",
        ),
    ),
    gives(
        "SELECT r.a, r[2], r FROM (SELECT CAST(ROW(1, 2.5) AS ROW(a integer, b double)) AS r)",
        ("1", "2.5", "{a=1, b=2.5}"),
        columns=("a", "_col1", "r"),
    ),
    gives(
        "SELECT CAST(ROW(1, 'x') AS ROW(a integer, b varchar)).* AS (n, s)",
        ("1", "x"),
    ),
    gives(
        "SELECT ROW(1, 2) = ROW(1, 2), (1, 'a') IN ((1, 'a'), (2, 'b')), ROW(1, 2) < ROW(1, 3)",
        ("true", "true", "true"),
    ),
    # --- lambdas
    gives(
        "SELECT transform(ARRAY[1, 2, NULL], x -> x * x), filter(ARRAY[5, -6, NULL], x -> x > 0)",
        ("[1, 4, null]", "[5]"),
    ),
    gives(
        "SELECT reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s),"
        " reduce(ARRAY[5, NULL], 0, (s, x) -> s + coalesce(x, 0), s -> s * 2)",
        ("75", "10"),
    ),
    # The shorter one is filled with NULL.
    gives("SELECT zip_with(ARRAY[1, 2], ARRAY[10], (x, y) -> x + y)", "[11, null]"),
    gives(
        "SELECT array_sort(ARRAY[3, 1, 2], (x, y) -> if(x < y, 1, if(x = y, 0, -1)))", "[3, 2, 1]"
    ),
    # A lambda sees the columns around it, and lambdas around it.
    gives(
        "SELECT id, transform(ARRAY[1, 2], x -> x + id) FROM customers WHERE id < 3 ORDER BY id",
        ("1", "[2, 3]"),
        ("2", "[3, 4]"),
    ),
    gives("SELECT transform(ARRAY[1, 2], x -> transform(ARRAY[10], y -> x + y))", "[[11], [12]]"),
    # --- UNNEST
    gives(
        "SELECT * FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n) ORDER BY n",
        ("a", "1"),
        ("b", "2"),
        columns=("x", "n"),
    ),
    gives(
        "SELECT x, y FROM UNNEST(ARRAY[1, 2, 3], ARRAY['a']) AS t(x, y) ORDER BY x",
        ("1", "a"),
        ("2", None),
        ("3", None),
    ),
    gives(
        "SELECT k, v FROM UNNEST(MAP(ARRAY['a', 'b'], ARRAY[1, 2])) AS t(k, v)",
        ("a", "1"),
        ("b", "2"),
        ordered=False,
    ),
    # Rows fall apart into their fields.
    gives(
        "SELECT a, b FROM UNNEST(ARRAY[ROW(1, 'x'), ROW(2, 'y')]) AS t(a, b)",
        ("1", "x"),
        ("2", "y"),
        ordered=False,
    ),
    gives(
        "SELECT id, tag FROM events CROSS JOIN UNNEST(tags) AS t(tag) ORDER BY id, tag",
        ("1", "a"),
        ("1", "b"),
        ("3", "c"),
        ("3", None),
    ),
    gives(
        "SELECT id, tag FROM events LEFT JOIN UNNEST(tags) AS t(tag) ON true ORDER BY id, tag",
        ("1", "a"),
        ("1", "b"),
        ("2", None),
        ("3", "c"),
        ("3", None),
    ),
    gives("SELECT sum(x) FROM UNNEST(sequence(1, 100)) AS t(x)", "5050"),
]
