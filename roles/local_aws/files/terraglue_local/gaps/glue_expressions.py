# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Expression of GetPartitions: conditions on partition keys, as the API reference lists them.

Pure. "An expression that filters the partitions to be returned": = <> < > <= >= IN BETWEEN LIKE
AND OR NOT IS NULL and parentheses. Values are compared as the key's type says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from .trino_tokens import Token, begins, tokens

Row = Mapping[str, str]
Condition = Callable[[Row], bool]

_NUMBERS = ("tinyint", "smallint", "int", "integer", "bigint", "long", "decimal", "float", "double")
_NULL = "__HIVE_DEFAULT_PARTITION__"
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


class Invalid(ValueError):
    """An expression that cannot be read."""


def _like(pattern: str) -> re.Pattern[str]:
    parts = ({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in pattern)
    return re.compile("".join(parts), re.DOTALL)


class _Reader:
    """Reads an expression from left to right; each method one rule of the grammar."""

    def __init__(self, text: str, types: Mapping[str, str]) -> None:
        self.tokens = tokens(text)
        self.types = types
        self.at = 0

    def accept(self, word: str) -> bool:
        """Read a word or symbol if it comes next."""
        found = begins(self.tokens, word, self.at)
        self.at += found
        return found

    def expect(self, word: str) -> None:
        """Read a word or symbol."""
        if not self.accept(word):
            raise Invalid(f"{word.upper()} expected")

    def take(self) -> Token:
        """The next token."""
        if self.at >= len(self.tokens):
            raise Invalid("the expression ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def disjunction(self) -> Condition:
        """a OR b"""
        parts = [self.conjunction()]
        while self.accept("or"):
            parts.append(self.conjunction())
        return lambda row: any(part(row) for part in parts)

    def conjunction(self) -> Condition:
        """a AND b"""
        parts = [self.negation()]
        while self.accept("and"):
            parts.append(self.negation())
        return lambda row: all(part(row) for part in parts)

    def negation(self) -> Condition:
        """NOT a, or a in parentheses, or a comparison"""
        if self.accept("not"):
            inner = self.negation()
            return lambda row: not inner(row)
        if self.accept("("):
            inner = self.disjunction()
            self.expect(")")
            return inner
        return self.comparison()

    def value(self, kind: str) -> Any:
        """A literal as a value of the key's type."""
        sign = "-" if self.accept("-") else ""
        token = self.take()
        if token.kind == "word" and token.value in ("date", "timestamp"):
            token = self.take()
        if token.kind not in ("string", "number") and token.value not in ("true", "false"):
            raise Invalid(f"a value expected, not {token.text}")
        return typed(sign + token.value, kind)

    def operator(self) -> str:
        """= <> < > <= >= !="""
        text = self.take().text
        following = self.tokens[self.at].text if self.at < len(self.tokens) else ""
        if text + following in _COMPARE:
            self.at += 1
            text += following
        if text not in _COMPARE:
            raise Invalid(f"an operator expected, not {text}")
        return text

    def comparison(self) -> Condition:
        """key operator value, key [NOT] IN (…), BETWEEN, LIKE, IS [NOT] NULL"""
        token = self.take()
        key = token.value.lower()
        if token.kind not in ("word", "quoted") or key not in self.types:
            raise Invalid(f"{token.text} is not a partition key")
        kind = self.types[key].lower()
        if self.accept("is"):
            wanted = not self.accept("not")
            self.expect("null")
            return lambda row: (row[key] == _NULL) is wanted
        negated = self.accept("not")
        test = self._test(kind)
        return lambda row: row[key] != _NULL and test(row[key]) is not negated

    def _test(self, kind: str) -> Callable[[str], bool]:
        if self.accept("in"):
            self.expect("(")
            values = [self.value(kind)]
            while self.accept(","):
                values.append(self.value(kind))
            self.expect(")")
            return lambda text: typed(text, kind) in values
        if self.accept("between"):
            low = self.value(kind)
            self.expect("and")
            high = self.value(kind)
            return lambda text: bool(low <= typed(text, kind) <= high)
        if self.accept("like"):
            pattern = _like(self.take().value)
            return lambda text: pattern.fullmatch(text) is not None
        compare = _COMPARE[self.operator()]
        right = self.value(kind)
        return lambda text: compare(typed(text, kind), right)


def typed(text: str, kind: str) -> Any:
    """A number for keys that are numbers; dates and timestamps order as their texts do."""
    if kind.partition("(")[0] not in _NUMBERS:
        return text
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise Invalid(f"{text!r} is not a value of the type {kind}") from error


def condition(expression: str, types: Mapping[str, str]) -> Condition:
    """What tells whether a partition (values by key) is one of those wanted; Invalid otherwise."""
    reader = _Reader(expression, types)
    found = reader.disjunction()
    if reader.at < len(reader.tokens):
        raise Invalid(f"{reader.tokens[reader.at].text} is not expected there")
    return found
