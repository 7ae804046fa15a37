# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Athena's SQL: statements with the rows that Athena gives, or with the way in which it refuses.

What is asked stands in ``statements``, a module for each topic. All that a run has chosen is asked
at once, some queries at a time; each statement is a test of its own that looks at its answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from .queries import ENDED, Queries, rows_of
from .statements import (
    aggregates,
    conditionals,
    dates,
    decimals,
    definitions,
    failures,
    files,
    json_functions,
    nested,
    queries,
    relations,
    texts,
    types,
    windows,
    writing,
)
from .statements.model import (
    Expected,
    Failed,
    Lines,
    Parts,
    Put,
    Refused,
    Row,
    Rows,
    Script,
    Statement,
    Written,
)

_TOPICS = (
    types,
    decimals,
    dates,
    texts,
    conditionals,
    aggregates,
    windows,
    nested,
    json_functions,
    queries,
    files,
    failures,
)
_SCRIPTS: list[Script] = [*definitions.SCRIPTS, *writing.SCRIPTS]
_AT_ONCE = 4
_RESULTS = {"OutputLocation": "s3://lab/results/"}


class Answer(NamedTuple):
    """What came of a statement: REFUSED, or the state of the query with what it left."""

    state: str
    reason: str = ""
    rows: tuple[Row, ...] = ()
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    header: bool = False  # whether the first row has to be one
    written: int = 0


def _ask(athena: Any, statement: Statement, database: str) -> Answer:
    asked = Queries(
        athena, QueryExecutionContext={"Database": database}, ResultConfiguration=_RESULTS
    )
    given = {"ExecutionParameters": list(statement.parameters)} if statement.parameters else {}
    try:
        query = asked.start(statement.sql, **given)
    except ClientError as error:
        return Answer(
            f"REFUSED by {error.response['Error']['Code']}", error.response["Error"]["Message"]
        )
    try:
        execution = asked.until(query, *ENDED)
    except TimeoutError as error:
        return Answer("NOT ENDED", str(error))
    state = execution["Status"]["State"]
    if state != "SUCCEEDED":
        return Answer(state, execution["Status"].get("StateChangeReason", ""))
    return _results(asked.pages(query), execution)


def _results(pages: list[dict[str, Any]], execution: dict[str, Any]) -> Answer:
    columns = pages[-1]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    return Answer(
        "SUCCEEDED",
        rows=tuple(tuple(row) for page in pages for row in rows_of(page)),
        columns=tuple(column["Name"] for column in columns),
        types=tuple(column["Type"] for column in columns),
        header=execution["ResultConfiguration"]["OutputLocation"].endswith(".csv"),
        written=pages[-1].get("UpdateCount", 0),
    )


def _line(row: Row) -> str:
    return " ".join(" ".join(cell or "" for cell in row).split())


def _sorted(rows: tuple[Row, ...]) -> list[Row]:
    return sorted(rows, key=lambda row: [(cell is None, cell or "") for cell in row])


def _of_query(expected: Rows, answer: Answer) -> tuple[object, object]:
    """(expected, got) of a query, without what is the same or of no interest."""
    rows = answer.rows
    if answer.header:
        if rows[:1] != (answer.columns,):
            return ("a header", answer.columns), rows[:1]
        rows = rows[1:]
    for wanted, got in ((expected.columns, answer.columns), (expected.types, answer.types)):
        if wanted is not None and wanted != got:
            return wanted, got
    if expected.ordered:
        return list(expected.rows), list(rows)
    return _sorted(expected.rows), _sorted(rows)


def _in_order(text: str, parts: tuple[str, ...]) -> str | None:
    """The first part that does not stand behind the one before it."""
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return part
        at += len(part)
    return None


def difference(expected: Expected, answer: Answer) -> tuple[object, object] | None:
    """(expected, got), or None when it is what was expected."""
    if isinstance(expected, Refused):
        right = (
            answer.state == "REFUSED by InvalidRequestException" and expected.part in answer.reason
        )
        return None if right else (expected, answer)
    if isinstance(expected, Failed):
        begins = re.match(re.escape(expected.kind) + r"(?!\w)", answer.reason)
        right = answer.state == "FAILED" and begins is not None and expected.part in answer.reason
        return None if right else (expected, answer)
    if answer.state != "SUCCEEDED":
        return expected, answer
    if isinstance(expected, Written):
        pair: tuple[object, object] = (expected, Written(answer.written))
    elif isinstance(expected, Lines):
        pair = (list(expected.lines), [_line(row) for row in answer.rows])
    elif isinstance(expected, Parts):
        text = "\n".join("\t".join(cell or "" for cell in row) for row in answer.rows)
        missing = _in_order(text, expected.parts)
        pair = (missing, None if missing is None else text)
    else:
        pair = _of_query(expected, answer)
    return None if pair[0] == pair[1] else pair


# --- what is to be asked ------------------------------------------------------------------------


def _id(statement: Statement) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", statement.sql.lower()))[:60].strip("-")


def _parameters(name: str, statements: list[Statement]) -> Iterator[Any]:
    for number, statement in enumerate(statements, 1):
        marks = [pytest.mark.xfail(reason=statement.unlike)] if statement.unlike else []
        identity = f"{name}-{number:02}-{_id(statement)}"
        yield pytest.param((name, statement), id=identity, marks=marks)


_SINGLE = [
    parameter
    for topic in _TOPICS
    for parameter in _parameters(topic.__name__.rpartition(".")[2], topic.STATEMENTS)
]
_IN_ORDER = [
    parameter
    for script in _SCRIPTS
    for parameter in _parameters(
        script.name, [step for step in script.steps if isinstance(step, Statement)]
    )
]


def _run_script(athena: Any, s3: Any, script: Script) -> list[Answer]:
    """The answers to the statements; the database is made first."""
    answers = [_ask(athena, Statement(f"CREATE DATABASE `{script.name}`", Lines(())), "default")]
    assert answers[0].state == "SUCCEEDED", answers[0]
    for step in script.steps:
        if isinstance(step, Put):
            s3.put_object(Bucket="lab", Key=step.key, Body=step.content.encode())
        else:
            answers.append(_ask(athena, step, script.name))
    return answers[1:]


@pytest.fixture(scope="module")
def answers(local_aws: Any, request: pytest.FixtureRequest) -> dict[int, Answer]:
    """The answers to all statements that this run has chosen, by the statement's identity.

    A script is asked from its beginning to its end as soon as one of its statements is chosen.
    """
    athena, s3 = local_aws.client("athena"), local_aws.client("s3")
    s3.create_bucket(Bucket="lab")
    chosen: list[Any] = [
        item.callspec.params["asked"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path
    ]
    for statement, answer in zip(
        _statements(relations.SHOP), _run_script(athena, s3, relations.SHOP)
    ):
        wrong = difference(statement.expected, answer)
        assert wrong is None, f"{statement.sql}\n{wrong}"
    scripts = {name for name, dummy in chosen} & {script.name for script in _SCRIPTS}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        whole = [
            (script, pool.submit(_run_script, athena, s3, script))
            for script in _SCRIPTS
            if script.name in scripts
        ]
        single = [
            (statement, pool.submit(_ask, athena, statement, "shop"))
            for name, statement in chosen
            if name not in scripts
        ]
    found = {id(statement): asked.result() for statement, asked in single}
    for script, asked in whole:
        found.update(zip(map(id, _statements(script)), asked.result()))
    return found


def _statements(script: Script) -> list[Statement]:
    return [step for step in script.steps if isinstance(step, Statement)]


@pytest.mark.parametrize("asked", [*_SINGLE, *_IN_ORDER])
def test_statement(answers: dict[int, Answer], asked: tuple[str, Statement]) -> None:
    statement = asked[1]
    wrong = difference(statement.expected, answers[id(statement)])
    if wrong is not None:
        given = f"\nwith {', '.join(statement.parameters)}" if statement.parameters else ""
        pytest.fail(
            f"{statement.sql}{given}\nexpected: {wrong[0]}\ngot:      {wrong[1]}", pytrace=False
        )
