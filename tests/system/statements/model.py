# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a statement and what Athena answers to it are written down.

A topic is a module with a list of statements, which are independent of each other and only read
the tables of ``relations``. A script is a list of steps in order, in a database of its own.
Values are as GetQueryResults renders them, and each was reasoned from the documentation of Athena
and of its engine, not copied from an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional, Union

Cell = Optional[str]  # None is NULL: the answer has no VarCharValue
Row = tuple[Cell, ...]


class Rows(NamedTuple):
    """A query's rows; ``columns`` and ``types`` of ColumnInfo where they are of interest."""

    rows: tuple[Row, ...]
    columns: tuple[str, ...] | None
    types: tuple[str, ...] | None
    ordered: bool


class Lines(NamedTuple):
    """What DDL prints, a line a row. Blanks and tabs count as one blank, none at the ends."""

    lines: tuple[str, ...]


class Parts(NamedTuple):
    """Texts that occur in this order in what is printed."""

    parts: tuple[str, ...]


class Written(NamedTuple):
    """UpdateCount of a statement that writes."""

    count: int


class Failed(NamedTuple):
    """The query ends as FAILED: the reason begins with ``kind``, a whole word, and has ``part``."""

    kind: str
    part: str


class Refused(NamedTuple):
    """StartQueryExecution answers InvalidRequestException with a message that has ``part``."""

    part: str


Expected = Union[Rows, Lines, Parts, Written, Failed, Refused]


class Statement(NamedTuple):
    """``parameters``: ExecutionParameters. ``unlike``: why the local AWS differs from Athena."""

    sql: str
    expected: Expected
    parameters: tuple[str, ...] = ()
    unlike: str = ""


class Put(NamedTuple):
    """An object that has to lie in the bucket ``lab`` before the next statement."""

    key: str
    content: str


class Script(NamedTuple):
    """Steps in the database ``name``, which the runner makes. Paths begin with s3://lab/name/."""

    name: str
    steps: Sequence[Statement | Put]


def gives(
    sql: str,
    *rows: Row | Cell,
    columns: tuple[str, ...] | None = None,
    types: tuple[str, ...] | None = None,
    ordered: bool = True,
    parameters: tuple[str, ...] = (),
) -> Statement:
    """A query and its rows; a row of one column is written without a tuple."""
    whole = tuple(row if isinstance(row, tuple) else (row,) for row in rows)
    return Statement(sql, Rows(whole, columns, types, ordered), parameters)


def prints(sql: str, *lines: str) -> Statement:
    """DDL and its lines; without lines it prints nothing."""
    return Statement(sql, Lines(lines))


def holds(sql: str, *parts: str) -> Statement:
    """A statement whose output has these parts."""
    return Statement(sql, Parts(parts))


def writes(sql: str, count: int, parameters: tuple[str, ...] = ()) -> Statement:
    """CREATE TABLE AS and INSERT, with the number of rows."""
    return Statement(sql, Written(count), parameters)


def fails(sql: str, kind: str, part: str = "") -> Statement:
    """A query that begins and fails."""
    return Statement(sql, Failed(kind, part))


def unlike(reason: str, statement: Statement) -> Statement:
    """A statement that the local AWS answers otherwise than Athena, and why."""
    return statement._replace(unlike=reason)


def refused(sql: str, part: str = "") -> Statement:
    """A text that never becomes a query."""
    return Statement(sql, Refused(part))
