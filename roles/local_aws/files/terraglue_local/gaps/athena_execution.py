# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One query from QUEUED to its end: what its plan says is done, its result written, its state kept."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import athena

from ..dispatch import Refusal, changed
from ..sql.statement import Stopped
from . import athena_catalog, athena_results, athena_shows
from .athena_calls import Failed
from .athena_engine import Invalid, OverLimit, Work
from .athena_plans import Catalog, Context, Deallocate, Engine, Fails, Plan, Prepare

ACTIVE = ("QUEUED", "RUNNING")
INTERNAL = "GENERIC_INTERNAL_ERROR"
# How long StartQueryExecution waits to learn that the text is no SQL.
_READ_SECONDS = 2.0

# Query id → (its task, its work at the engine). An active query that is not here ended with the server.
at_work: dict[str, tuple[asyncio.Task[None], Work | None]] = {}


async def begin(
    execution: dict[str, Any], plan: Plan, context: Context, group: dict[str, Any], as_csv: bool
) -> None:
    """Set it to work. What turns out to be no SQL at once is refused, and was never there."""
    identity = context.identity
    earlier = _reused(execution)
    athena._executions[identity] = execution
    work = None
    if isinstance(plan, Engine) and earlier is None:
        work = _work(execution, plan, context, group, as_csv)
    coroutine = _run(
        execution, functools.partial(_done, execution, plan, context, work, earlier), work
    )
    task = asyncio.get_running_loop().create_task(coroutine)
    at_work[identity] = (task, work)
    if work is None:
        return
    read = asyncio.create_task(work.read.wait())
    await asyncio.wait({task, read}, timeout=_READ_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    read.cancel()
    if task.done() and execution.get("_invalid"):
        del athena._executions[identity]
        raise Refusal("InvalidRequestException", execution["_invalid"])


def _work(
    execution: dict[str, Any], plan: Engine, context: Context, group: dict[str, Any], as_csv: bool
) -> Work:
    status = execution["Status"]

    def say(text: str) -> None:
        if status["State"] == "QUEUED":
            status["StateChangeReason"] = text

    def running() -> None:
        status.update(State="RUNNING")
        status.pop("StateChangeReason", None)

    limit = (group.get("Configuration") or {}).get("BytesScannedCutoffPerQuery")
    return Work(plan, context, as_csv, limit, say, running)


def _reused(execution: dict[str, Any]) -> dict[str, Any] | None:
    """An earlier execution whose result this one may show again."""
    wanted = execution["ResultReuseConfiguration"].get("ResultReuseByAgeConfiguration") or {}
    if not wanted.get("Enabled") or execution["SubstatementType"] != "SELECT":
        return None
    oldest = time.time() - wanted.get("MaxAgeInMinutes", 60) * 60
    same = ("Query", "QueryExecutionContext", "WorkGroup", "ExecutionParameters")
    for earlier in reversed(list(athena._executions.values())):
        if (
            earlier["Status"]["State"] == "SUCCEEDED"
            and earlier["Status"]["CompletionDateTime"] >= oldest
            and all(earlier.get(name) == execution.get(name) for name in same)
        ):
            return earlier
    return None


async def _done(
    execution: dict[str, Any],
    plan: Plan,
    context: Context,
    work: Work | None,
    earlier: dict[str, Any] | None,
) -> dict[str, Any]:
    """Do what the plan says and leave its result. What Statistics says of it."""
    if work is not None and isinstance(plan, Engine):
        return await _done_by_engine(execution, plan, context, work)
    if earlier is not None:
        execution["_columns"] = earlier["_columns"]
        location = earlier["ResultConfiguration"]["OutputLocation"]
        execution["ResultConfiguration"]["OutputLocation"] = location
        return {"ResultReuseInformation": {"ReusedPreviousResult": True}}
    if isinstance(plan, Fails):
        raise Failed(plan.reason)
    if isinstance(plan, Catalog):
        lines = await athena_catalog.run(plan.statement, context)
        names = athena_shows.columns_of(plan.statement)
        text = {"Type": "string", "Precision": 0, "Scale": 0}
        execution["_columns"] = [{"Name": name, **text} for name in names]
        _store(execution, "".join(f"{line}\n" for line in lines).encode())
    elif isinstance(plan, Prepare):
        athena._prepared_statements[f"{context.work_group}/{plan.name}"] = {
            "StatementName": plan.name,
            "WorkGroupName": context.work_group,
            "QueryStatement": plan.sql,
            "Description": "",
            "LastModifiedTime": time.time(),
        }
        _store(execution, b"")
    elif isinstance(plan, Deallocate):
        if athena._prepared_statements.pop(f"{context.work_group}/{plan.name}", None) is None:
            raise Failed(f"PreparedStatement {plan.name} was not found")
        _store(execution, b"")
    return {}


async def _done_by_engine(
    execution: dict[str, Any], plan: Engine, context: Context, work: Work
) -> dict[str, Any]:
    answer = await work.answer()
    await athena_catalog.finish(plan.after, context)
    if execution["Status"]["State"] != "RUNNING":  # cancelled just now
        raise Stopped
    execution["_columns"] = answer.columns
    execution["_written"] = answer.written
    if plan.output == "manifest":
        execution["_columns"] = [{"Name": "rows", "Type": "bigint", "Precision": 19, "Scale": 0}]
        place = f"{context.location}/{context.identity}-manifest.csv"
        _store_at(execution, place, athena_results.manifest(answer.engine_id))
        return {"DataManifestLocation": place}
    _store(execution, answer.content)
    return {}


def _store(execution: dict[str, Any], content: bytes) -> None:
    """The result and its description."""
    location = execution["ResultConfiguration"]["OutputLocation"]
    _store_at(execution, location, content)
    _store_at(execution, f"{location}.metadata", athena_results.metadata(execution["_columns"]))


def _store_at(execution: dict[str, Any], location: str, content: bytes) -> None:
    configuration = execution["ResultConfiguration"]
    athena_results.store(location, content, configuration, get_account_id())


async def _run(
    execution: dict[str, Any], do: Callable[[], Awaitable[dict[str, Any]]], work: Work | None
) -> None:
    """A query from QUEUED to its end, whatever happens."""
    status = execution["Status"]
    began = time.monotonic()
    if work is None:
        status["State"] = "RUNNING"
    known: dict[str, Any] = {}
    try:
        known = await do()
        outcome: dict[str, Any] = {"State": "SUCCEEDED"}
    except OverLimit:
        reason = "Query cancelled! : Bytes scanned limit was exceeded"
        outcome = {"State": "CANCELLED", "StateChangeReason": reason}
    except (Stopped, asyncio.CancelledError):
        outcome = {"State": "CANCELLED", "StateChangeReason": "Query cancelled by user"}
    except Invalid as invalid:
        execution["_invalid"] = str(invalid)
        outcome = failure(f"SYNTAX_ERROR: {invalid}")
    except (Failed, Refusal) as error:
        outcome = failure(str(error))
    except Exception as error:  # noqa: BLE001  a query must come to an end, whatever happens
        outcome = failure(f"{INTERNAL}: {type(error).__name__}: {error}")
    finally:
        at_work.pop(execution["QueryExecutionId"], None)
    figures = work.figures if work is not None else {}
    execution["Statistics"] = _statistics(time.monotonic() - began, {**figures, **known})
    if status["State"] in ACTIVE:  # else it was cancelled
        status.pop("StateChangeReason", None)
        status.update(outcome, CompletionDateTime=time.time())
    changed("athena")


def _statistics(seconds: float, known: dict[str, Any]) -> dict[str, Any]:
    total = int(seconds * 1000)
    queued = min(known.get("QueryQueueTimeInMillis", 0), total)
    return {
        "DataScannedInBytes": 0,
        "ResultReuseInformation": {"ReusedPreviousResult": False},
        **known,
        "EngineExecutionTimeInMillis": total - queued,
        "QueryQueueTimeInMillis": queued,
        "TotalExecutionTimeInMillis": total,
    }


def failure(reason: str) -> dict[str, Any]:
    category = 1 if reason.startswith(INTERNAL) else 2  # 1 is system, 2 is user
    error = {"ErrorCategory": category, "Retryable": False, "ErrorMessage": reason}
    return {"State": "FAILED", "StateChangeReason": reason, "AthenaError": error}
