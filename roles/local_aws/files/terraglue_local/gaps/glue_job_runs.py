# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job runs: MiniStack calls every one SUCCEEDED without running it. Here each is a process.

The runs are kept in MiniStack's own store, newest last; GetJobRuns answers the newest first.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any

from ministack.services import glue, kms

from .. import server
from ..dispatch import Answer, Call, Forward, Refusal, answers, changed, done
from ..jobs import arguments as args
from ..jobs import life
from ..jobs.errors import Ending
from . import glue_bookmarks, glue_firing
from .glue_jobs import found_job, sized
from .glue_shared import page

_ACTIVE = ("WAITING", "STARTING", "RUNNING", "STOPPING")
_MOST_STOPPED = 25  # BatchStopJobRun: job run ids of one call
# StartJobRun takes these; the run keeps them, or else those of its job.
_OF_THE_JOB = (
    "AllocatedCapacity",
    "Timeout",
    "MaxCapacity",
    "WorkerType",
    "NumberOfWorkers",
    "SecurityConfiguration",
    "NotificationProperty",
    "ExecutionClass",
    "JobRunQueuingEnabled",
    "GlueVersion",
    "JobMode",
    "MaintenanceWindow",
)
_DIED = "The local AWS was stopped while this job run was at work. Start the job run again."

# Run id → its task. An active run without one ended with the server that ran it.
_at_work: dict[str, asyncio.Task[None]] = {}


def _runs(job_name: str) -> list[dict[str, Any]]:
    """The runs of a job, oldest first, those that died with their server as FAILED."""
    runs: list[dict[str, Any]] = glue._job_runs.get(job_name) or []
    for run in runs:
        if run["JobRunState"] in _ACTIVE and run["Id"] not in _at_work:
            _close(run, Ending("FAILED", _DIED))
    return runs


def _found(job_name: str, run_id: str) -> dict[str, Any]:
    for run in _runs(job_name):
        if run["Id"] == run_id:
            return run
    raise Refusal(
        "EntityNotFoundException", f"Job Run with id: {run_id} of job {job_name} not found."
    )


def _shown(run: dict[str, Any]) -> dict[str, Any]:
    """JobRun of the API reference. ExecutionTime counts while the script runs."""
    shown = {key: value for key, value in run.items() if not key.startswith("_")}
    if run["JobRunState"] in ("RUNNING", "STOPPING") and "_Began" in run:
        shown["ExecutionTime"] = int(time.time() - run["_Began"])
    return shown


def _close(run: dict[str, Any], ending: Ending) -> None:
    now = time.time()
    seconds = int(now - run["_Began"]) if "_Began" in run else 0
    if ending.message == _DIED:  # nobody knows when
        seconds = run["ExecutionTime"]
    run.update(JobRunState=ending.state, CompletedOn=now, LastModifiedOn=now, ExecutionTime=seconds)
    if ending.message:
        run["ErrorMessage"] = ending.message
    if run.get("ExecutionClass") == "FLEX":
        run["DPUSeconds"] = float(seconds * run["MaxCapacity"])
    changed("glue")


def _encryption(security_configuration: str) -> dict[str, Any]:
    """EncryptionConfiguration of a security configuration; nothing without one."""
    configuration = glue._security_configs.get(security_configuration) or {}
    return configuration.get("EncryptionConfiguration") or {}


def _log_key(encryption: dict[str, Any]) -> str:
    """The KMS key of the run's log groups; a run whose key is gone has its log all the same."""
    logs = encryption.get("CloudWatchEncryption") or {}
    if logs.get("CloudWatchEncryptionMode") != "SSE-KMS":
        return ""
    key = kms._resolve_key(logs.get("KmsKeyArn", ""))
    return str(key["Arn"]) if key else ""


def _s3_encryption(encryption: dict[str, Any]) -> tuple[str, str]:
    """Mode and KMS key of what the run writes to S3. A configuration has one entry at most."""
    for one in encryption.get("S3Encryption") or []:
        return one.get("S3EncryptionMode", ""), one.get("KmsKeyArn", "")
    return "", ""


def _plan(job: dict[str, Any], run: dict[str, Any]) -> life.Plan:
    command = job["Command"]
    security = run.get("SecurityConfiguration", "")
    encryption = _encryption(security)
    arguments = args.merged(job, run.get("Arguments"))
    bookmark = glue_bookmarks.stored(job["Name"])
    return life.Plan(
        job_name=job["Name"],
        run_id=run["Id"],
        attempt=run["Attempt"],
        kind=command["Name"],
        script=command.get("ScriptLocation", ""),
        arguments=arguments,
        role=job["Role"],
        security_configuration=security,
        log_key=_log_key(encryption),
        s3_encryption=_s3_encryption(encryption),
        timeout_minutes=run.get("Timeout"),
        bookmark=None if args.bookmark_option(arguments) == args.BOOKMARK_DISABLE else bookmark,
        state_dir=server.state_dir(),
        endpoint=server.own_endpoint(),
    )


async def _work(job: dict[str, Any], run: dict[str, Any]) -> None:
    """One run from STARTING to its end, and what follows from that end."""

    def running() -> None:
        run.update(JobRunState="RUNNING", LastModifiedOn=time.time(), _Began=time.time())
        changed("glue")

    def committed(bookmark: dict[str, Any]) -> None:
        glue_bookmarks.store(job["Name"], bookmark)

    try:
        ending = await life.live(_plan(job, run), running, committed)
    except asyncio.CancelledError:
        ending = Ending("STOPPED")
    except Exception as error:  # noqa: BLE001  a run must come to an end, whatever happens
        ending = Ending("FAILED", f"Internal service error : {type(error).__name__}: {error}")
    _close(run, ending)
    _at_work.pop(run["Id"], None)
    if ending.state == "FAILED" and run["Attempt"] < job.get("MaxRetries", 0):
        _begin(
            job,
            {**run.get("_Given", {})},
            Attempt=run["Attempt"] + 1,
            PreviousRunId=run["Id"],
            TriggerName=run.get("TriggerName"),
            PredecessorRuns=run["PredecessorRuns"],
        )
    else:
        glue_firing.ended(run, start)
    _start_waiting(job["Name"])


def _launch(job: dict[str, Any], run: dict[str, Any]) -> None:
    run.update(JobRunState="STARTING", LastModifiedOn=time.time())
    _at_work[run["Id"]] = asyncio.get_running_loop().create_task(_work(job, run))


def _start_waiting(job_name: str) -> None:
    """A queued run takes the place that has become free."""
    job = glue._jobs.get(job_name)
    if job is None:
        return
    for run in _runs(job_name):
        if run["JobRunState"] == "WAITING" and _has_room(job):
            _at_work.pop(run["Id"]).cancel()
            _launch(job, run)


def _has_room(job: dict[str, Any]) -> bool:
    active = [run for run in _runs(job["Name"]) if run["JobRunState"] in _ACTIVE[1:]]
    return len(active) < job["ExecutionProperty"].get("MaxConcurrentRuns", 1)


async def _wait() -> None:
    """What stands for a queued run among those at work."""
    await asyncio.Event().wait()


def _begin(job: dict[str, Any], given: dict[str, Any], **about: Any) -> dict[str, Any]:
    """Make the run of a job and set it to work. Settings given with the run win."""
    now = time.time()
    run = {
        "Id": f"jr_{secrets.token_hex(32)}",
        "Attempt": 0,
        "JobName": job["Name"],
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        **_settings(job, given),
        **({"Arguments": dict(given["Arguments"])} if given.get("Arguments") else {}),
        **{key: value for key, value in about.items() if value is not None},
        "_Given": given,
    }
    if run["Attempt"] and about.get("PreviousRunId"):
        run["Id"] = f"{about['PreviousRunId'].partition('_attempt_')[0]}_attempt_{run['Attempt']}"
    run["LogGroupName"] = _plan(job, run).log_groups[0].rpartition("/")[0]
    room = _has_room(job)
    glue._job_runs.setdefault(job["Name"], []).append(run)
    if room:
        _launch(job, run)
    else:
        run["JobRunState"] = "WAITING"
        _at_work[run["Id"]] = asyncio.get_running_loop().create_task(_wait())
    changed("glue")
    return run


def _settings(job: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The job's settings with those given over them. A size in DPUs replaces one in workers."""
    settings = {key: job[key] for key in _OF_THE_JOB if key in job}
    if given.get("MaxCapacity") is not None:
        settings.pop("WorkerType", None)
        settings.pop("NumberOfWorkers", None)
    given = {key: given[key] for key in _OF_THE_JOB if given.get(key) is not None}
    return sized({**settings, **given})


def start(job_name: str, given: dict[str, Any], **about: Any) -> str:
    """Start a run, for StartJobRun or for a trigger. Its id."""
    job = found_job(job_name)
    queued = given.get("JobRunQueuingEnabled", job.get("JobRunQueuingEnabled"))
    if not _has_room(job) and not queued:
        raise Refusal("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job_name}")
    return str(_begin(job, given, **about)["Id"])


def _check(data: dict[str, Any]) -> None:
    if not data.get("JobName"):
        raise Refusal("InvalidInputException", "JobName is required")
    given = data.get("Arguments")
    if given is not None and not isinstance(given, dict):
        raise Refusal("InvalidInputException", "Arguments must be a map of strings")
    if data.get("MaxCapacity") is not None and (
        data.get("WorkerType") or data.get("NumberOfWorkers")
    ):
        raise Refusal(
            "InvalidInputException",
            "Please do not set Max Capacity if using Worker Type and Number of Workers.",
        )
    timeout = data.get("Timeout")
    if timeout is not None and (not isinstance(timeout, int) or timeout < 1):
        raise Refusal("InvalidInputException", "Timeout must be an integer of at least 1.")


@answers("glue", "StartJobRun")
def start_job_run(call: Call, forward: Forward) -> Answer:
    """Answers at once. With JobRunId it is a retry of that run, with its arguments."""
    _check(call.data)
    name, given = call.data["JobName"], dict(call.data)
    security = given.get("SecurityConfiguration")
    if security and security not in glue._security_configs:
        raise Refusal("EntityNotFoundException", f"SecurityConfiguration {security} not found.")
    about: dict[str, Any] = {}
    found_job(name)
    if given.pop("JobRunId", None):
        previous = _found(name, call.data["JobRunId"])
        given = {**previous.get("_Given", {}), **given}
        about = {"Attempt": previous["Attempt"] + 1, "PreviousRunId": previous["Id"]}
    return done({"JobRunId": start(name, given, **about)})


@answers("glue", "GetJobRun")
def get_job_run(call: Call, forward: Forward) -> Answer:
    """EntityNotFoundException for a missing job or run."""
    name = call.data.get("JobName", "")
    found_job(name)
    return done({"JobRun": _shown(_found(name, call.data.get("RunId", "")))})


@answers("glue", "GetJobRuns")
def get_job_runs(call: Call, forward: Forward) -> Answer:
    """The newest first, by pages of up to 200."""
    name = call.data.get("JobName", "")
    found_job(name)
    runs = {f"{n:010d}": run for n, run in enumerate(reversed(_runs(name)))}
    numbers, token = page(call, list(runs), most=200)
    return done({"JobRuns": [_shown(runs[number]) for number in numbers], **token})


@answers("glue", "BatchStopJobRun")
def batch_stop_job_run(call: Call, forward: Forward) -> Answer:
    """STOPPING at once, STOPPED when nothing of the run is left. Each id has its own answer."""
    name, ids = call.data.get("JobName", ""), call.data.get("JobRunIds") or []
    found_job(name)
    if not 1 <= len(ids) <= _MOST_STOPPED:
        raise Refusal("InvalidInputException", f"JobRunIds must name 1 to {_MOST_STOPPED} runs.")
    stopped, refused = [], []
    for run_id in ids:
        try:
            _stop(_found(name, run_id))
            stopped.append({"JobName": name, "JobRunId": run_id})
        except Refusal as refusal:
            detail = {"ErrorCode": refusal.code, "ErrorMessage": refusal.message}
            refused.append({"JobName": name, "JobRunId": run_id, "ErrorDetail": detail})
    return done({"SuccessfulSubmissions": stopped, "Errors": refused})


def _stop(run: dict[str, Any]) -> None:
    state = run["JobRunState"]
    if state == "STOPPING":
        return
    if state not in _ACTIVE:
        raise Refusal(
            "JobRunInvalidStateTransitionException",
            f"Job run {run['Id']} is in the state {state} and cannot be stopped.",
        )
    task = _at_work[run["Id"]]
    task.cancel()
    if state == "WAITING":
        _at_work.pop(run["Id"])
        _close(run, Ending("STOPPED"))
        return
    run.update(JobRunState="STOPPING", LastModifiedOn=time.time())


def mend() -> None:
    """Runs whose server was killed have left a folder each at most."""
    life.clear(server.state_dir())
