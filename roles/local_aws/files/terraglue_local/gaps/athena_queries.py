# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query executions as the API tells of them: their start, their state, their pages, their stop.

MiniStack keeps results in its own state, writes them beside the reported OutputLocation, and runs
nothing of Hive's but two statements. Here a statement is done on the catalog or by Trino, and rows
lie only where Athena puts them, in the object at OutputLocation.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from ministack.core.responses import new_uuid
from ministack.services import athena, s3

from ..dispatch import Answer, Call, Forward, Refusal, answers, done
from . import athena_execution, athena_results, athena_statements
from .athena import ENGINE, found_group
from .athena_execution import ACTIVE, INTERNAL, at_work, failure
from .athena_plans import Context, Engine, Plan, Refused

_MOST_CHARACTERS = 262144  # StartQueryExecution, QueryString


# --- start --------------------------------------------------------------------------------------


def _group(call: Call) -> dict[str, Any]:
    group = found_group(call.data.get("WorkGroup") or "primary")
    if group.get("State") == "DISABLED":
        raise Refusal("InvalidRequestException", f"WorkGroup {group['Name']} is disabled.")
    return group


def _enforces_location(group: dict[str, Any]) -> bool:
    configuration = group.get("Configuration") or {}
    enforced = configuration.get("EnforceWorkGroupConfiguration", group["Name"] != "primary")
    return bool(enforced and (configuration.get("ResultConfiguration") or {}).get("OutputLocation"))


def _result_configuration(call: Call, group: dict[str, Any]) -> dict[str, Any]:
    """The client's settings, unless the workgroup enforces its own or the client has none."""
    groups = (group.get("Configuration") or {}).get("ResultConfiguration") or {}
    clients = call.data.get("ResultConfiguration") or {}
    used = groups if _enforces_location(group) else {**groups, **clients}
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


def _known_by_token(call: Call) -> Answer | None:
    """The same ClientRequestToken again is the same query."""
    token = call.data.get("ClientRequestToken")
    for execution in athena._executions.values() if token else ():
        if execution.get("_token") == token:
            if execution["Query"] != call.data.get("QueryString"):
                raise Refusal(
                    "InvalidRequestException", "Idempotent parameters do not match: QueryString"
                )
            return done({"QueryExecutionId": execution["QueryExecutionId"]})
    return None


def _prepared(group: str) -> dict[str, str]:
    """Name → text of the workgroup's prepared statements."""
    return {
        name.partition("/")[2]: statement["QueryStatement"]
        for name, statement in athena._prepared_statements.items()
        if name.partition("/")[0] == group
    }


def _is_csv(plan: Plan) -> bool:
    """Whether the result is rows, those of a query or of a prepared one, and not printed lines."""
    return isinstance(plan, Engine) and athena_statements.kind(plan.sql)[0] == "DML"


def _output(plan: Plan, kind: tuple[str, str], place: str, identity: str) -> str:
    """OutputLocation: rows as CSV, lines as text, nothing but a manifest for what writes files."""
    if kind[1] == "CREATE_TABLE_AS_SELECT":
        return f"{place}/tables/{identity}"
    if isinstance(plan, Engine) and plan.output == "manifest":
        return f"{place}/{identity}"
    return f"{place}/{identity}.{'csv' if _is_csv(plan) else 'txt'}"


@answers("athena", "StartQueryExecution")
async def start_query_execution(call: Call, forward: Forward) -> Answer:
    """Answers at once, but for a moment in which a running engine can say that it is no SQL."""
    known = _known_by_token(call)
    if known is not None:
        return known
    query = call.data.get("QueryString") or ""
    if len(query) > _MOST_CHARACTERS:
        raise Refusal("InvalidRequestException", f"QueryString has over {_MOST_CHARACTERS} bytes")
    group = _group(call)
    configuration = _result_configuration(call, group)
    place = configuration["OutputLocation"].rstrip("/")
    given = call.data.get("QueryExecutionContext") or {}
    parameters = call.data.get("ExecutionParameters") or []
    context = Context(
        # Clients quote it as they do in a statement.
        database=(given.get("Database") or "default").strip("`").lower(),
        location=place,
        identity=new_uuid(),
        work_group=group["Name"],
        prepared=_prepared(group["Name"]),
        enforced=_enforces_location(group),
    )
    plan = athena_statements.plan(query, context, parameters)
    if isinstance(plan, Refused):
        raise Refusal("InvalidRequestException", plan.message)
    kind = athena_statements.kind(query)
    execution = {
        "QueryExecutionId": context.identity,
        "Query": query,
        "StatementType": kind[0],
        "SubstatementType": kind[1],
        "ResultConfiguration": {
            **configuration,
            "OutputLocation": _output(plan, kind, place, context.identity),
        },
        "ResultReuseConfiguration": call.data.get("ResultReuseConfiguration")
        or {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": {
            "Database": context.database,
            "Catalog": (given.get("Catalog") or "AwsDataCatalog").lower(),
        },
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": {"EngineExecutionTimeInMillis": 0, "DataScannedInBytes": 0},
        "WorkGroup": group["Name"],
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": ENGINE},
        **({"ExecutionParameters": parameters} if parameters else {}),
        "_token": call.data.get("ClientRequestToken"),
        "_columns": [],
    }
    await athena_execution.begin(execution, plan, context, group, _is_csv(plan))
    return done({"QueryExecutionId": context.identity})


# --- what is asked of a query -------------------------------------------------------------------


def _execution(identity: str) -> dict[str, Any]:
    execution = athena._executions.get(identity)
    if execution is None:
        raise Refusal("InvalidRequestException", f"QueryExecution {identity} was not found")
    status = execution["Status"]
    if status["State"] in ACTIVE and identity not in at_work:
        status.update(
            failure(f"{INTERNAL}: the local AWS was stopped while this query was at work"),
            CompletionDateTime=time.time(),
        )
    return execution


def _shown(execution: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in execution.items() if not key.startswith("_")}


@answers("athena", "GetQueryExecution")
def get_query_execution(call: Call, forward: Forward) -> Answer:
    """With every member of QueryExecution that a query of ours has."""
    return done({"QueryExecution": _shown(_execution(call.data.get("QueryExecutionId", "")))})


@answers("athena", "BatchGetQueryExecution")
def batch_get_query_execution(call: Call, forward: Forward) -> Answer:
    """Each as GetQueryExecution has it; those that are not there beside them."""
    found, missing = [], []
    for identity in call.data.get("QueryExecutionIds") or []:
        try:
            found.append(_shown(_execution(identity)))
        except Refusal as refusal:
            error = {"ErrorCode": "INVALID_INPUT", "ErrorMessage": refusal.message}
            missing.append({"QueryExecutionId": identity, **error})
    return done({"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing})


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
    execution = _execution(call.data.get("QueryExecutionId", ""))
    state = execution["Status"]["State"]
    if state != "SUCCEEDED":
        raise Refusal(
            "InvalidRequestException",
            f"Query did not finish successfully. Final query state: {state}",
        )
    most = call.data.get("MaxResults") or athena_results.PAGE
    if not 1 <= most <= athena_results.PAGE:
        raise Refusal(
            "InvalidRequestException",
            f"MaxResults is more than maximum allowed {athena_results.PAGE}",
        )
    token = call.data.get("NextToken") or "0"
    if not token.isdecimal():
        raise Refusal("InvalidRequestException", f"NextToken is not valid: {token}")
    rows, following = _page(execution, int(token), most)
    return done(
        {
            "ResultSet": {
                "Rows": [
                    {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
                    for row in rows
                ],
                "ResultSetMetadata": {
                    "ColumnInfo": [_column_info(c) for c in execution["_columns"]]
                },
            },
            "UpdateCount": execution.get("_written", 0),
            **({} if following is None else {"NextToken": str(following)}),
        }
    )


def _page(
    execution: dict[str, Any], start: int, most: int
) -> tuple[list[list[str | None]], int | None]:
    if "DataManifestLocation" in execution["Statistics"]:  # it wrote files and has no rows
        return [], None
    location = execution["ResultConfiguration"]["OutputLocation"]
    page = athena_results.page(location, start, most)
    if page is None:
        raise Refusal("InvalidRequestException", f"Could not find results. Location {location}")
    return page


@answers("athena", "StopQueryExecution")
async def stop_query_execution(call: Call, forward: Forward) -> Answer:
    """CANCELLED at once; the work ends soon after. One that has ended stays as it is."""
    execution = _execution(call.data.get("QueryExecutionId", ""))
    status = execution["Status"]
    if status["State"] in ACTIVE:
        task, work = at_work[execution["QueryExecutionId"]]
        was_queued = status["State"] == "QUEUED"
        status.update(
            State="CANCELLED",
            StateChangeReason="Query cancelled by user",
            CompletionDateTime=time.time(),
        )
        if was_queued:
            task.cancel()
        elif work is not None:
            await work.stop()
    return done()
