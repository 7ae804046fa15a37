# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hive's DDL as Athena takes it: from the text of a statement to what it says. Pure.

Athena hands CREATE EXTERNAL TABLE and its kin to Hive's parser, everything else to Trino. Sources:
"DDL statements" of Athena's documentation, Hive's grammar for string literals and the wording of
errors. Hive counts lines from 1 and columns from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .hive_parser import Parser
from .hive_statements import (
    LAZY_SIMPLE,
    STORED_AS,
    AddPartitions,
    ChangeColumn,
    Column,
    CreateDatabase,
    CreateTable,
    Describe,
    DropDatabase,
    DropPartitions,
    DropTable,
    DropView,
    Formats,
    Partition,
    RenamePartition,
    RepairTable,
    SetColumns,
    SetDatabaseProperties,
    SetLocation,
    SetProperties,
    ShowNames,
    ShowTable,
    Statement,
    TableName,
)
from .hive_tokens import ParseError, Token, tokens

__all__ = [
    "LAZY_SIMPLE",
    "AddPartitions",
    "Column",
    "ParseError",
    "Partition",
    "Statement",
    "parse",
    "words",
]

# ROW FORMAT DELIMITED, in the order of the grammar. The third is spelled so in Hive itself.
_DELIMITERS = (
    ("fields terminated by", "field.delim"),
    ("escaped by", "escape.delim"),
    ("collection items terminated by", "colelction.delim"),
    ("map keys terminated by", "mapkey.delim"),
    ("lines terminated by", "line.delim"),
    ("null defined as", "serialization.null.format"),
)


class _Parser(Parser):
    """Each method reads one statement, from behind the words that it begins with."""

    # Statements

    def create_database(self) -> CreateDatabase:
        rule = "create database statement"
        if_not_exists = self.accept("if not exists")
        name = self.identifier(rule)
        comment = self.string(rule) if self.accept("comment") else None
        location = self.string(rule) if self.accept("location") else None
        properties = self.properties() if self.accept("with dbproperties") else {}
        return CreateDatabase(name, if_not_exists, comment, location, properties)

    def drop_database(self) -> DropDatabase:
        if_exists = self.accept("if exists")
        name = self.identifier("drop database statement")
        cascade = self.accept("cascade")
        if not cascade:
            self.accept("restrict")
        return DropDatabase(name, if_exists, cascade)

    def _delimited(self) -> dict[str, str]:
        found = {}
        for phrase, parameter in _DELIMITERS:
            if self.accept(phrase):
                found[parameter] = self.string("table row format specification")
        if "field.delim" in found:
            found["serialization.format"] = found["field.delim"]
        return found

    def _row_format(self) -> tuple[str | None, dict[str, str]]:
        """(the SerDe or None, its parameters)"""
        if not self.accept("row format"):
            return None, {}
        if self.accept("delimited"):
            return None, self._delimited()
        self.expect("serde", "table row format specification")
        serde = self.string("serde specification")
        return serde, self.properties() if self.accept("with serdeproperties") else {}

    def _stored_as(self) -> Formats:
        if not self.accept("stored as"):
            return STORED_AS["textfile"]
        if self.accept("inputformat"):
            input_format = self.string("file format specification")
            self.expect("outputformat", "file format specification")
            return Formats(input_format, self.string("file format specification"), None)
        formats = STORED_AS.get(self.next.value) if self.next.kind == "word" else None
        if formats is None:
            self.fail("file format specification")
        self.at += 1
        return formats

    def create_table(self, external: bool) -> CreateTable:
        rule = "create table statement"
        if_not_exists = self.accept("if not exists")
        name = self.table_name()
        columns = self.listed(self.column, rule)
        comment = self.string(rule) if self.accept("comment") else None
        keys = self.listed(self.column, rule) if self.accept("partitioned by") else []
        bucket_columns, buckets = [], -1
        if self.accept("clustered by"):
            bucket_columns = self.listed(lambda: self.identifier(rule), rule)
            self.expect("into", rule)
            buckets = self._digits()
            self.expect("buckets", rule)
        serde, parameters = self._row_format()
        formats = self._stored_as()
        if self.accept("with serdeproperties"):
            parameters.update(self.properties())
        location = self.string("table location specification") if self.accept("location") else None
        properties = self.properties() if self.accept("tblproperties") else {}
        return CreateTable(
            name,
            external,
            if_not_exists,
            columns,
            comment,
            keys,
            bucket_columns,
            buckets,
            serde or formats.serde or LAZY_SIMPLE,
            {"serialization.format": "1", **parameters},
            formats,
            location,
            properties,
        )

    def drop_table(self) -> DropTable:
        if_exists = self.accept("if exists")
        return DropTable(self.table_name(), if_exists)

    def add_partitions(self, name: TableName) -> AddPartitions:
        if_not_exists = self.accept("if not exists")
        partitions = [self.partition()]
        while self.looking_at("partition"):
            partitions.append(self.partition())
        return AddPartitions(name, if_not_exists, partitions)

    def drop_partitions(self, name: TableName) -> DropPartitions:
        if_exists = self.accept("if exists")
        partitions = [self.partition()]
        while self.accept(","):
            partitions.append(self.partition())
        return DropPartitions(name, if_exists, partitions)

    def alter_table(self) -> Statement | None:
        """None for the changes that Athena does not know."""
        name = self.table_name()
        if self.looking_at("add", "partition") or self.looking_at("add", "if"):
            self.at += 1
            return self.add_partitions(name)
        if self.looking_at("drop", "partition") or self.looking_at("drop", "if"):
            self.at += 1
            return self.drop_partitions(name)
        for verb in ("add", "replace"):
            if self.accept(f"{verb} columns"):
                columns = self.listed(self.column, "add column statement")
                return SetColumns(name, columns, verb == "replace")
        if self.accept("change"):
            self.accept("column")
            return ChangeColumn(name, self.identifier("column specification"), self.column())
        if self.accept("set tblproperties"):
            return SetProperties(name, self.properties())
        partition = self.partition() if self.looking_at("partition") else None
        if self.accept("set location"):
            return SetLocation(name, partition, self.string("table location specification"))
        if partition is not None and self.accept("rename to"):
            return RenamePartition(name, partition, self.partition())
        return None

    def alter_database(self) -> SetDatabaseProperties:
        name = self.identifier("alter database statement")
        self.expect("set dbproperties", "alter database statement")
        return SetDatabaseProperties(name, self.properties())

    def _from(self) -> str | None:
        if self.accept("in") or self.accept("from"):
            return self.identifier("show statement")
        return None

    def show_names(self, kind: str) -> ShowNames:
        """SHOW kind [IN database] [[LIKE] 'pattern']"""
        database = self._from() if kind != "databases" else None
        liked = self.accept("like")
        pattern = self.string("show statement") if liked or self.next.kind == "string" else None
        return ShowNames(kind, database, pattern)

    def show_columns(self) -> ShowTable:
        """SHOW COLUMNS IN [database.]table [IN database]"""
        if not (self.accept("in") or self.accept("from")):
            self.fail("show statement")
        name = self.table_name()
        database = self._from()
        return ShowTable("columns", TableName(database or name.database, name.table))

    def show(self) -> Statement | None:
        """SHOW, from behind that word."""
        for kind, words in (
            ("databases", "databases"),
            ("databases", "schemas"),
            ("tables", "tables"),
            ("views", "views"),
        ):
            if self.accept(words):
                return self.show_names(kind)
        if self.accept("columns"):
            return self.show_columns()
        if self.accept("create view"):
            return ShowTable("create view", self.view_name())
        for kind in ("create table", "partitions"):
            if self.accept(kind):
                return ShowTable(kind, self.table_name())
        if self.accept("tblproperties"):
            name = self.table_name()
            key = (
                self.listed(lambda: self.string("show statement"), "show statement")[0]
                if (self.looking_at("("))
                else None
            )
            return ShowTable("tblproperties", name, key)
        return None

    def describe(self) -> Describe:
        """DESCRIBE [EXTENDED|FORMATTED] [database.]table [PARTITION (…)] [column[.field]…]"""
        detail = next((word for word in ("extended", "formatted") if self.accept(word)), "")
        name = self.table_name()
        rule = "describe statement"
        partition = self.partition() if self.looking_at("partition") else None
        path: list[str] = []
        if self.accept(".") or self.next.kind in ("word", "quoted"):
            path.append(self.identifier(rule))
            while self.accept("."):
                # '$elem$', '$key$' and '$value$' are what arrays and maps consist of.
                path.append(self.take("word", "quoted", "string", rule=rule).lower())
        return Describe(name, detail, tuple(path), partition)

    def _is_query(self) -> bool:
        """Whether a CREATE TABLE is one by a query: no list of columns follows the name."""
        ahead = _Parser.__new__(_Parser)
        ahead.text, ahead.tokens, ahead.at = self.text, self.tokens, self.at
        ahead.accept("if not exists")
        ahead.table_name()
        return ahead.looking_at("as") or ahead.looking_at("with")

    def statement(self) -> Statement | None:
        """The statement, or None when it is not one of Hive's that are known here."""
        if self.accept("create database") or self.accept("create schema"):
            return self.create_database()
        if self.accept("drop database") or self.accept("drop schema"):
            return self.drop_database()
        if self.accept("create external table"):
            return self.create_table(external=True)
        if self.accept("create table"):
            return None if self._is_query() else self.create_table(external=False)
        if self.accept("drop table"):
            return self.drop_table()
        if self.accept("alter table"):
            return self.alter_table()
        if self.accept("msck repair table"):
            return RepairTable(self.table_name())
        if self.accept("drop view"):
            if_exists = self.accept("if exists")
            return DropView(self.table_name(), if_exists)
        if self.accept("alter database") or self.accept("alter schema"):
            return self.alter_database()
        if self.accept("show"):
            return self.show()
        if self.accept("describe") or self.accept("desc"):
            return self.describe()
        return None


def parse(text: str) -> Statement | None:
    """The statement, or None when it is not one of Hive's that are known here."""
    parser = _Parser(text)
    statement = parser.statement()
    if statement is not None:
        parser.end()
    return statement


def words(text: str, most: int = 3) -> list[str]:
    """The first bare words of a statement in lower case, behind comments and parentheses."""
    found: list[str] = []
    for token in _leading(text):
        if token.kind != "word":
            break
        found.append(token.value)
        if len(found) == most:
            break
    return found


def _leading(text: str) -> Iterator[Token]:
    """The tokens of a statement; of one that has no tokens to its end, those of its beginning."""
    try:
        found = tokens(text)
    except ParseError:
        found = tokens(re.split(r"['\"`]", text, maxsplit=1)[0])
    return (token for token in found if token.text != "(")
