# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON: the functions of Presto's kind, casts, and those of the SQL standard."""

from __future__ import annotations

from .model import Statement, gives

STATEMENTS: list[Statement] = [
    gives(
        "SELECT json_extract(j, '$.a[1]'), json_extract(j, '$.s'), json_extract(j, '$.none')"
        ' FROM (VALUES \'{"a": [1, 2], "s": "x"}\') t(j)',
        ("2", '"x"', None),
    ),
    # A scalar without its quotes; NULL for what is none.
    gives(
        "SELECT json_extract_scalar(j, '$.s'), json_extract_scalar(j, '$.a'),"
        " json_extract_scalar(j, '$.a[0]'), json_extract_scalar(j, '$.t')"
        ' FROM (VALUES \'{"a": [1, 2], "s": "x", "t": true}\') t(j)',
        ("x", None, "1", "true"),
    ),
    gives(
        'SELECT json_extract_scalar(\'{"a b": {"c": 1}}\', \'$["a b"].c\'),'
        " json_extract_scalar('no json', '$.a')",
        ("1", None),
    ),
    gives(
        "SELECT json_parse(' { \"a\" : [ 1 ] } '), json_format(JSON '[1, 2]'), JSON 'null'",
        ('{"a":[1]}', "[1,2]", "null"),
    ),
    # A text becomes a JSON text; json_parse reads one.
    gives("SELECT CAST('[1]' AS json), json_parse('[1]')", ('"[1]"', "[1]")),
    gives(
        "SELECT json_array_length('[1, 2, 3]'), json_array_contains('[1, 2]', 2),"
        " json_size('{\"a\": {\"x\": 1, \"y\": 2}}', '$.a'), is_json_scalar('1'),"
        " is_json_scalar('[1]')",
        ("3", "true", "2", "true", "false"),
    ),
    gives(
        "SELECT CAST(ARRAY[1, NULL] AS json), CAST(MAP(ARRAY['k'], ARRAY[1.5]) AS json),"
        " CAST(true AS json), CAST(NULL AS json)",
        ("[1,null]", '{"k":1.5}', "true", None),
    ),
    # Engine version 3 keeps the names of the fields.
    gives("SELECT CAST(CAST(ROW(1, 'a') AS ROW(x integer, y varchar)) AS json)", '{"x":1,"y":"a"}'),
    gives(
        "SELECT CAST(JSON '[1, 23]' AS array(integer)), CAST(JSON '{\"a\": 1}' AS map(varchar,"
        " integer)),"
        ' CAST(JSON \'{"x": 1, "y": "z"}\' AS ROW(x integer, y varchar)),'
        " CAST(JSON '[1, \"z\"]' AS ROW(x integer, y varchar))",
        ("[1, 23]", "{a=1}", "{x=1, y=z}", "{x=1, y=z}"),
    ),
    gives(
        "SELECT CAST(JSON '\"abc\"' AS varchar), CAST(JSON '1' AS bigint), CAST(JSON 'null' AS"
        " integer)",
        ("abc", "1", None),
    ),
    gives('SELECT JSON \'{"a": 1, "b": 2}\' = JSON \'{"b": 2, "a": 1}\'', "true"),
    gives(
        'SELECT name, n FROM (VALUES \'[{"name": "a", "n": 1}, {"name": "b"}]\') v(j)'
        " CROSS JOIN UNNEST(CAST(json_parse(j) AS array(ROW(name varchar, n integer)))) AS"
        " t(name, n)"
        " ORDER BY name",
        ("a", "1"),
        ("b", None),
    ),
    # --- SQL standard
    gives(
        "SELECT json_query(j, 'lax $.a'), json_query(j, 'lax $.a[*]' WITH ARRAY WRAPPER),"
        " json_query(j, 'lax $.none') FROM (VALUES '{\"a\": [1, 2]}') t(j)",
        ("[1,2]", "[1,2]", None),
    ),
    gives("SELECT json_query('[1, 2, 3]', 'lax $[*] ? (@ > 1)' WITH ARRAY WRAPPER)", "[2,3]"),
    gives(
        "SELECT json_value(j, 'lax $.a'), json_value(j, 'lax $.n' RETURNING integer) + 1,"
        " json_value(j, 'lax $.none' DEFAULT 'none' ON EMPTY), json_value(j, 'lax $.none')"
        ' FROM (VALUES \'{"a": "x", "n": 41}\') t(j)',
        ("x", "42", "none", None),
    ),
    gives(
        "SELECT json_exists('{\"a\": 1}', 'lax $.a'), json_exists('{\"a\": 1}', 'lax $.b')",
        ("true", "false"),
    ),
    # NULL stays in an object and is left out of an array.
    gives(
        "SELECT json_object('a': 1, 'b': NULL), json_array(1, NULL, 'x'), json_array(NULL NULL ON"
        " NULL)",
        ('{"a":1,"b":null}', '[1,"x"]', "[null]"),
    ),
]
