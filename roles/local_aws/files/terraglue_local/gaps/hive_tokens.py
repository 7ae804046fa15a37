# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tokens of Hive's DDL. Pure. Hive counts lines from 1 and columns from 0."""

from __future__ import annotations

import re
from typing import NamedTuple


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
