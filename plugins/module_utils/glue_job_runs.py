# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of a Glue job: what is asked for, what can be told beforehand, the wait, the price.

Source: Glue API reference, Job runs (StartJobRun, JobRun); "AWS Glue pricing".
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable

from ansible_collections.terraglue.aws.plugins.module_utils import glue_job, s3_objects, waiting
from ansible_collections.terraglue.aws.plugins.module_utils import iam as iam_api
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api
from ansible_collections.terraglue.aws.plugins.module_utils.glue_api import MISSING
from ansible_collections.terraglue.aws.plugins.module_utils.interruptions import (
    Interruptions,
    stopped_unless_ended,
)

ACTIVE = frozenset(("WAITING", "STARTING", "RUNNING", "STOPPING"))
SUCCEEDED = "SUCCEEDED"
_STOP_BATCH = 25  # run ids that BatchStopJobRun takes in one call
_ENDED_ALREADY = ("JobRunInvalidStateTransitionException", MISSING)
# Glue has not looked at the request; or it may have served it all the same.
_REFUSED_FOR_NOW = frozenset(
    "ThrottlingException ThrottledException EndpointConnectionError ConnectTimeoutError".split()
)
_UNCERTAIN = frozenset(
    "ConnectionClosedError ReadTimeoutError InternalServiceException InternalServerException"
    " InternalFailure OperationTimeoutException ServiceUnavailable".split()
)
_UNTIL_RETRIED = 60.0  # seconds in which Glue begins a retry
LEAST_BILLED = 60  # seconds: jobs of Glue 2.0 and later
_SETTINGS = {
    "execution_class": "ExecutionClass",
    "number_of_workers": "NumberOfWorkers",
    "security_configuration": "SecurityConfiguration",
    "timeout": "Timeout",
    "worker_type": "WorkerType",
}


# --- requests -----------------------------------------------------------------------------------


def arguments(given: Mapping[str, Any] | None) -> dict[str, str]:
    """Arguments as Glue takes them: text, with the two dashes that a task may leave out."""
    texts = glue_job.arguments(given)
    return {name if name.startswith("--") else f"--{name}": text for name, text in texts.items()}


def request(options: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of StartJobRun; what is not set is the job's."""
    body: dict[str, Any] = {"JobName": options["name"]}
    if options.get("arguments"):
        body["Arguments"] = arguments(options["arguments"])
    body.update({key: options[name] for name, key in _SETTINGS.items() if options.get(name)})
    return body


# --- what can be told before it is started ------------------------------------------------------


def can_assume(trust: Mapping[str, Any], service: str = "glue.amazonaws.com") -> bool:
    """Whether a trust policy lets the service assume the role, conditions aside."""
    statements = trust.get("Statement") or []
    for one in [statements] if isinstance(statements, Mapping) else statements:
        principals = one.get("Principal") or {}
        services = principals.get("Service") if isinstance(principals, Mapping) else principals
        named = [services] if isinstance(services, str) else list(services or [])
        if one.get("Effect") == "Allow" and (service in named or "*" in named):
            return True
    return False


def _script(s3: Any, uri: str) -> s3_objects.Stored | None:
    bucket, dummy, key = uri[len("s3://") :].partition("/")
    return s3_objects.head(s3, s3_objects.Place(bucket), key)


def _unless_denied(read: Callable[[], Any]) -> Any:
    """What ``read`` answers; True when the caller may not look, which Glue's role may well."""
    try:
        return read()
    except TerraglueError as error:
        code = str(error.details.get("error_code"))
        if code in ("403", "AccessDenied", "AccessDeniedException"):
            return True
        raise


def missing_parts(job: Mapping[str, Any], s3: Any, iam: Any) -> list[str]:
    """What a run of the job would fail for after a minute, told now."""
    faults = []
    name, script = job["Name"], (job.get("Command") or {}).get("ScriptLocation") or ""
    if script.startswith("s3://") and not _unless_denied(lambda: _script(s3, script)):
        faults.append(
            f"The script {script} of the job {name} does not exist. Upload it (role glue, module"
            " s3_folder), or give the job another script_location."
        )
    role_name = str(job.get("Role") or "").rpartition("/")[2]
    role = _unless_denied(lambda: iam_api.get_role(iam, role_name)) if role_name else True
    if not role:
        faults.append(
            f"The role {role_name} of the job {name} does not exist. Create it (role iam), or give"
            " the job another role."
        )
    elif role is not True and not can_assume(role.get("AssumeRolePolicyDocument") or {}):
        faults.append(
            f"The role {role_name} of the job {name} cannot be assumed by Glue: let its trust"
            " policy allow sts:AssumeRole to the service glue.amazonaws.com."
        )
    return faults


# --- calls --------------------------------------------------------------------------------------


@api("glue:StartJobRun", "job {name}", once=True)
def _start(glue: Any, name: str, body: Mapping[str, Any]) -> str:
    return glue.start_job_run(**body)["JobRunId"]


@api("glue:GetJobRun", "run {run_id} of job {name}", missing=[MISSING])
def _get(glue: Any, name: str, run_id: str) -> dict[str, Any] | None:
    return glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]


@api("glue:GetJobRuns", "the runs of job {name}", missing=[MISSING])
def _latest(glue: Any, name: str) -> list[dict[str, Any]]:
    return glue.get_job_runs(JobName=name, MaxResults=50).get("JobRuns") or []


@api("glue:GetJobRuns", "the runs of job {name}", missing=[MISSING])
def _list(glue: Any, name: str) -> list[dict[str, Any]]:
    pages = glue.get_paginator("get_job_runs").paginate(JobName=name)
    return [run for page in pages for run in page.get("JobRuns") or []]


@api("glue:BatchStopJobRun", "job {name}")
def _stop(glue: Any, name: str, run_ids: list[str]) -> list[dict[str, Any]]:
    return glue.batch_stop_job_run(JobName=name, JobRunIds=run_ids).get("Errors") or []


def active(glue: Any, name: str) -> list[str]:
    """The ids of the runs that have not ended."""
    return [run["Id"] for run in _list(glue, name) or [] if run.get("JobRunState") in ACTIVE]


def stop(glue: Any, name: str, run_ids: Sequence[str]) -> None:
    """Ask for the end of runs; those that have ended stay as they are.

    The call succeeds even when it stops nothing: each run has its own answer.
    """
    for first in range(0, len(run_ids), _STOP_BATCH):
        for one in _stop(glue, name, list(run_ids[first : first + _STOP_BATCH])):
            detail = one.get("ErrorDetail") or {}
            code = str(detail.get("ErrorCode") or "")
            if code not in _ENDED_ALREADY:
                why = str(detail.get("ErrorMessage") or code or "no reason given").rstrip(".")
                raise TerraglueError(
                    f"Glue did not stop the run {one.get('JobRunId')} of job {name}: {why}.",
                    error_code=code,
                )


def stop_all(glue: Any, name: str, timeout: float) -> list[str]:
    """Stop what runs and wait until it has ended, so that it neither costs nor writes any more."""
    running = active(glue, name)
    stop(glue, name, running)
    if running:
        what = f"{len(running)} run(s) of job {name} to stop"
        waiting.wait_until(lambda: not active(glue, name), what, timeout, delay=2.0)
    return running


def start(glue: Any, starter: Any, body: Mapping[str, Any]) -> str:
    """Start a run; its id.

    ``starter`` is a client that sends a request once. StartJobRun has no token by which Glue would
    know a request again: one that is repeated because its answer was lost starts a second run.
    """
    name = body["JobName"]
    try:
        return waiting.retry_while(
            lambda error: error.details.get("error_code") in _REFUSED_FOR_NOW,
            lambda: _start(starter, name, body),
            timeout=30.0,
        )
    except TerraglueError as error:
        code = error.details.get("error_code")
        if code == "ConcurrentRunsExceededException":
            raise TerraglueError(
                f"{error} Wait for the run that is at work, stop it (state=stopped), or raise"
                " max_concurrent_runs of the job.",
                **error.details,
            ) from error
        if code in _UNCERTAIN:
            raise TerraglueError(_uncertain(glue, name, error), **error.details) from error
        raise


def _uncertain(glue: Any, name: str, error: TerraglueError) -> str:
    """What to do when nobody knows whether a run was started."""
    try:
        at_work = active(glue, name)
    except TerraglueError:
        at_work = []
    found = f" At work is {', '.join(at_work)}." if at_work else ""
    return (
        f"{error} It is not known whether Glue has started a run of {name}, and asking again might"
        f" start a second one.{found} Look at the runs of the job: wait for one with run_id, end it"
        " with state=stopped, or run the task again if there is none."
    )


def get(glue: Any, name: str, run_id: str) -> dict[str, Any]:
    """The JobRun; a connection that is lost for a while does not matter."""
    run = waiting.outlasting_losses(lambda: _get(glue, name, run_id))
    if run is None:
        raise TerraglueError(f"The job {name} has no run {run_id}. Check name and run_id.")
    return run


# --- waiting ------------------------------------------------------------------------------------


def wait(
    glue: Any,
    name: str,
    run_id: str,
    interruptions: Interruptions,
    look: Callable[[Mapping[str, Any]], None],
    timeout: float,
    delay: float,
    began: float | None = None,
) -> dict[str, Any]:
    """The JobRun when the run has ended. Whatever else ends the wait stops the run.

    ``look`` is called with the JobRun at every look at it. Times are seconds, counted from ``began``
    on where that is an earlier moment of time.monotonic().
    """
    deadline = (time.monotonic() if began is None else began) + timeout
    with stopped_unless_ended(
        f"The run {run_id}", lambda: stop(glue, name, [run_id]), run_id=run_id
    ):
        while True:
            run = get(glue, name, run_id)
            look(run)
            if run["JobRunState"] not in ACTIVE:
                return run
            if time.monotonic() >= deadline:
                raise TerraglueError(
                    f"The run {run_id} of job {name} was still {run['JobRunState']} after"
                    f" {timeout:g} s, at which it is stopped. Set wait_timeout higher if it needs"
                    " longer.",
                    run_id=run_id,
                )
            interruptions.pause(delay)


def retries_left(job: Mapping[str, Any], run: Mapping[str, Any]) -> int:
    """How often Glue still tries a run again that has ended.

    "Jobs that reach the timeout limit are not restarted", nor are those that somebody stopped.
    """
    if run["JobRunState"] != "FAILED":
        return 0
    return max(0, (job.get("MaxRetries") or 0) - (run.get("Attempt") or 0))


def retry_of(glue: Any, run: Mapping[str, Any]) -> str | None:
    """The id of the run by which Glue tries a failed one again, as soon as it is there."""
    for one in _latest(glue, run["JobName"]) or []:
        if one.get("PreviousRunId") == run["Id"]:
            return one["Id"]
    return None


def await_retry(
    glue: Any,
    run: Mapping[str, Any],
    interruptions: Interruptions,
    delay: float,
    *,
    patience: float = _UNTIL_RETRIED,
) -> str | None:
    """The id of the retry, None when Glue begins none. An interruption stops one that is there."""
    name, deadline = run["JobName"], time.monotonic() + patience

    def stop_retry() -> None:
        found = retry_of(glue, run)
        if found:
            stop(glue, name, [found])

    with stopped_unless_ended(f"The retry of run {run['Id']}", stop_retry, run_id=run["Id"]):
        while True:
            found = waiting.outlasting_losses(lambda: retry_of(glue, run))
            if found or time.monotonic() >= deadline:
                return found
            interruptions.pause(delay)


# --- what a run was -----------------------------------------------------------------------------


def dpu_hours(run: Mapping[str, Any]) -> float:
    """DPU-hours that are billed: DPUSeconds where Glue counts them, else capacity by time."""
    if run.get("DPUSeconds"):
        return round(run["DPUSeconds"] / 3600, 4)
    seconds = run.get("ExecutionTime") or 0
    if not seconds:
        return 0.0
    return round((run.get("MaxCapacity") or 0) * max(seconds, LEAST_BILLED) / 3600, 4)


_LINE = (
    re.compile(r"Failed line number: (\d+)", re.IGNORECASE),  # of job run insights
    re.compile(r'File "(?P<file>[^"]+)", line (\d+)'),  # of a traceback
)


def failed_line(message: str, log: Iterable[str], script: str) -> int | None:
    """The line of the script that raised, by Glue's message or by the traceback in the log."""
    said = _LINE[0].search(message)
    if said:
        return int(said.group(1))
    found = None
    for line in log:
        place = _LINE[1].search(line)
        if place and place.group("file").rpartition("/")[2] == script.rpartition("/")[2]:
            found = int(place.group(2))
    return found


def figures(run: Mapping[str, Any], price: float) -> dict[str, Any]:
    """What a result says of a run. ``price`` is USD for a DPU-hour."""
    hours = dpu_hours(run)
    return {
        "run_id": run["Id"],
        "job_name": run["JobName"],
        "state": run["JobRunState"],
        "attempt": run.get("Attempt") or 0,
        "arguments": dict(run.get("Arguments") or {}),
        "started_on": _moment(run.get("StartedOn")),
        "completed_on": _moment(run.get("CompletedOn")),
        "execution_seconds": run.get("ExecutionTime") or 0,
        "dpu_hours": hours,
        "cost_usd": round(hours * price, 4),
        "error_message": run.get("ErrorMessage") or "",
    }


def _moment(value: Any) -> str | None:
    return value.isoformat() if hasattr(value, "isoformat") else value
