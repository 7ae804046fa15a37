# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hive's DDL: what statements say, and how Hive's parser complains. No server is needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import LAUNCHER


@pytest.fixture(scope="module")
def ddl() -> Iterator[Any]:
    """The grammar; the folder of the layer is on no path but that of its server."""
    sys.path.insert(0, str(LAUNCHER.parent))
    try:
        from terraglue_local.gaps import athena_ddl

        yield athena_ddl
    finally:
        sys.path.remove(str(LAUNCHER.parent))


# --- literals and names -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "literal, value",
    [
        ("'plain'", "plain"),
        ('"plain"', "plain"),
        (r"'it\'s'", "it's"),
        ('"it\'s"', "it's"),
        (r"'a\\b'", "a\\b"),
        (r"'\t\n\r\b\0\Z'", "\t\n\r\b\0\x1a"),
        (r"'\u0041\u00e9'", "Aé"),
        (r"'\001'", "\x01"),
        (r"'\q\;'", "q;"),
        (r"'50\% a\_b'", r"50\% a\_b"),
        ("'a''b'", "ab"),  # two literals side by side are one
        ("'-- no comment /* none */'", "-- no comment /* none */"),
        ("'a\nb'", "a\nb"),
        ("'ção ☃ 😀'", "ção ☃ 😀"),
        ("''", ""),
    ],
)
def test_string_literals(ddl: Any, literal: str, value: str) -> None:
    statement = ddl.parse(f"CREATE DATABASE d COMMENT {literal}")
    assert statement.comment == value


@pytest.mark.parametrize(
    "written, name",
    [
        ("orders", (None, "orders")),
        ("Shop.Orders", ("shop", "orders")),
        ("`my-shop`.`order``s`", ("my-shop", "order`s")),
        ("`date`", (None, "date")),
        ("`_hidden`", (None, "_hidden")),
        ("2020_orders", (None, "2020_orders")),
    ],
)
def test_names(ddl: Any, written: str, name: tuple[str | None, str]) -> None:
    assert tuple(ddl.parse(f"DROP TABLE {written}").name) == name


@pytest.mark.parametrize(
    "written, kind",
    [
        ("STRING", "string"),
        ("decimal", "decimal(10,0)"),
        ("decimal( 12 )", "decimal(12,0)"),
        ("DECIMAL(12, 2)", "decimal(12,2)"),
        ("varchar(10)", "varchar(10)"),
        ("array < int >", "array<int>"),
        ("map<string,array<date>>", "map<string,array<date>>"),
        (
            "struct<A: int COMMENT 'x', b: struct<c:decimal(3,1)>>",
            "struct<a:int,b:struct<c:decimal(3,1)>>",
        ),
        ("uniontype<int,string>", "uniontype<int,string>"),
    ],
)
def test_types(ddl: Any, written: str, kind: str) -> None:
    text = f"CREATE EXTERNAL TABLE t (c {written} COMMENT 'kept') LOCATION 's3://b/t/'"
    assert ddl.parse(text).columns == [("c", kind, "kept")]


# --- statements ---------------------------------------------------------------------------------

HIVE = "org.apache.hadoop.hive"
TEXT = "org.apache.hadoop.mapred.TextInputFormat"
LAZY = f"{HIVE}.serde2.lazy.LazySimpleSerDe"


def test_databases(ddl: Any) -> None:
    for word in ("DATABASE", "schema"):
        assert ddl.parse(f"create {word} D") == ddl.CreateDatabase("d", False, None, None, {})
        assert ddl.parse(f"drop {word} D RESTRICT;") == ddl.DropDatabase("d", False, False)
    text = """CREATE DATABASE IF NOT EXISTS `my-db` -- for the shop
        COMMENT 'The shop' /* of
        ours */ LOCATION 's3://b/db/' WITH DBPROPERTIES ('owner'='me', 'a' = "b")"""
    wanted = ("my-db", True, "The shop", "s3://b/db/", {"owner": "me", "a": "b"})
    assert ddl.parse(text) == ddl.CreateDatabase(*wanted)
    assert ddl.parse("DROP DATABASE IF EXISTS d CASCADE") == ddl.DropDatabase("d", True, True)


def test_a_bare_table_has_the_defaults(ddl: Any) -> None:
    table = ddl.parse("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://b/t/'")
    assert table == ddl.CreateTable(
        name=(None, "t"),
        external=True,
        if_not_exists=False,
        columns=[("a", "int", None)],
        comment=None,
        partition_keys=[],
        bucket_columns=[],
        buckets=-1,
        serde=LAZY,
        serde_parameters={"serialization.format": "1"},
        formats=(TEXT, f"{HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat", LAZY),
        location="s3://b/t/",
        properties={},
    )


def test_a_table_with_every_clause(ddl: Any) -> None:
    table = ddl.parse(r"""
        CREATE EXTERNAL TABLE IF NOT EXISTS `shop`.`orders` (
          `id` bigint COMMENT 'The number; "unique"',
          `note` string
        )
        COMMENT 'It\'s ours'
        PARTITIONED BY (`dt` date COMMENT 'day', kind string)
        CLUSTERED BY (id, note) INTO 4 BUCKETS
        ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
        WITH SERDEPROPERTIES ('separatorChar' = ',', 'quoteChar' = '"', 'escapeChar' = '\\')
        STORED AS INPUTFORMAT 'in.Class' OUTPUTFORMAT 'out.Class'
        LOCATION 's3://b/orders'
        TBLPROPERTIES ('skip.header.line.count' = '1');
    """)
    assert table == ddl.CreateTable(
        name=("shop", "orders"),
        external=True,
        if_not_exists=True,
        columns=[("id", "bigint", 'The number; "unique"'), ("note", "string", None)],
        comment="It's ours",
        partition_keys=[("dt", "date", "day"), ("kind", "string", None)],
        bucket_columns=["id", "note"],
        buckets=4,
        serde=f"{HIVE}.serde2.OpenCSVSerde",
        serde_parameters={
            "serialization.format": "1",
            "separatorChar": ",",
            "quoteChar": '"',
            "escapeChar": "\\",
        },
        formats=("in.Class", "out.Class", None),
        location="s3://b/orders",
        properties={"skip.header.line.count": "1"},
    )


def test_delimited_rows(ddl: Any) -> None:
    table = ddl.parse(r"""CREATE EXTERNAL TABLE t (a int) ROW FORMAT DELIMITED
        FIELDS TERMINATED BY '\t' ESCAPED BY '\\' COLLECTION ITEMS TERMINATED BY '|'
        MAP KEYS TERMINATED BY ':' LINES TERMINATED BY '\n' NULL DEFINED AS ''
        STORED AS TEXTFILE LOCATION 's3://b/t/'""")
    assert table.serde_parameters == {
        "serialization.format": "\t",
        "field.delim": "\t",
        "escape.delim": "\\",
        "colelction.delim": "|",
        "mapkey.delim": ":",
        "line.delim": "\n",
        "serialization.null.format": "",
    }


def test_stored_as_brings_its_serde(ddl: Any) -> None:
    start = "CREATE EXTERNAL TABLE t (a int)"
    table = ddl.parse(f"{start} STORED AS parquet LOCATION 's3://b/t/'")
    assert table.serde == f"{HIVE}.ql.io.parquet.serde.ParquetHiveSerDe"
    own = ddl.parse(f"{start} ROW FORMAT SERDE 'my.SerDe' STORED AS ORC LOCATION 's3://b/t/'")
    assert (own.serde, own.formats.input) == ("my.SerDe", f"{HIVE}.ql.io.orc.OrcInputFormat")


def test_partitions(ddl: Any) -> None:
    text = """ALTER TABLE d.t ADD IF NOT EXISTS
        PARTITION (dt = '2024-01-01', n = 1) LOCATION 's3://b/x/'
        PARTITION (dt='2024-01-02', n=2.5) PARTITION (ok = TRUE)"""
    one = ddl.Partition((("dt", "2024-01-01"), ("n", "1")), "s3://b/x/")
    two = ddl.Partition((("dt", "2024-01-02"), ("n", "2.5")))
    three = ddl.Partition((("ok", "true"),))
    assert ddl.parse(text) == ddl.AddPartitions(("d", "t"), True, [one, two, three])
    text = "ALTER TABLE t DROP PARTITION (dt='a'), PARTITION (dt=\"b\")"
    doomed = [ddl.Partition((("dt", "a"),)), ddl.Partition((("dt", "b"),))]
    assert ddl.parse(text) == ddl.DropPartitions((None, "t"), False, doomed)
    assert ddl.parse("MSCK REPAIR TABLE d.t") == ddl.RepairTable(("d", "t"))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "CREATE TABLE t AS SELECT 1",
        "CREATE TABLE IF NOT EXISTS d.t WITH (format = 'PARQUET') AS SELECT 1",
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        "",
    ],
)
def test_what_is_not_for_this_grammar(ddl: Any, text: str) -> None:
    assert ddl.parse(text) is None


@pytest.mark.parametrize(
    "text, error",
    [
        (
            "CREATE EXTERNAL TABLE t (a int, b text) LOCATION 's3://b/'",
            "line 1:34 cannot recognize input near 'text' ')' 'LOCATION' in column type",
        ),
        (
            "CREATE EXTERNAL TABLE t (\n  date string) LOCATION 's3://b/'",
            "line 2:2 cannot recognize input near 'date' 'string' ')' in column specification",
        ),
        (
            "CREATE EXTERNAL TABLE t (_a string) LOCATION 's3://b/'",
            "line 1:25 cannot recognize input near '_' 'a' 'string' in column specification",
        ),
        (
            "CREATE EXTERNAL TABLE t (a int LOCATION 's3://b/'",
            "line 1:31 mismatched input 'LOCATION' expecting ) near 'int' in create table statement",
        ),
        (
            "CREATE EXTERNAL TABLE t LOCATION 's3://b/'",
            "line 1:24 mismatched input 'LOCATION' expecting ( near 't' in create table statement",
        ),
        (
            "CREATE EXTERNAL TABLE t (a int) LOCATION 's3://b/' COMMENT 'late'",
            "line 1:51 missing EOF at 'COMMENT' near ''s3://b/''",
        ),
        ("DROP TABLE t; DROP TABLE u", "line 1:14 missing EOF at 'DROP' near ';'"),
        (
            "DROP TABLE",
            "line 1:10 cannot recognize input near '<EOF>' '<EOF>' '<EOF>' in table name",
        ),
        ("CREATE DATABASE d COMMENT 'open", "line 1:26 character '<EOF>' not supported here"),
        ("DROP TABLE `open", "line 1:11 character '<EOF>' not supported here"),
        ("CREATE EXTERNAL TABLE t (a decimal(40,2)) LOCATION 's3://b/'", "range [1,38]"),
        ("CREATE EXTERNAL TABLE t (a decimal(4,5)) LOCATION 's3://b/'", "range [1,38]"),
        ("CREATE EXTERNAL TABLE t (a varchar(70000)) LOCATION 's3://b/'", "range [1, 65535]"),
        ("CREATE EXTERNAL TABLE t (a array<int) LOCATION 's3://b/'", "expecting > near 'int'"),
        ("CREATE EXTERNAL TABLE t (a int) STORED AS exel LOCATION 's3://b/'", "near 'exel'"),
        ("ALTER TABLE t ADD PARTITION (dt)", "mismatched input ')' expecting = near 'dt'"),
    ],
)
def test_errors_name_the_place(ddl: Any, text: str, error: str) -> None:
    with pytest.raises(ddl.ParseError) as caught:
        ddl.parse(text)
    assert str(caught.value).startswith("FAILED: ParseException line ")
    assert error in str(caught.value)


def test_first_words(ddl: Any) -> None:
    assert ddl.words("-- hello\n ((SELECT 1") == ["select"]
    assert ddl.words("/* a */ create External table t") == ["create", "external", "table"]
    assert ddl.words(r"SELECT 'C:\'") == ["select"]  # no literal of Hive's, and none of its matter
    assert ddl.words("-- nothing") == []
