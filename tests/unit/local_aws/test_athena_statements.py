# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a statement: whose it is and what Trino gets. No server is needed."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from .conftest import LAUNCHER


@pytest.fixture(scope="module")
def sql() -> Any:
    sys.path.insert(0, str(LAUNCHER.parent))
    try:
        from terraglue_local.gaps import athena_plans, athena_statements

        return SimpleNamespace(**vars(athena_plans), plan=athena_statements.plan)
    finally:
        sys.path.remove(str(LAUNCHER.parent))


def _plan(sql: Any, query: str, *parameters: str, **more: Any) -> Any:
    context = sql.Context("db", "s3://out/r", "id-1", **more)
    return sql.plan(query, context, parameters)


@pytest.mark.parametrize(
    "query, kind",
    [
        ("SELECT 1;", "Engine"),
        ("-- why\nWITH a AS (SELECT 1) SELECT * FROM a", "Engine"),
        ("(SELECT 1)", "Engine"),
        ("SELECT ';' -- ;", "Engine"),
        ("EXPLAIN SELECT 1", "Engine"),
        ("CREATE OR REPLACE VIEW v AS SELECT 1 a", "Engine"),
        ('CREATE TABLE "a".b AS SELECT 1 x', "Engine"),
        ("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://b/t'", "Catalog"),
        ("SHOW TABLES IN `my-db` 'a*|b'", "Catalog"),
        ("DESCRIBE FORMATTED d.t", "Catalog"),
        ("ALTER TABLE t PARTITION (d='1') RENAME TO PARTITION (d='2')", "Catalog"),
        ("ALTER TABLE t CHANGE COLUMN a b string COMMENT 'x'", "Catalog"),
        ("DROP VIEW IF EXISTS v", "Catalog"),
        ("CREATE TABLE t (a int) LOCATION 's3://b/t'", "Refused"),
        ("SELECT 1; SELECT 2", "Refused"),
        ("-- nothing", "Refused"),
        ("SELEC 1", "Refused"),
        ("TRUNCATE TABLE t", "Refused"),
        ("CREATE EXTERNAL TABLE t (a wrong) LOCATION 's3://b/t'", "Fails"),
        ("DELETE FROM t", "Fails"),
        ("CREATE TABLE t WITH (table_type = 'ICEBERG') AS SELECT 1 a", "Fails"),
        ("CREATE TABLE t WITH (nonsense = 1) AS SELECT 1 a", "Fails"),
        ("UNLOAD (SELECT 1 a) TO 's3://b/u' WITH (compression = 'GZIP')", "Fails"),
        ("UNLOAD SELECT 1", "Refused"),
    ],
)
def test_whose_a_statement_is(sql: Any, query: str, kind: str) -> None:
    assert type(_plan(sql, query)).__name__ == kind


def test_create_table_as_gets_the_words_of_trino(sql: Any) -> None:
    found = _plan(
        sql,
        "CREATE TABLE IF NOT EXISTS d.t WITH (format = 'textfile', field_delimiter = '|',"
        " write_compression = 'SNAPPY', partitioned_by = ARRAY['a', 'b']) AS SELECT 1 x, 2 a, 3 b",
    )
    assert found.sql == (
        "CREATE TABLE IF NOT EXISTS d.t WITH (external_location = 's3://out/r/tables/id-1/',"
        " format = 'TEXTFILE', partitioned_by = ARRAY['a', 'b'], textfile_field_separator = '|')"
        " AS SELECT 1 x, 2 a, 3 b"
    )
    assert found.session == (("compression_codec", "SNAPPY"),)
    assert found.after[0].name == ("d", "t")
    with_place = "CREATE TABLE t WITH (external_location = 's3://b/t') AS SELECT 1 x"
    assert "'s3://b/t/'" in _plan(sql, with_place).sql
    assert "workgroup" in _plan(sql, with_place, enforced=True).reason


def test_unload_is_a_table_that_vanishes(sql: Any) -> None:
    found = _plan(sql, "UNLOAD (SELECT ')' a) TO 's3://b/u' WITH (format = 'JSON')")
    assert found.sql == (
        'CREATE TABLE "db"."unload_id_1" WITH (external_location = \'s3://b/u/\','
        " format = 'JSON') AS SELECT ')' a"
    )
    assert found.after == (sql.Vanish(("db", "unload_id_1")),)


@pytest.mark.parametrize(
    "query, parameters, filled",
    [
        ("SELECT ?, '?'", ["'it''s'"], "SELECT 'it''s', '?'"),
        ("SELECT 1-?", ["-1"], "SELECT 1-(-1)"),
        ("SELECT ? -- ?", ["DATE '2024-01-01'"], "SELECT DATE '2024-01-01'"),
        ("EXECUTE p USING 1, f(2, 3)", [], "SELECT 1 + (f(2, 3))"),
        ("EXECUTE p", ["1", "2"], "SELECT 1 + 2"),
    ],
)
def test_parameters(sql: Any, query: str, parameters: list[str], filled: str) -> None:
    assert _plan(sql, query, *parameters, prepared={"p": "SELECT ? + ?"}).sql == filled


def test_prepared_statements(sql: Any) -> None:
    assert _plan(sql, "PREPARE p FROM SELECT ?") == ("p", "SELECT ?")
    assert _plan(sql, "DEALLOCATE PREPARE p") == sql.Deallocate("p")
    assert "p was not found" in _plan(sql, "EXECUTE p").message
    too_few = _plan(sql, "EXECUTE p", prepared={"p": "SELECT ?"})
    assert "expected 1 but found 0" in too_few.reason
    assert isinstance(_plan(sql, "SELECT ?", "1) UNION (SELECT 2"), sql.Refused)


def test_types_and_outputs_of_hive(sql: Any) -> None:
    from terraglue_local.gaps import athena_alter, athena_shows

    row = 'row("a b" integer, c array(map(varchar, varchar(3))), d decimal(10, 2))'
    assert athena_alter.hive_type(row) == (
        "struct<a b:int,c:array<map<string,varchar(3)>>,d:decimal(10,2)>"
    )
    assert athena_alter.hive_type("timestamp(3) with time zone") == "timestamp"
    assert athena_alter.athena_type("map<varchar(3),int>") == "map<string,int>"
    assert athena_shows.matching(["ab", "b", "a.b"], "a*|c") == ["a.b", "ab"]
    table = {"StorageDescriptor": {"Columns": [{"Name": "id", "Type": "array<struct<x:int>>"}]}}
    assert athena_shows.describe(table) == [
        "id                  \tarray<struct<x:int>>\t                    "
    ]
    assert athena_shows.describe(table, ("id", "$elem$", "x"))[0].split()[:2] == ["x", "int"]


def _table(sql: Any, text: str) -> tuple[Any, dict[str, Any]]:
    """The statement, and the table that it makes."""
    from terraglue_local.gaps import athena_catalog, athena_ddl

    given = athena_ddl.parse(f"CREATE EXTERNAL TABLE t {text}")
    table = {**athena_catalog.table_input(given), "DatabaseName": "d"}
    table["Parameters"].pop("transient_lastDdlTime")
    return given, table


@pytest.mark.parametrize(
    "row_format",
    [
        r"ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'",
        (
            r"ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\' COLLECTION ITEMS TERMINATED BY"
            r" ':' MAP KEYS TERMINATED BY '=' LINES TERMINATED BY '\n' NULL DEFINED AS ''"
        ),
    ],
)
def test_delimiters_are_shown_in_words(sql: Any, row_format: str) -> None:
    from terraglue_local.gaps import athena_ddl, athena_shows

    given, table = _table(sql, f"(a int, b string) {row_format} LOCATION 's3://b/t'")
    shown = athena_shows.create_table(table)
    assert row_format in " ".join(shown.split())
    again = athena_ddl.parse(shown)
    assert again._replace(formats=given.formats) == given


def test_a_serde_that_knows_its_columns_has_comments_of_its_own(sql: Any) -> None:
    from terraglue_local.gaps import athena_shows

    serde = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://b/t'"
    table = _table(sql, f"(a int COMMENT 'mine') PARTITIONED BY (d string) {serde}")[1]
    lines = athena_shows.describe(table)
    assert lines[0].split("\t")[2].rstrip() == "from deserializer"
    assert lines[1].split("\t")[2].strip() == ""
    shown = athena_shows.create_table(table)
    assert "`a` int COMMENT 'from deserializer')" in shown and "`d` string)" in shown


def test_show_create_table_is_a_statement_again(sql: Any) -> None:
    from terraglue_local.gaps import athena_ddl, athena_shows

    text = r"""(`select` int COMMENT 'it\'s', m map<string,struct<a:int>>)
        COMMENT 'all' PARTITIONED BY (d date) CLUSTERED BY (m) INTO 4 BUCKETS
        ROW FORMAT SERDE 'my.SerDe' WITH SERDEPROPERTIES ('sep' = '\t') STORED AS PARQUET
        LOCATION 's3://b/t' TBLPROPERTIES ('k' = 'v')"""
    given, table = _table(sql, text)
    again = athena_ddl.parse(athena_shows.create_table(table))
    # Classes that are spelled out bring no SerDe of their own; all else is the same.
    assert again._replace(formats=again.formats._replace(serde=given.formats.serde)) == given


def test_a_table_is_external_by_its_type_alone(sql: Any) -> None:
    from terraglue_local.gaps import athena_shows

    table = _table(sql, "(a int) LOCATION 's3://b/t'")[1]
    del table["Parameters"]["EXTERNAL"]
    table["TableType"] = "EXTERNAL_TABLE"
    assert athena_shows.create_table(table).startswith("CREATE EXTERNAL TABLE `t`(")
    table["TableType"] = "MANAGED_TABLE"
    assert athena_shows.create_table(table).startswith("CREATE TABLE `t`(")


@pytest.mark.parametrize(
    ("named", "database", "view"),
    [("v", None, "v"), ('"V"', None, "v"), ('"d"."v"', "d", "v"), ('d."v"', "d", "v")],
)
def test_a_view_is_named_as_in_sql(sql: Any, named: str, database: str | None, view: str) -> None:
    from terraglue_local.gaps import athena_ddl

    shown = athena_ddl.parse(f"SHOW CREATE VIEW {named}")
    assert (shown.kind, shown.name.database, shown.name.table) == ("create view", database, view)
    with pytest.raises(athena_ddl.ParseError):
        athena_ddl.parse('SHOW CREATE TABLE "v"')
