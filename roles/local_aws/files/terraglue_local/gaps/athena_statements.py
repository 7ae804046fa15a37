# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done for a statement: which of Athena's two parsers it is for, and with what text.

Pure. DDL goes to Hive's parser and is done on the catalog; everything else goes to Trino, some of
it in other words, for Athena's CREATE TABLE AS and UNLOAD have properties of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import athena_ddl
from .athena_ctas import create_table_as, unload
from .athena_plans import (
    Catalog,
    Context,
    Deallocate,
    Engine,
    Fails,
    NewView,
    Plan,
    Prepare,
    Refused,
)
from .hive_statements import CreateTable, Statement, TableName
from .hive_tokens import ParseError
from .trino_tokens import Token, begins, closing, position, tokens

__all__ = ["Context", "Plan", "bind", "kind", "plan", "prepared", "statement_text"]

_QUERIES = ("select", "with", "values", "table", "(")
_ICEBERG_ONLY = ("merge", "update", "delete", "optimize", "vacuum")
_ICEBERG = (
    "NOT_SUPPORTED: On the local AWS, Iceberg tables are Spark's alone: make and change them in a"
    " Glue job with --datalake-formats iceberg. SQL here reads and writes Hive tables."
)
# "Unsupported DDL" of Athena's documentation, and what Trino has but Athena does not let through.
_UNSUPPORTED = (
    "alter index",
    "alter view",
    "analyze",
    "call",
    "comment on",
    "commit",
    "create function",
    "create index",
    "create macro",
    "create materialized view",
    "create role",
    "create temporary macro",
    "deny",
    "describe database",
    "describe input",
    "describe output",
    "drop function",
    "drop index",
    "drop macro",
    "drop materialized view",
    "drop role",
    "export table",
    "grant",
    "import table",
    "lock",
    "refresh",
    "reset",
    "revoke",
    "rollback",
    "set",
    "show compactions",
    "show current roles",
    "show grant",
    "show indexes",
    "show locks",
    "show principals",
    "show role",
    "show roles",
    "show session",
    "show transactions",
    "start transaction",
    "truncate",
    "unlock",
    "use",
)
# What Trino runs as it is.
_ENGINE_WORDS = (*_QUERIES, "insert", "explain", "show functions", "show stats", "show catalogs")
_HIVE_WORDS = ("create", "drop", "alter", "msck", "show", "describe", "desc")


def kind(query: str) -> tuple[str, str]:
    """StatementType and SubstatementType, as GetQueryExecution shows them."""
    found = tokens(query)
    first = found[0].value if found else ""
    if first in _QUERIES:
        return "DML", "SELECT"
    if first in ("insert", "unload", "update", "delete", "merge"):
        return "DML", first.upper()
    if first in ("create", "drop", "alter", "msck"):
        words = [token.value for token in found[:5] if token.kind == "word"]
        kept = [word for word in words if word not in ("external", "or", "replace")][:2]
        name = "_".join(kept).upper().replace("SCHEMA", "DATABASE")
        return "DDL", f"{name}_AS_SELECT" if _is_ctas(found) else name
    return "UTILITY", first.upper()


# --- one statement ------------------------------------------------------------------------------


def _one(query: str) -> tuple[str, list[Token]] | Refused:
    """The text of the one statement without its semicolon, and its tokens."""
    found = tokens(query)
    while found and found[-1].text == ";":
        found.pop()
    if any(token.kind == "symbol" and token.text == ";" for token in found):
        return Refused(f"Only one sql statement is allowed. Got: {query}")
    if not found:
        return Refused("line 1:1: mismatched input '<EOF>'. Expecting: a statement")
    return query[: found[-1].end], found


def statement_text(query: str) -> str | None:
    """The text without its last semicolon; None when there is not exactly one statement."""
    one = _one(query)
    return None if isinstance(one, Refused) else one[0]


# --- parameters and prepared statements ---------------------------------------------------------


def _parameter(text: str) -> str | None:
    """The SQL of one parameter, safe to stand in for ``?``; None when it is not one expression."""
    found = tokens(text)
    depth = 0
    for token in found:
        if token.kind == "symbol":
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
            if depth < 0 or token.text == ";" or (token.text == "," and depth == 0):
                return None
    if not found or depth:
        return None
    # One token, or a typed literal such as DATE '2024-01-01', needs no parentheses.
    simple = len(found) == 1 or (len(found) == 2 and found[1].kind == "string")
    return text.strip() if simple else f"({text.strip()})"


def bind(query: str, parameters: Sequence[str]) -> str | Refused | Fails:
    """The query with each ``?`` replaced by the SQL of a parameter."""
    marks = [token for token in tokens(query) if (token.kind, token.text) == ("symbol", "?")]
    if len(marks) != len(parameters):
        return Fails(
            "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters:"
            f" expected {len(marks)} but found {len(parameters)}"
        )
    texts: list[str] = []
    for text in parameters:
        sql = _parameter(text)
        if sql is None:
            return Refused(f"line 1:1: an execution parameter is not an expression: {text}")
        texts.append(sql)
    parts: list[str] = []
    at = 0
    for mark, sql in zip(marks, texts):
        parts += [query[at : mark.start], sql]
        at = mark.end
    return "".join(parts) + query[at:]


def _arguments(text: str, found: Sequence[Token]) -> list[str]:
    """The texts between the commas outside of brackets."""
    depth, start, arguments = 0, 0, []
    for token in found:
        if token.kind == "symbol":
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
            if token.text == "," and depth == 0:
                arguments.append(text[start : token.start])
                start = token.end
            elif start == 0:
                start = token.start
        elif start == 0:
            start = token.start
    return [*arguments, text[start:]]


def _syntax(text: str, found: Sequence[Token], at: int, expected: str) -> Refused:
    """No rule of the grammar goes on with the token at ``at``."""
    token = found[at] if at < len(found) else None
    where = position(text, token.start if token else len(text))
    seen = token.text if token else "<EOF>"
    return Refused(f"{where}: mismatched input '{seen}'. Expecting: {expected}")


def _name(found: Sequence[Token], at: int) -> str | None:
    if at < len(found) and found[at].kind in ("word", "quoted"):
        return found[at].value
    return None


def _prepare(text: str, found: Sequence[Token]) -> Plan:
    name = _name(found, 1)
    if name is None:
        return _syntax(text, found, 1, "<identifier>")
    if not begins(found, "from", 2):
        return _syntax(text, found, 2, "'FROM'")
    if len(found) < 4:
        return _syntax(text, found, 3, "a statement")
    return Prepare(name, text[found[3].start :])


def prepared(query: str) -> str | None:
    """The name of the prepared statement that an EXECUTE runs; None for all other statements."""
    found = tokens(query)
    return _name(found, 1) if begins(found, "execute") else None


def _execute(text: str, found: Sequence[Token], context: Context) -> Plan:
    name = _name(found, 1)
    if name is None:
        return _syntax(text, found, 1, "<identifier>")
    sql = context.prepared.get(name)
    if sql is None:
        return Refused(f"PreparedStatement {name} was not found in workGroup {context.work_group}")
    if len(found) == 2:
        parameters: list[str] = []
    elif begins(found, "using", 2) and len(found) > 3:
        parameters = _arguments(text, found[3:])
    else:
        return _syntax(text, found, min(2, len(found)), "'USING', <EOF>")
    bound = bind(sql, parameters)
    # A prepared statement executes no other: there is no second name to look up.
    return plan(bound, context._replace(prepared={})) if isinstance(bound, str) else bound


# --- what is whose ------------------------------------------------------------------------------


def _table_name(found: Sequence[Token], at: int) -> tuple[TableName | None, int]:
    """(``table`` or ``[catalog.]database.table``, the index behind it)"""
    names: list[str] = []
    while (name := _name(found, at)) is not None:
        names.append(name.lower())
        at += 1
        if not begins(found, ".", at):
            break
        at += 1
    if not names:
        return None, at
    return TableName(names[-2] if len(names) > 1 else None, names[-1]), at


def _behind_if_not_exists(found: Sequence[Token], at: int) -> int:
    return at + 3 if begins(found, "if not exists", at) else at


def _is_ctas(found: Sequence[Token]) -> bool:
    """Whether it is CREATE TABLE by a query: behind the name no list of columns follows."""
    if not begins(found, "create table"):
        return False
    at = _table_name(found, _behind_if_not_exists(found, 2))[1]
    if begins(found, "with (", at):
        at = (closing(found, at + 1) or len(found)) + 1
    elif begins(found, "comment", at):
        at += 2
    return begins(found, "as", at)


def _create_view(text: str, found: Sequence[Token]) -> Plan | None:
    for phrase in ("create view", "create or replace view"):
        if begins(found, phrase):
            name = _table_name(found, len(phrase.split()))[0]
            return Engine(text, after=(NewView(name),) if name else (), output="none")
    return None


def _refuse(statement: Statement) -> Plan | None:
    """What Athena refuses before there is a query: tables of its own, tables that lie nowhere."""
    if not isinstance(statement, CreateTable):
        return None
    if statement.properties.get("table_type", "").lower() == "iceberg":
        return Fails(_ICEBERG)
    if not statement.external:
        return Refused("External keyword required for table type HIVE")
    if not statement.location:
        return Refused("No location was specified for table. An S3 location must be specified")
    return None


def _hive(text: str, found: Sequence[Token]) -> Plan:
    try:
        statement = athena_ddl.parse(text)
    except ParseError as error:
        return Fails(str(error))
    if statement is None:
        return _syntax(text, found, 1, "a statement of Athena's")
    return _refuse(statement) or Catalog(statement)


def plan(query: str, context: Context, parameters: Sequence[str] = ()) -> Plan:
    """What is to be done for a query of StartQueryExecution, with its execution parameters."""
    one = _one(query)
    if isinstance(one, Refused):
        return one
    text, found = one
    if begins(found, "execute"):
        if parameters and not any(begins(found, "using", at) for at in range(len(found))):
            text = f"{text} USING {', '.join(parameters)}"
        return _execute(text, tokens(text), context)
    if parameters:
        bound = bind(text, parameters)
        if not isinstance(bound, str):
            return bound
        text, found = bound, tokens(bound)
    return _routed(text, found, context)


def _routed(text: str, found: Sequence[Token], context: Context) -> Plan:
    first = found[0].value
    if begins(found, "prepare"):
        return _prepare(text, found)
    if begins(found, "deallocate prepare"):
        name = _name(found, 2)
        return Deallocate(name) if name else _syntax(text, found, 2, "<identifier>")
    if first in _ICEBERG_ONLY:
        return Fails(_ICEBERG)
    for phrase in _UNSUPPORTED:
        if begins(found, phrase):
            return Refused(f"Queries of this type are not supported: {phrase.upper()}")
    if begins(found, "unload"):
        return unload(text, found, context)
    if _is_ctas(found):
        return create_table_as(text, found, context)
    view = _create_view(text, found)
    if view is not None:
        return view
    if any(begins(found, phrase) for phrase in _ENGINE_WORDS):
        return Engine(text, output="manifest" if first == "insert" else "rows")
    if first in _HIVE_WORDS:
        return _hive(text, found)
    return _syntax(text, found, 0, "a statement")
