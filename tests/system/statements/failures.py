# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to fail, and how: as a query with Athena's kind of error, or before there is one."""

from __future__ import annotations

from .model import Statement, fails, refused

STATEMENTS: list[Statement] = [
    # --- names
    fails(
        "SELECT nope FROM orders", "COLUMN_NOT_FOUND", "line 1:8: Column 'nope' cannot be resolved"
    ),
    fails("SELECT o.nope FROM orders o", "COLUMN_NOT_FOUND", "Column 'o.nope' cannot be resolved"),
    # A text in double quotes is a name; an alias is not known in WHERE.
    fails('SELECT id FROM orders WHERE status = "paid"', "COLUMN_NOT_FOUND", "'paid'"),
    fails("SELECT id AS n FROM orders WHERE n = 1", "COLUMN_NOT_FOUND", "'n'"),
    fails("SELECT\n  id,\n  nope\nFROM orders", "COLUMN_NOT_FOUND", "line 3:3"),
    fails("SELECT * FROM nope", "TABLE_NOT_FOUND", "line 1:15: Table 'awsdatacatalog.shop.nope'"),
    fails("SELECT * FROM nope.t", "SCHEMA_NOT_FOUND", "Schema 'nope' does not exist"),
    fails("SELECT nope(1)", "FUNCTION_NOT_FOUND", "line 1:8: Function 'nope' not registered"),
    fails("SELECT length(1)", "FUNCTION_NOT_FOUND", "Unexpected parameters (integer)"),
    fails("SELECT sum('a')", "FUNCTION_NOT_FOUND", "Unexpected parameters (varchar(1))"),
    fails("SELECT id FROM orders, customers", "AMBIGUOUS_NAME", "Column 'id' is ambiguous"),
    fails("SELECT * FROM (VALUES (1, 2)) t(a)", "MISMATCHED_COLUMN_ALIASES"),
    fails("WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a", "DUPLICATE_NAMED_QUERY", "'a'"),
    fails("SELECT id, count(*) FROM orders GROUP BY 5", "INVALID_COLUMN_REFERENCE", "position 5"),
    fails("SELECT id FROM orders ORDER BY 2", "INVALID_COLUMN_REFERENCE", "position 2"),
    # --- types
    fails("SELECT 'a' + 1", "TYPE_MISMATCH", "varchar(1) + integer"),
    fails("SELECT id FROM orders WHERE status = 1", "TYPE_MISMATCH", "varchar = integer"),
    fails(
        "SELECT id FROM orders WHERE id", "TYPE_MISMATCH", "WHERE clause must evaluate to a boolean"
    ),
    fails("SELECT CASE WHEN true THEN 1 ELSE 'a' END", "TYPE_MISMATCH"),
    fails("SELECT coalesce(1, 'a')", "TYPE_MISMATCH"),
    fails("SELECT 1 UNION SELECT 'a'", "TYPE_MISMATCH", "UNION"),
    fails("SELECT 1 UNION SELECT 1, 2", "TYPE_MISMATCH", "different number of fields"),
    fails("SELECT id FROM orders WHERE ordered_on > '2024-01-01'", "TYPE_MISMATCH", "varchar(10)"),
    fails("SELECT TIME '01:00' + INTERVAL '3' MONTH", "TYPE_MISMATCH"),
    # --- groups
    fails(
        "SELECT status, count(*) FROM orders",
        "EXPRESSION_NOT_AGGREGATE",
        "'status' must be an aggregate expression or appear in GROUP BY clause",
    ),
    fails("SELECT status FROM orders WHERE count(*) > 1", "EXPRESSION_NOT_SCALAR"),
    fails("SELECT sum(max(id)) FROM orders", "NESTED_AGGREGATION"),
    fails("SELECT sum(rank() OVER (ORDER BY id)) OVER () FROM orders", "NESTED_WINDOW"),
    fails(
        "SELECT DISTINCT status FROM orders ORDER BY id",
        "EXPRESSION_NOT_IN_DISTINCT",
        "ORDER BY expressions must appear in select list",
    ),
    fails(
        "SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM orders",
        "INVALID_WINDOW_FRAME",
    ),
    fails("SELECT (SELECT id FROM orders)", "SUBQUERY_MULTIPLE_ROWS"),
    fails("SELECT * FROM orders NATURAL JOIN customers", "NOT_SUPPORTED"),
    # Ten steps of a recursion are the most.
    fails(
        "WITH RECURSIVE t (n) AS (VALUES 1 UNION ALL SELECT n + 1 FROM t WHERE n < 99)"
        " SELECT max(n) FROM t",
        "NOT_SUPPORTED",
        "Recursion depth limit exceeded (10)",
    ),
    # --- values
    fails("SELECT 1 / 0", "DIVISION_BY_ZERO"),
    fails("SELECT id / (id - id) FROM orders", "DIVISION_BY_ZERO"),
    fails("SELECT total / 0, id % 0 FROM orders", "DIVISION_BY_ZERO"),
    fails("SELECT CAST('abc' AS integer)", "INVALID_CAST_ARGUMENT", "Cannot cast 'abc' to INT"),
    fails("SELECT CAST(status AS bigint) FROM orders", "INVALID_CAST_ARGUMENT"),
    fails(
        "SELECT CAST('2024-13-01' AS date)",
        "INVALID_CAST_ARGUMENT",
        "Value cannot be cast to date: 2024-13-01",
    ),
    fails(
        "SELECT CAST('2024-01-02-10:00:00' AS timestamp)",
        "INVALID_CAST_ARGUMENT",
        "Value cannot be cast to timestamp",
    ),
    fails("SELECT CAST(12345 AS decimal(3,0))", "INVALID_CAST_ARGUMENT"),
    fails("SELECT CAST('perhaps' AS boolean)", "INVALID_CAST_ARGUMENT"),
    fails("SELECT CAST(JSON '\"a\"' AS bigint)", "INVALID_CAST_ARGUMENT"),
    fails(
        "SELECT DATE '2024-13-01'", "INVALID_LITERAL", "'2024-13-01' is not a valid DATE literal"
    ),
    fails("SELECT TIME '13:21:32.424 America/Los_Angeles'", "INVALID_LITERAL"),
    fails("SELECT 2147483647 + 1", "NUMERIC_VALUE_OUT_OF_RANGE", "integer addition overflow"),
    fails("SELECT CAST(300 AS tinyint)", "NUMERIC_VALUE_OUT_OF_RANGE", "Out of range for tinyint"),
    fails("SELECT sum(x) FROM (VALUES 9223372036854775807, 1) t(x)", "NUMERIC_VALUE_OUT_OF_RANGE"),
    fails(
        "SELECT CAST('99999999999999999999999999999999999999' AS decimal(38,0)) + 1",
        "NUMERIC_VALUE_OUT_OF_RANGE",
    ),
    fails("SELECT ARRAY[1][2]", "INVALID_FUNCTION_ARGUMENT", "Array subscript"),
    fails("SELECT ARRAY[1][0]", "INVALID_FUNCTION_ARGUMENT", "start at 1"),
    fails(
        "SELECT MAP(ARRAY['a'], ARRAY[1])['x']",
        "INVALID_FUNCTION_ARGUMENT",
        "Key not present in map: x",
    ),
    fails(
        "SELECT MAP(ARRAY['a', 'a'], ARRAY[1, 2])",
        "INVALID_FUNCTION_ARGUMENT",
        "Duplicate map keys",
    ),
    fails("SELECT regexp_like('a', '(')", "INVALID_FUNCTION_ARGUMENT"),
    fails("SELECT date_parse('x', '%Y')", "INVALID_FUNCTION_ARGUMENT"),
    fails("SELECT json_parse('{')", "INVALID_FUNCTION_ARGUMENT", "Cannot convert value to JSON"),
    fails("SELECT from_hex('xy')", "INVALID_FUNCTION_ARGUMENT"),
    fails("SELECT split_part('a', '-', 0)", "INVALID_FUNCTION_ARGUMENT", "greater than zero"),
    fails(
        "SELECT concat('a')",
        "INVALID_FUNCTION_ARGUMENT",
        "There must be two or more concatenation arguments",
    ),
    fails("SELECT json_query('{', 'lax $' ERROR ON ERROR)", "JSON_INPUT_CONVERSION_ERROR"),
    fails("SELECT json_value('{}', 'strict $.a' ERROR ON ERROR)", "PATH_EVALUATION_ERROR"),
    fails("SELECT id FROM orders WHERE id = ?", "INVALID_PARAMETER_USAGE"),
    # --- tables that are not there or not to be written
    fails("INSERT INTO nope VALUES (1)", "TABLE_NOT_FOUND"),
    fails("CREATE TABLE wrong AS SELECT 1", "MISSING_COLUMN_NAME"),
    fails("CREATE TABLE wrong AS SELECT 1 AS a, 2 AS a", "DUPLICATE_COLUMN_NAME", "'a'"),
    fails("CREATE TABLE wrong AS SELECT NULL AS a", "COLUMN_TYPE_UNKNOWN"),
    fails(
        "CREATE TABLE wrong AS SELECT uuid() AS a", "NOT_SUPPORTED", "Unsupported Hive type: uuid"
    ),
    fails("CREATE TABLE orders AS SELECT 1 AS a", "TABLE_ALREADY_EXISTS"),
    fails(
        "CREATE TABLE wrong WITH (partitioned_by = ARRAY['a']) AS SELECT 1 AS a, 2 AS b",
        "HIVE_COLUMN_ORDER_MISMATCH",
        "Partition keys must be the last columns",
    ),
    fails("CREATE TABLE wrong WITH (nonsense = 1) AS SELECT 1 AS a", "INVALID_TABLE_PROPERTY"),
    fails(
        "CREATE TABLE wrong WITH (external_location = 's3://lab/shop/orders/') AS SELECT 1 AS a",
        "HIVE_PATH_ALREADY_EXISTS",
    ),
    fails(
        "UNLOAD (SELECT 1 AS a) TO 's3://lab/shop/orders/' WITH (format = 'JSON')",
        "HIVE_PATH_ALREADY_EXISTS",
    ),
    fails("DELETE FROM orders WHERE id = 1", "NOT_SUPPORTED"),
    fails("UPDATE orders SET id = 1", "NOT_SUPPORTED"),
    # --- Hive's
    fails("DESCRIBE nope", "FAILED: SemanticException [Error 10001]", "Table not found"),
    fails("DROP TABLE nope", "FAILED: SemanticException [Error 10001]", "Table not found"),
    fails(
        "SHOW TABLES IN nope", "FAILED: SemanticException [Error 10072]", "Database does not exist"
    ),
    fails("SHOW PARTITIONS orders", "FAILED", "is not a partitioned table"),
    fails(
        "CREATE EXTERNAL TABLE wrong (a nonsense) LOCATION 's3://lab/wrong/'",
        "FAILED: ParseException",
    ),
    fails("ALTER TABLE orders ADD PARTITION (dt = '1')", "FAILED"),
    # --- no query at all: syntax
    refused("SELEC 1", "line 1:1: mismatched input 'SELEC'"),
    refused("SELECT FROM orders", "line 1:8: mismatched input 'FROM'"),
    refused("SELECT * FORM orders", "line 1:10: mismatched input 'FORM'"),
    refused("SELECT (1", "line 1:10: mismatched input '<EOF>'"),
    refused("SELECT id,\nFROM orders", "line 2:1: mismatched input 'FROM'"),
    refused("SELECT 'a", "line 1:8"),
    refused("SELECT 1; SELECT 2", "Only one sql statement is allowed"),
    refused("SELECT * FROM `orders`", "backquoted identifiers are not supported"),
    refused('SELECT 1 AS ""', "Zero-length delimited identifier not allowed"),
    refused("SELECT skip FROM orders", "mismatched input 'skip'"),
    refused("SELECT 1::integer", "line 1:9"),
    refused("SELECT id FROM orders WHERE", "mismatched input '<EOF>'"),
    refused("SELECT id FROM orders LIMIT 1 OFFSET 1", "mismatched input 'OFFSET'"),
    refused("INSERT orders VALUES (1)", "line 1:8: mismatched input 'orders'"),
    refused("-- only a comment"),
    # --- no query at all: what Athena does not have
    refused("USE shop"),
    refused("SET SESSION query_max_run_time = '1m'"),
    refused("GRANT SELECT ON orders TO somebody"),
    refused("TRUNCATE TABLE orders"),
    refused("START TRANSACTION"),
    refused("CREATE FUNCTION f(x integer) RETURNS integer RETURN x"),
    refused("SHOW ROLES"),
    refused("ALTER TABLE orders RENAME TO others"),
    refused("CREATE TABLE own (a int) LOCATION 's3://lab/own/'", "External keyword required"),
    refused("CREATE EXTERNAL TABLE nowhere (a int)", "No location was specified"),
    refused("EXECUTE nobody_prepared_this", "PreparedStatement nobody_prepared_this was not found"),
    refused("UNLOAD SELECT 1", "mismatched input 'SELECT'"),
]
