# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tokens of Trino's SQL, as far as a statement has to be told from others. Pure.

Other than in Hive, a string has no escapes but the doubled quote, and names stand in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
    |(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?\b|\.\d+(?:[eE][+-]?\d+)?\b)
    |(?P<word>[^\W\d]\w*)
    |(?P<symbol>.)""",
    re.DOTALL | re.VERBOSE,
)


class Token(NamedTuple):
    """``kind`` is word, quoted (a name in quotes or backticks), string, number or symbol.

    ``value`` is what it stands for: words in lower case, names and strings without their quotes.
    ``start`` and ``end`` are its place in the text.
    """

    kind: str
    text: str
    value: str
    start: int
    end: int


def _value(kind: str, text: str) -> str:
    if kind in ("string", "quoted"):
        return text[1:-1].replace(text[0] * 2, text[0])
    return text.lower() if kind == "word" else text


def tokens(text: str) -> list[Token]:
    """All tokens. An open quote is a symbol: what follows is for Trino to complain about."""
    return [
        Token(match.lastgroup, match.group(), _value(match.lastgroup, match.group()), *match.span())
        for match in _TOKEN.finditer(text)
        if match.lastgroup and match.lastgroup != "blank"
    ]


def begins(found: Sequence[Token], phrase: str, at: int = 0) -> bool:
    """Whether these words or symbols stand at a place."""
    expected = phrase.split()
    ahead = found[at : at + len(expected)]
    return len(ahead) == len(expected) and all(
        token.kind in ("word", "symbol") and token.value == word
        for token, word in zip(ahead, expected)
    )


def closing(found: Sequence[Token], at: int) -> int | None:
    """The index of the bracket that closes the one at ``at``; None when it stays open."""
    depth = 0
    for index in range(at, len(found)):
        if found[index].kind == "symbol" and found[index].text in "([":
            depth += 1
        elif found[index].kind == "symbol" and found[index].text in ")]":
            depth -= 1
            if depth == 0:
                return index
    return None


def quoted(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def position(text: str, start: int) -> str:
    """``line 2:15``, as Trino says it: both counted from 1."""
    line = text.count("\n", 0, start)
    return f"line {line + 1}:{start - text.rfind(chr(10), 0, start)}"
