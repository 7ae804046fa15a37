# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts that Hive's statements share: names, literals, types, columns, partitions. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from .hive_statements import Column, Partition, TableName
from .hive_tokens import ParseError, Token, position, tokens

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


class Parser:
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

    def view_name(self) -> TableName:
        """A table's name, or one in SQL's quotes: what is said of views is said to Trino."""
        parts = []
        for dummy in range(2):
            is_quoted = self.next.text.startswith('"')
            rule = "table name"
            parts.append(self.string(rule).lower() if is_quoted else self.identifier(rule))
            if parts[1:] or not self.accept("."):
                break
        return TableName(parts[0] if parts[1:] else None, parts[-1])

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
