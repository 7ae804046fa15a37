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
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn, Union


class ParseError(Exception):
    """A statement that Hive cannot read, in the words of its parser."""


class Token(NamedTuple):
    """``kind`` is word, quoted (an identifier in backticks), string, number, symbol or end.

    ``value`` is what it stands for: words in lower case, identifiers and strings without quotes and
    escapes.
    """

    kind: str
    text: str
    value: str
    start: int


class Column(NamedTuple):
    """A column; the type as Glue shows it, e.g. ``struct<a:int,b:array<string>>``."""

    name: str
    type: str
    comment: str | None = None


class TableName(NamedTuple):
    """A name; without a database it lies in that of the query."""

    database: str | None
    table: str


class CreateDatabase(NamedTuple):
    """CREATE DATABASE"""

    name: str
    if_not_exists: bool
    comment: str | None
    location: str | None
    properties: dict[str, str]


class DropDatabase(NamedTuple):
    """DROP DATABASE"""

    name: str
    if_exists: bool
    cascade: bool


class Formats(NamedTuple):
    """The classes behind STORED AS. ``serde`` is that of the format, None for explicit classes."""

    input: str
    output: str
    serde: str | None


class CreateTable(NamedTuple):
    """CREATE TABLE"""

    name: TableName
    external: bool
    if_not_exists: bool
    columns: list[Column]
    comment: str | None
    partition_keys: list[Column]
    bucket_columns: list[str]
    buckets: int
    serde: str
    serde_parameters: dict[str, str]
    formats: Formats
    location: str | None
    properties: dict[str, str]


class DropTable(NamedTuple):
    """DROP TABLE"""

    name: TableName
    if_exists: bool


class Partition(NamedTuple):
    """(key, value) pairs as written, and where the partition lies if that is said."""

    values: tuple[tuple[str, str], ...]
    location: str | None = None


class AddPartitions(NamedTuple):
    """ALTER TABLE … ADD PARTITION"""

    name: TableName
    if_not_exists: bool
    partitions: list[Partition]


class DropPartitions(NamedTuple):
    """ALTER TABLE … DROP PARTITION"""

    name: TableName
    if_exists: bool
    partitions: list[Partition]


class RepairTable(NamedTuple):
    """MSCK REPAIR TABLE"""

    name: TableName


Statement = Union[
    CreateDatabase,
    DropDatabase,
    CreateTable,
    DropTable,
    AddPartitions,
    DropPartitions,
    RepairTable,
]

# "List of reserved keywords in DDL statements"; in backticks they are names like any other.
RESERVED = frozenset(
    """all alter and array as authorization between bigint binary boolean both by case cashe cast
    char column conf constraint commit create cross cube current current_date current_timestamp
    cursor database date dayofweek decimal delete describe distinct div double drop else end
    exchange exists extended external extract false fetch float floor following for foreign from
    full function grant group grouping having if import in inner insert int integer intersect
    interval into is join lateral left less like local macro map more none not null numeric of on
    only or order out outer over partialscan partition percent preceding precision preserve primary
    procedure range reads reduce regexp references revoke right rlike rollback rollup row rows
    select set smallint start table tablesample then time timestamp to transform trigger true
    truncate unbounded union uniquejoin update user using utc_timestamp values varchar views when
    where window with""".split()
)

_SIMPLE_TYPES = frozenset(
    "tinyint smallint int bigint boolean float double string binary date timestamp".split()
)
_HIVE = "org.apache.hadoop.hive"
_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat"
LAZY_SIMPLE = f"{_HIVE}.serde2.lazy.LazySimpleSerDe"
_PARQUET, _ORC, _AVRO = (f"{_HIVE}.ql.io.{name}" for name in ("parquet", "orc", "avro"))
STORED_AS = {
    "textfile": Formats(_TEXT_INPUT, _TEXT_OUTPUT, LAZY_SIMPLE),
    "sequencefile": Formats(
        "org.apache.hadoop.mapred.SequenceFileInputFormat",
        f"{_HIVE}.ql.io.HiveSequenceFileOutputFormat",
        LAZY_SIMPLE,
    ),
    "rcfile": Formats(
        f"{_HIVE}.ql.io.RCFileInputFormat",
        f"{_HIVE}.ql.io.RCFileOutputFormat",
        f"{_HIVE}.serde2.columnar.LazyBinaryColumnarSerDe",
    ),
    "parquet": Formats(
        f"{_PARQUET}.MapredParquetInputFormat",
        f"{_PARQUET}.MapredParquetOutputFormat",
        f"{_PARQUET}.serde.ParquetHiveSerDe",
    ),
    "orc": Formats(f"{_ORC}.OrcInputFormat", f"{_ORC}.OrcOutputFormat", f"{_ORC}.OrcSerde"),
    "avro": Formats(
        f"{_AVRO}.AvroContainerInputFormat",
        f"{_AVRO}.AvroContainerOutputFormat",
        f"{_HIVE}.serde2.avro.AvroSerDe",
    ),
}
# ROW FORMAT DELIMITED, in the order of the grammar. The third is spelled so in Hive itself.
_DELIMITERS = (
    ("fields terminated by", "field.delim"),
    ("escaped by", "escape.delim"),
    ("collection items terminated by", "colelction.delim"),
    ("map keys terminated by", "mapkey.delim"),
    ("lines terminated by", "line.delim"),
    ("null defined as", "serialization.null.format"),
)


# --- tokens -------------------------------------------------------------------------------------

_BLANK = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/)+", re.DOTALL)
_WORD = re.compile(r"[^\W_]\w*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?\b")
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_QUOTES = {"'": "string", '"': "string", "`": "quoted"}


def position(text: str, start: int) -> str:
    """``line 2:14``, as Hive says it."""
    line = text.count("\n", 0, start)
    return f"line {line + 1}:{start - (text.rfind(chr(10), 0, start) + 1)}"


def _unescaped(text: str, start: int, quote: str) -> tuple[str, int]:
    """(value, index behind the closing quote) of a string literal that begins at ``start``.

    A backslash takes the next character's special meaning away or gives it one: \\n \\t \\r \\b \\0 \\Z,
    \\u0041, and three octal digits up to \\177. \\% and \\_ keep their backslash, for LIKE.
    """
    value: list[str] = []
    at = start + 1
    while at < len(text) and text[at] != quote:
        if text[at] != "\\":
            value.append(text[at])
            at += 1
            continue
        rest = text[at + 1 : at + 6]
        if re.match(r"u[0-9A-Fa-f]{4}", rest):
            value.append(chr(int(rest[1:5], 16)))
            at += 6
        elif re.match(r"[01][0-7]{2}", rest):
            value.append(chr(int(rest[:3], 8)))
            at += 4
        else:
            character = rest[:1]
            value.append(
                "\\" + character if character in "%_" else _ESCAPES.get(character, character)
            )
            at += 2
    if at >= len(text):
        raise ParseError(
            f"FAILED: ParseException {position(text, start)} character '<EOF>' not supported here"
        )
    return "".join(value), at + 1


def _backticked(text: str, start: int) -> tuple[str, int]:
    """(name, index behind it) of an identifier in backticks; two of them stand for one."""
    match = re.compile(r"`((?:[^`]|``)*)`").match(text, start)
    if match is None:
        raise ParseError(
            f"FAILED: ParseException {position(text, start)} character '<EOF>' not supported here"
        )
    return match.group(1).replace("``", "`"), match.end()


def tokens(text: str) -> list[Token]:
    """All tokens, the last of them of the kind end."""
    found: list[Token] = []
    at = 0
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if at >= len(text):
            return [*found, Token("end", "<EOF>", "", at)]
        kind = _QUOTES.get(text[at])
        if kind is not None:
            value, end = (
                _backticked(text, at) if kind == "quoted" else _unescaped(text, at, text[at])
            )
        elif match := _NUMBER.match(text, at):
            kind, value, end = "number", match.group(), match.end()
        elif match := _WORD.match(text, at):
            kind, value, end = "word", match.group().lower(), match.end()
        else:
            kind, value, end = "symbol", text[at], at + 1
        before = found[-1] if found else None
        if (
            kind == "string"
            and before is not None
            and (before.kind, before.start + len(before.text)) == (kind, at)
        ):
            # To Hive 'a''b' is one literal of two parts, ab.
            found[-1] = before._replace(text=before.text + text[at:end], value=before.value + value)
        else:
            found.append(Token(kind, text[at:end], value, at))
        at = end


# --- the grammar --------------------------------------------------------------------------------


class _Parser:
    """Reads tokens from left to right. A method that reads a part of the grammar leaves the parser
    behind that part, or raises ParseError."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def _near(self, index: int) -> Token:
        return self.tokens[min(index, len(self.tokens) - 1)]

    def fail(self, rule: str) -> NoReturn:
        """No alternative of ``rule`` begins with the next token."""
        near = " ".join(f"'{self._near(self.at + ahead).text}'" for ahead in range(3))
        where = position(self.text, self.next.start)
        raise ParseError(
            f"FAILED: ParseException {where} cannot recognize input near {near} in {rule}"
        )

    def looking_at(self, *words: str) -> bool:
        """Whether the next tokens are these bare words or symbols."""
        ahead = self.tokens[self.at : self.at + len(words)]
        return len(ahead) == len(words) and all(
            token.kind in ("word", "symbol") and token.value == word
            for token, word in zip(ahead, words)
        )

    def accept(self, phrase: str) -> bool:
        """Read these words or symbols if they come next."""
        words = phrase.split()
        if not self.looking_at(*words):
            return False
        self.at += len(words)
        return True

    def expect(self, phrase: str, rule: str) -> None:
        """Read these words or symbols."""
        for word in phrase.split():
            if not self.accept(word):
                near = self.tokens[self.at - 1].text if self.at else self.next.text
                raise ParseError(
                    f"FAILED: ParseException {position(self.text, self.next.start)} mismatched input"
                    f" '{self.next.text}' expecting {word.upper()} near '{near}' in {rule}"
                )

    def take(self, *kinds: str, rule: str) -> str:
        """The value of the next token, which has to be of one of these kinds."""
        if self.next.kind not in kinds:
            self.fail(rule)
        self.at += 1
        return self.tokens[self.at - 1].value

    def string(self, rule: str) -> str:
        """A string literal."""
        return self.take("string", rule=rule)

    def identifier(self, rule: str) -> str:
        """A name in lower case, as the catalog keeps it; reserved words need backticks."""
        if self.next.kind == "word" and self.next.value in RESERVED:
            self.fail(rule)
        return self.take("word", "quoted", rule=rule).lower()

    def listed(self, item: Callable[[], Any], rule: str) -> list[Any]:
        """``( item , … )``"""
        self.expect("(", rule)
        found = [item()]
        while self.accept(","):
            found.append(item())
        self.expect(")", rule)
        return found

    def end(self) -> None:
        """The end of the statement, behind one semicolon or none."""
        self.accept(";")
        if self.next.kind != "end":
            where = position(self.text, self.next.start)
            raise ParseError(
                f"FAILED: ParseException {where} missing EOF at '{self.next.text}'"
                f" near '{self.tokens[self.at - 1].text}'"
            )

    def table_name(self) -> TableName:
        """``table`` or ``database.table``"""
        first = self.identifier("table name")
        if self.accept("."):
            return TableName(first, self.identifier("table name"))
        return TableName(None, first)

    # Types

    def type(self) -> str:
        """A type as Glue shows it: lower case, no blanks."""
        if self.next.kind != "word":
            self.fail("column type")
        read = {
            "array": self._array,
            "map": self._map,
            "struct": self._struct,
            "uniontype": self._union,
            "decimal": self._decimal,
            "varchar": self._text,
            "char": self._text,
        }.get(self.next.value)
        if read is not None:
            self.at += 1
            return read(self.tokens[self.at - 1].value)
        if self.next.value not in _SIMPLE_TYPES:
            self.fail("column type")
        self.at += 1
        return self.tokens[self.at - 1].value

    def _array(self, name: str) -> str:
        self.expect("<", "list type")
        inner = self.type()
        self.expect(">", "list type")
        return f"array<{inner}>"

    def _map(self, name: str) -> str:
        self.expect("<", "map type")
        key = self.type()
        self.expect(",", "map type")
        value = self.type()
        self.expect(">", "map type")
        return f"map<{key},{value}>"

    def _member(self) -> str:
        name = self.identifier("column specification")
        self.expect(":", "struct type")
        kind = self.type()
        if self.accept("comment"):
            self.string("column specification")
        return f"{name}:{kind}"

    def _struct(self, name: str) -> str:
        self.expect("<", "struct type")
        members = [self._member()]
        while self.accept(","):
            members.append(self._member())
        self.expect(">", "struct type")
        return f"struct<{','.join(members)}>"

    def _union(self, name: str) -> str:
        self.expect("<", "uniontype type")
        kinds = [self.type()]
        while self.accept(","):
            kinds.append(self.type())
        self.expect(">", "uniontype type")
        return f"uniontype<{','.join(kinds)}>"

    def _digits(self) -> int:
        return int(self.take("number", rule="column type").partition(".")[0])

    def _decimal(self, name: str) -> str:
        """decimal(10,0) unless said otherwise; 38 digits at most."""
        start = self.next.start
        sizes = self.listed(self._digits, "column type") if self.looking_at("(") else [10]
        precision, scale = [*sizes, 0][:2]
        if len(sizes) > 2 or not 1 <= precision <= 38 or scale > precision:
            raise ParseError(
                f"FAILED: ParseException {position(self.text, start)} Decimal precision out of allowed"
                " range [1,38], or scale out of allowed range [0,precision]"
            )
        return f"decimal({precision},{scale})"

    def _text(self, name: str) -> str:
        start = self.next.start
        sizes = self.listed(self._digits, "column type")
        most = 65535 if name == "varchar" else 255
        if len(sizes) != 1 or not 1 <= sizes[0] <= most:
            raise ParseError(
                f"FAILED: ParseException {position(self.text, start)} {name.title()} length"
                f" {sizes[0]} out of allowed range [1, {most}]"
            )
        return f"{name}({sizes[0]})"

    # Parts of statements

    def column(self) -> Column:
        """``name type [COMMENT 'text']``"""
        rule = "column specification"
        name = self.identifier(rule)
        kind = self.type()
        return Column(name, kind, self.string(rule) if self.accept("comment") else None)

    def property(self) -> tuple[str, str]:
        """``'key' = 'value'``"""
        key = self.string("specifying key/value property")
        self.expect("=", "specifying key/value property")
        return key, self.string("specifying key/value property")

    def properties(self) -> dict[str, str]:
        """``( 'key' = 'value' , … )``"""
        return dict(self.listed(self.property, "table properties"))

    def partition_value(self) -> tuple[str, str]:
        """``key = literal``"""
        key = self.identifier("partition specification")
        self.expect("=", "partition specification")
        for word in ("true", "false"):
            if self.accept(word):
                return key, word
        return key, self.take("string", "number", rule="constant")

    def partition(self) -> Partition:
        """``PARTITION ( key = literal , … ) [LOCATION 'place']``"""
        self.expect("partition", "partition specification")
        values = tuple(self.listed(self.partition_value, "partition specification"))
        location = self.string("partition location") if self.accept("location") else None
        return Partition(values, location)

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
        """None for the other changes of ALTER TABLE."""
        name = self.table_name()
        if self.looking_at("add", "partition") or self.looking_at("add", "if"):
            self.at += 1
            return self.add_partitions(name)
        if self.looking_at("drop", "partition") or self.looking_at("drop", "if"):
            self.at += 1
            return self.drop_partitions(name)
        return None

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
