# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query executions: their life, their result objects, their pages.

MiniStack keeps results in its own state, writes them beside the reported OutputLocation, and runs
nothing of Hive's but two statements. Here rows lie only where Athena puts them, in the object at
OutputLocation, and GetQueryResults reads them there.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ministack.core.responses import new_uuid
from ministack.services import athena, s3

from ..dispatch import Answer, Call, Forward, Refusal, answers, changed, done
from . import athena_catalog, athena_ddl, athena_duckdb
from .athena_catalog import Context, Failed

_ENGINE = "Athena engine version 3"
_PAGE = 1000  # GetQueryResults, MaxResults: "Maximum value of 1000", the header among them
_DML = ("select", "with", "values", "table", "insert", "update", "delete", "merge", "unload")
_DDL = ("create", "drop", "alter", "msck")
_UTILITY = tuple(
    "show describe desc explain prepare execute deallocate using optimize vacuum analyze".split()
)
_RUNNING = ("QUEUED", "RUNNING")

# Query id → what stops it. A query of which nothing is here any more ended with the server.
_at_work: dict[str, Any] = {}


def _group(call: Call) -> dict[str, Any]:
    athena._ensure_default_workgroup()
    name = call.data.get("WorkGroup") or "primary"
    group = athena._workgroups.get(name)
    if group is None:
        raise Refusal("InvalidRequestException", f"WorkGroup {name} is not found.")
    if group.get("State") == "DISABLED":
        raise Refusal("InvalidRequestException", f"WorkGroup {name} is disabled.")
    return group


def _result_configuration(call: Call, group: dict[str, Any]) -> dict[str, Any]:
    """The client's settings, unless the workgroup enforces its own or the client has none."""
    configuration = group.get("Configuration") or {}
    groups = configuration.get("ResultConfiguration") or {}
    clients = call.data.get("ResultConfiguration") or {}
    enforced = configuration.get("EnforceWorkGroupConfiguration", group["Name"] != "primary")
    used = groups if enforced and groups.get("OutputLocation") else {**groups, **clients}
    location = used.get("OutputLocation")
    if not location:
        raise Refusal(
            "InvalidRequestException",
            "No output location provided. An output location is required either through the"
            " Workgroup result configuration setting or as an API input.",
        )
    bucket = urlsplit(location).netloc
    if bucket not in s3._buckets:
        raise Refusal("InvalidRequestException", f"Unable to verify/create output bucket {bucket}")
    return dict(used)


def statement_types(query: str) -> tuple[str, str]:
    """StatementType and SubstatementType."""
    words = athena_ddl.words(query)
    first = words[0] if words else ""
    if first in ("select", "with", "values", "table"):
        return "DML", "SELECT"
    if first in _DML:
        return "DML", first.upper()
    if first in _DDL:
        kept = [one for one in words if one not in ("external", "or", "replace")]
        return "DDL", "_".join(kept[:2]).upper()
    return "UTILITY", first.upper()


def _with_parameters(query: str, parameters: list[str]) -> str:
    """The query with each ``?`` replaced by the SQL of a parameter."""
    texts = iter(parameters)

    def put(match: re.Match[str]) -> str:
        if match.group() != "?":
            return match.group()
        text = next(texts, None)
        if text is None:
            raise Refusal("InvalidRequestException", "Incorrect number of parameters: too few")
        return text

    filled = re.sub(r"'[^']*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|\?", put, query, flags=re.DOTALL)
    if next(texts, None) is not None:
        raise Refusal("InvalidRequestException", "Incorrect number of parameters: too many")
    return filled


def _parsed(query: str) -> athena_ddl.Statement | None:
    """The statement when it is Hive's; None is for the query engine, or for nobody."""
    if athena_ddl.words(query)[:1] and athena_ddl.words(query)[0] in _DDL:
        return athena_ddl.parse(query)
    return None


@answers("athena", "StartQueryExecution")
def start_query_execution(call: Call, forward: Forward) -> Answer:
    """Answers at once. The same ClientRequestToken again answers the same query."""
    query = call.data.get("QueryString") or ""
    token = call.data.get("ClientRequestToken")
    for execution in athena._executions.values() if token else ():
        if execution.get("_token") == token:
            if execution["Query"] != query:
                raise Refusal(
                    "InvalidRequestException", "Idempotent parameters do not match: QueryString"
                )
            return done({"QueryExecutionId": execution["QueryExecutionId"]})
    group = _group(call)
    configuration = _result_configuration(call, group)
    if athena_ddl.words(query, 1)[:1] not in ([word] for word in (*_DML, *_DDL, *_UTILITY)):
        begun = (query.split() or ["<EOF>"])[0]
        raise Refusal("InvalidRequestException", f"line 1:1: mismatched input '{begun}'")
    parameters = call.data.get("ExecutionParameters") or []
    filled = _with_parameters(query, parameters) if parameters else query
    problem = ""
    try:
        statement = _parsed(filled)
        athena_catalog.refuse_at_start(statement)
    except athena_ddl.ParseError as error:
        statement, problem = None, str(error)

    kind, substatement = statement_types(query)
    identity = new_uuid()
    suffix = "csv" if kind == "DML" else "txt"
    place = configuration["OutputLocation"].rstrip("/")
    given = call.data.get("QueryExecutionContext") or {}
    execution = {
        "QueryExecutionId": identity,
        "Query": query,
        "StatementType": kind,
        "SubstatementType": substatement,
        "ResultConfiguration": {**configuration, "OutputLocation": f"{place}/{identity}.{suffix}"},
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": {
            "Database": (given.get("Database") or "default").lower(),
            "Catalog": (given.get("Catalog") or "AwsDataCatalog").lower(),
        },
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": _statistics(0, 0),
        "WorkGroup": group["Name"],
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": _ENGINE},
        **({"ExecutionParameters": parameters} if parameters else {}),
        "_token": token,
        "_columns": [],
    }
    athena._executions[identity] = execution
    work = asyncio.get_running_loop().create_task(_run(execution, filled, statement, problem))
    # The task is held here, or nobody would hold it; a query that can be stopped replaces it.
    _at_work[identity] = work
    return done({"QueryExecutionId": identity})


def _statistics(seconds: float, scanned: int) -> dict[str, Any]:
    milliseconds = int(seconds * 1000)
    return {
        "EngineExecutionTimeInMillis": milliseconds,
        "DataScannedInBytes": scanned,
        "TotalExecutionTimeInMillis": milliseconds,
        "QueryQueueTimeInMillis": 0,
        "ServicePreProcessingTimeInMillis": 0,
        "QueryPlanningTimeInMillis": 0,
        "ServiceProcessingTimeInMillis": 0,
        "ResultReuseInformation": {"ReusedPreviousResult": False},
    }


async def _answer(
    execution: dict[str, Any], query: str, statement: athena_ddl.Statement | None
) -> tuple[list[dict[str, Any]], bytes, int]:
    """(columns, content of the result object, bytes scanned)"""
    context = Context(execution["QueryExecutionContext"]["Database"])
    if statement is not None:
        lines = await athena_catalog.run(statement, context)
        columns: list[dict[str, Any]] = [
            {"Name": "result", "Type": "string", "Precision": 0, "Scale": 0}
        ]
        return columns if lines else [], "".join(f"{line}\n" for line in lines).encode(), 0
    if execution["SubstatementType"] != "SELECT":
        raise Failed(
            f"NOT_SUPPORTED: The local AWS runs SELECT and the DDL of databases, tables and"
            f" partitions, but not {' '.join(athena_ddl.words(query, 2)).upper()} yet"
        )
    work = athena_duckdb.Query(query, context)
    _at_work[execution["QueryExecutionId"]] = work
    return await asyncio.to_thread(_csv, work)


def _csv(work: athena_duckdb.Query) -> tuple[list[dict[str, Any]], bytes, int]:
    columns, rows, scanned = work.run()
    text = _record([one["Name"] for one in columns]) + "".join(map(_record, rows))
    return columns, text.encode(), scanned


async def _run(
    execution: dict[str, Any], query: str, statement: athena_ddl.Statement | None, problem: str
) -> None:
    status = execution["Status"]
    if status["State"] != "QUEUED":  # cancelled already
        _at_work.pop(execution["QueryExecutionId"], None)
        return
    status["State"] = "RUNNING"
    began = time.monotonic()
    scanned = 0
    try:
        if problem:
            raise Failed(problem)
        execution["_columns"], content, scanned = await _answer(execution, query, statement)
        if status["State"] == "RUNNING":
            _store(execution["ResultConfiguration"]["OutputLocation"], content)
            outcome = {"State": "SUCCEEDED"}
    except (Failed, Refusal) as error:
        outcome = _failure(str(error))
    except Exception as error:  # noqa: BLE001  a query must come to an end, whatever happens
        outcome = _failure(f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}")
    finally:
        _at_work.pop(execution["QueryExecutionId"], None)
    execution["Statistics"] = _statistics(time.monotonic() - began, scanned)
    if status["State"] == "RUNNING":  # else it was cancelled
        status.update(outcome, CompletionDateTime=time.time())
    changed("athena")


def _failure(reason: str) -> dict[str, Any]:
    category = 1 if reason.startswith("GENERIC_INTERNAL_ERROR") else 2  # 1 is system, 2 is user
    error = {"ErrorCategory": category, "Retryable": False, "ErrorMessage": reason}
    return {"State": "FAILED", "StateChangeReason": reason, "AthenaError": error}


# --- results ------------------------------------------------------------------------------------

_CELL = re.compile(rb'(?:"([^"]*(?:""[^"]*)*)"|)(,|\n)')


def _record(values: list[str | None]) -> str:
    """A line of Athena's CSV: every value in quotes, NULL as nothing."""
    return ",".join("" if v is None else '"' + v.replace('"', '""') + '"' for v in values) + "\n"


def _records(content: bytes, start: int) -> Iterator[tuple[list[str | None], int]]:
    """(values, position behind them) of Athena's own CSV, from a position on."""
    record: list[str | None] = []
    for cell in _CELL.finditer(content, start):
        value = cell.group(1)
        record.append(None if value is None else value.replace(b'""', b'"').decode())
        if cell.group(2) == b"\n":
            yield record, cell.end()
            record = []


def _store(location: str, content: bytes) -> None:
    place = urlsplit(location)
    headers = {"content-type": "application/octet-stream", "content-length": str(len(content))}
    status, dummy, body = s3._put_object(place.netloc, place.path.lstrip("/"), content, headers)
    if status >= 300:
        said = re.findall(rb"<(?:Code|Message)>([^<]*)<", body if isinstance(body, bytes) else b"")
        raise Failed(f"Unable to write the result to {location}: {b': '.join(said).decode()}")
    changed("s3")


def _execution(call: Call) -> dict[str, Any]:
    identity = call.data.get("QueryExecutionId", "")
    execution = athena._executions.get(identity)
    if execution is None:
        raise Refusal("InvalidRequestException", f"QueryExecution {identity} was not found")
    status = execution["Status"]
    if status["State"] in _RUNNING and identity not in _at_work:
        status.update(_failure("GENERIC_INTERNAL_ERROR: the local AWS was stopped meanwhile"))
    return execution


def _shown(execution: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in execution.items() if not key.startswith("_")}


@answers("athena", "GetQueryExecution")
def get_query_execution(call: Call, forward: Forward) -> Answer:
    """With every member of QueryExecution that a query of ours has."""
    return done({"QueryExecution": _shown(_execution(call))})


def _column_info(column: dict[str, Any]) -> dict[str, Any]:
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Label": column["Name"],
        "Nullable": "UNKNOWN",
        "CaseSensitive": column["Type"] in ("varchar", "char", "string"),
        **column,
    }


@answers("athena", "GetQueryResults")
def get_query_results(call: Call, forward: Forward) -> Answer:
    """At most 1,000 rows a page, the header of a SELECT among those of the first.

    The token is the position in the result object.
    """
    execution = _execution(call)
    state = execution["Status"]["State"]
    if state != "SUCCEEDED":
        raise Refusal(
            "InvalidRequestException",
            f"Query did not finish successfully. Final query state: {state}",
        )
    most = call.data.get("MaxResults") or _PAGE
    if not 1 <= most <= _PAGE:
        raise Refusal("InvalidRequestException", f"MaxResults is more than maximum allowed {_PAGE}")
    location = execution["ResultConfiguration"]["OutputLocation"]
    place = urlsplit(location)
    content = s3._get_object_data(place.netloc, place.path.lstrip("/"))
    if content is None:
        raise Refusal("InvalidRequestException", f"Could not find results. Location {location}")
    start = int(call.data.get("NextToken") or 0)
    rows: list[list[str | None]] = []
    if location.endswith(".csv"):
        for record, behind in _records(content, start):
            rows.append(record)
            start = behind
            if len(rows) == most:
                break
    else:
        lines = content[start:].splitlines(keepends=True)[:most]
        rows = [[line.decode().rstrip("\n")] for line in lines]
        start += len(b"".join(lines))
    answer: dict[str, Any] = {
        "ResultSet": {
            "Rows": [
                {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
                for row in rows
            ],
            "ResultSetMetadata": {"ColumnInfo": [_column_info(c) for c in execution["_columns"]]},
        },
        "UpdateCount": 0,
    }
    if start < len(content):
        answer["NextToken"] = str(start)
    return done(answer)


@answers("athena", "StopQueryExecution")
def stop_query_execution(call: Call, forward: Forward) -> Answer:
    """CANCELLED at once; the work ends soon after. One that has ended stays as it is."""
    execution = _execution(call)
    if execution["Status"]["State"] in _RUNNING:
        reason = "Query cancelled by user"
        execution["Status"].update(
            State="CANCELLED", StateChangeReason=reason, CompletionDateTime=time.time()
        )
        work = _at_work.get(execution["QueryExecutionId"])
        if isinstance(work, athena_duckdb.Query):
            work.stop()
    return done()
