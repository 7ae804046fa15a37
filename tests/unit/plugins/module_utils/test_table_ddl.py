# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements that make what the Glue API would make: their text, and what they say when read back."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils.state import differs, drift
from ansible_collections.terraglue.aws.plugins.module_utils.table_ddl import (
    add_partitions,
    create_database,
    create_table,
    quoted_name,
    quoted_text,
)
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import (
    Column,
    CsvFormat,
    Storage,
    json_lines,
    lazy_simple,
    open_csv,
    partition_input,
    summary,
    table_input,
)

KEYS = [Column("day", "date", "of the visit"), Column("shop", "int")]
VISITS = table_input(
    "visits",
    [Column("id", "bigint", "the key"), Column("price", "decimal(5,2)"), Column("note")],
    "s3://raw/shop/visits",
    lazy_simple("\t"),
    "me",
    {"note": "7"},
    KEYS,
)


def test_the_whole_statement() -> None:
    assert create_table("shop", VISITS) == (
        r"""CREATE EXTERNAL TABLE `shop`.`visits` (
  `id` bigint COMMENT 'the key',
  `price` decimal(5,2),
  `note` string
)
PARTITIONED BY (
  `day` date COMMENT 'of the visit',
  `shop` int
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'
WITH SERDEPROPERTIES (
  'field.delim' = '\t',
  'serialization.format' = '\t'
)
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://raw/shop/visits/'
TBLPROPERTIES (
  'classification' = 'csv',
  'note' = '7',
  'skip.header.line.count' = '1',
  'terraglue:owner' = 'me'
)"""
    )


def test_what_is_not_there_is_not_said() -> None:
    assert create_table("d", table_input("t", [Column("a")], "s3://b/t/", json_lines()), True) == (
        """CREATE EXTERNAL TABLE IF NOT EXISTS `d`.`t` (
  `a` string
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://b/t/'
TBLPROPERTIES (
  'classification' = 'json'
)"""
    )
    bare = table_input("t", [Column("a")], "s3://b/t", Storage("x", {}, {}))
    assert "PROPERTIES" not in create_table("d", bare)


def test_the_order_of_parameters_does_not_matter() -> None:
    backwards = {**VISITS, "Parameters": dict(reversed(list(VISITS["Parameters"].items())))}
    assert create_table("shop", backwards) == create_table("shop", VISITS)


def test_what_athena_sets_itself_is_not_said() -> None:
    made = {**VISITS, "Parameters": {**VISITS["Parameters"], "transient_lastDdlTime": "1700000000"}}
    assert create_table("shop", made) == create_table("shop", VISITS)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", "''"),
        ('plain; text -- /* "é😀" */ `x` %_$', "'plain; text -- /* \"é😀\" */ `x` %_$'"),
        ("it's", r"'it\'s'"),
        ("\\", r"'\\'"),
        ("\\'", r"'\\\''"),
        ("a\nb\r\tc", r"'a\nb\r\tc'"),
        ("\\n", r"'\\n'"),
        ("\x0012", r"'\u000012'"),  # \012 would be a line break
        ("\x01\x1a\x7f", r"'\u0001\u001a\u007f'"),
    ],
)
def test_texts(text: str, quoted: str) -> None:
    assert quoted_text(text) == quoted


def test_names() -> None:
    assert quoted_name("price (€), net") == "`price (€), net`"
    assert quoted_name("a`b") == "`a``b`"


def test_a_statement_says_what_the_input_says() -> None:
    """Statements read back, by a reader that knows Hive's rules only."""
    chance = random.Random(4)
    characters = "ab1 '\\\"`\n\t\0;,()=é😀%_-"

    def text(least: int = 0) -> str:
        return "".join(chance.choices(characters, k=chance.randint(least, 8)))

    for dummy in range(300):
        names = {text(1) for dummy in range(5)}
        columns = [Column(name, chance.choice(["int", "decimal(5,2)"]), text()) for name in names]
        storage = open_csv(CsvFormat(*(text(1) for dummy in range(3))))
        table = table_input(
            text(1),
            columns[1:],
            f"s3://b/{text()}",
            storage,
            text(),
            {text(1): text()},
            columns[:1],
        )
        assert not differs(drift(summary(table), summary(read_back(create_table(text(1), table)))))


TOKEN = re.compile(
    r"'((?:[^'\\]|\\.)*)'|`((?:[^`]|``)*)`|([A-Z]+)|([a-z0-9]+(?:\([0-9,]+\))?)|(\S)"
)


def unescaped(text: str) -> str:
    """Hive's texts: \\uXXXX, and letters after a backslash."""
    letters = {"n": "\n", "r": "\r", "t": "\t"}

    def plain(found: re.Match[str]) -> str:
        code = found.group(1)
        return chr(int(code[1:], 16)) if len(code) > 1 else letters.get(code, code)

    return re.sub(r"\\(u[0-9a-f]{4}|.)", plain, text)


def read_back(statement: str) -> dict[str, Any]:
    """The TableInput that a CREATE EXTERNAL TABLE makes."""
    words: list[tuple[str, str]] = []
    for text, name, keyword, other, mark in TOKEN.findall(statement):
        if keyword or other or mark:
            words.append(("word", keyword or other or mark))
        elif name:
            words.append(("name", name.replace("``", "`")))
        else:
            words.append(("text", unescaped(text)))

    def take(*expected: str) -> bool:
        if [word for dummy, word in words[: len(expected)]] != list(expected):
            return False
        del words[: len(expected)]
        return True

    def value(kind: str) -> str:
        found, word = words.pop(0)
        assert found == kind
        return word

    def columns() -> list[dict[str, str]]:
        found = []
        assert take("(")
        while True:
            found.append({"Name": value("name"), "Type": value("word")})
            if take("COMMENT"):
                found[-1]["Comment"] = value("text")
            if not take(","):
                assert take(")")
                return found

    def properties() -> dict[str, str]:
        found = {}
        assert take("(")
        while True:
            key = value("text")
            assert take("=")
            found[key] = value("text")
            if not take(","):
                assert take(")")
                return found

    assert take("CREATE", "EXTERNAL", "TABLE")
    value("name")
    assert take(".")
    table: dict[str, Any] = {"Name": value("name"), "TableType": "EXTERNAL_TABLE"}
    storage: dict[str, Any] = {"Columns": columns()}
    table["PartitionKeys"] = columns() if take("PARTITIONED", "BY") else []
    assert take("ROW", "FORMAT", "SERDE")
    storage["SerdeInfo"] = {"SerializationLibrary": value("text")}
    if take("WITH", "SERDEPROPERTIES"):
        storage["SerdeInfo"]["Parameters"] = properties()
    assert take("STORED", "AS", "INPUTFORMAT")
    storage["InputFormat"] = value("text")
    assert take("OUTPUTFORMAT")
    storage["OutputFormat"] = value("text")
    assert take("LOCATION")
    storage["Location"] = value("text")
    assert take("TBLPROPERTIES")
    table["Parameters"] = {"EXTERNAL": "TRUE", **properties()}
    assert not words
    return {**table, "StorageDescriptor": storage}


def partition(*values: str, location: str = "s3://raw/p") -> dict[str, Any]:
    return partition_input(values, location, lazy_simple(), [])


def test_partitions() -> None:
    found = add_partitions(
        "shop",
        VISITS,
        [
            partition("2024-01-31", "5", location="s3://raw/visits/day=2024-01-31/shop=5"),
            partition("it's", "-5", location="s3://raw/visits/x/"),
            {"Values": ["2024-02-01", "5) LOCATION 's3://other/'"]},
        ],
    )
    assert found == [
        r"""ALTER TABLE `shop`.`visits` ADD IF NOT EXISTS
  PARTITION (`day` = '2024-01-31', `shop` = 5) LOCATION 's3://raw/visits/day=2024-01-31/shop=5/'
  PARTITION (`day` = 'it\'s', `shop` = '-5') LOCATION 's3://raw/visits/x/'
  PARTITION (`day` = '2024-02-01', `shop` = '5) LOCATION \'s3://other/\'')"""
    ]


@pytest.mark.parametrize(
    ("column_type", "value", "said"),
    [
        ("string", "5", "'5'"),
        ("varchar(3)", "5", "'5'"),
        ("bigint", "5", "5"),
        ("decimal(5,2)", "1.50", "1.50"),
        ("double", "1e5", "'1e5'"),
        ("boolean", "true", "true"),
        ("int", "__HIVE_DEFAULT_PARTITION__", "'__HIVE_DEFAULT_PARTITION__'"),
        ("int", "٣", "'٣'"),
        ("date", "2024-01-31", "'2024-01-31'"),
    ],
)
def test_values_of_partitions(column_type: str, value: str, said: str) -> None:
    table: Mapping[str, Any] = {"Name": "t", "PartitionKeys": [{"Name": "k", "Type": column_type}]}
    (statement,) = add_partitions("d", table, [{"Values": [value]}])
    assert statement.splitlines()[1:] == [f"  PARTITION (`k` = {said})"]


def test_partitions_are_spread_over_statements() -> None:
    many = [partition(f"2024-01-{number}", "1") for number in range(201)]
    found = add_partitions("shop", VISITS, iter(many))
    assert [statement.count("PARTITION (") for statement in found] == [100, 100, 1]
    assert {statement.splitlines()[0] for statement in found} == {
        "ALTER TABLE `shop`.`visits` ADD IF NOT EXISTS"
    }
    assert add_partitions("shop", VISITS, []) == []


def test_no_statement_is_longer_than_athena_takes() -> None:
    long = [partition(str(number), "1", location="s3://b/" + "é" * 5000) for number in range(60)]
    found = add_partitions("shop", VISITS, long)
    # 26 lines of a little over 10,000 bytes go into 262,144.
    assert [statement.count("PARTITION (") for statement in found] == [26, 26, 8]
    assert max(len(statement.encode()) for statement in found) <= 262144


def test_databases() -> None:
    assert create_database("shop", {}) == "CREATE DATABASE IF NOT EXISTS `shop`"
    settings = {"Description": "the shop's", "LocationUri": "s3://raw/shop"}
    assert create_database("shop", settings) == (
        "CREATE DATABASE IF NOT EXISTS `shop`\nCOMMENT 'the shop\\'s'\nLOCATION 's3://raw/shop/'"
    )
