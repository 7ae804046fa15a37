# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glue jobs: MiniStack keeps only some settings, no defaults, and loses the tags."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import glue

from ..dispatch import Answer, Call, Forward, Refusal, answers, done
from . import glue_bookmarks
from .glue_shared import page, tagged

# JobUpdate of the API reference: what UpdateJob takes, and CreateJob besides Name and Tags.
SETTINGS = (
    "JobMode",
    "JobRunQueuingEnabled",
    "Description",
    "LogUri",
    "Role",
    "ExecutionProperty",
    "Command",
    "DefaultArguments",
    "NonOverridableArguments",
    "Connections",
    "MaxRetries",
    "AllocatedCapacity",
    "Timeout",
    "MaxCapacity",
    "WorkerType",
    "NumberOfWorkers",
    "SecurityConfiguration",
    "NotificationProperty",
    "GlueVersion",
    "CodeGenConfigurationNodes",
    "ExecutionClass",
    "SourceControlDetails",
    "MaintenanceWindow",
)
# "Defining job properties for Spark jobs": DPUs of one worker.
_DPU_PER_WORKER = {
    "Standard": 1.0,
    "G.025X": 0.25,
    "G.1X": 1.0,
    "G.2X": 2.0,
    "G.4X": 4.0,
    "G.8X": 8.0,
    "G.12X": 12.0,
    "G.16X": 16.0,
    "R.1X": 1.0,
    "R.2X": 2.0,
    "R.4X": 4.0,
    "R.8X": 8.0,
    "Z.2X": 2.0,
}
_PYTHON_SHELL_DPU = 0.0625


def _timeout(glue_version: str, command: str) -> int | None:
    """Minutes: 2,880 by default, 480 for Glue 5.0 and later (CreateJob); streaming has none."""
    if command == "gluestreaming":
        return None
    return 480 if float(glue_version) >= 5.0 else 2880


def _with_defaults(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as GetJob returns them: those given, and AWS's default for each that was not."""
    job = {name: value for name, value in settings.items() if value is not None}
    command = dict(job.get("Command") or {})
    kind = command.get("Name", "glueetl")
    if kind in ("glueetl", "gluestreaming"):
        command.setdefault("PythonVersion", "3")
    job["Command"] = command
    job.setdefault("JobMode", "SCRIPT")
    job.setdefault("ExecutionProperty", {"MaxConcurrentRuns": 1})
    job.setdefault("MaxRetries", 0)
    # CreateJob: "Jobs that are created without specifying a Glue version default to Glue 5.1."
    job.setdefault("GlueVersion", "5.1")
    timeout = _timeout(job["GlueVersion"], kind)
    if timeout is not None:
        job.setdefault("Timeout", timeout)
    if kind == "pythonshell":
        job.setdefault("MaxCapacity", _PYTHON_SHELL_DPU)
    # No ExecutionClass: a job without one is STANDARD, and AWS does not say so.
    return sized(job)


def sized(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a job or a run with its DPUs: by workers, or as given, 10 by default."""
    if "WorkerType" in settings and "NumberOfWorkers" in settings:
        dpu = _DPU_PER_WORKER.get(settings["WorkerType"], 1.0) * settings["NumberOfWorkers"]
    else:
        dpu = float(settings.get("MaxCapacity", settings.get("AllocatedCapacity", 10)))
    # The deprecated twin is an integer; a fraction of a DPU shows as 0.
    return {**settings, "MaxCapacity": dpu, "AllocatedCapacity": int(dpu)}


def _check(settings: dict[str, Any]) -> None:
    """The combinations that the API reference excludes, as InvalidInputException."""
    if not settings.get("Role"):
        raise Refusal("InvalidInputException", "Role is required")
    command = settings.get("Command") or {}
    if not command.get("Name"):
        raise Refusal("InvalidInputException", "Command name should not be null or empty")
    if settings.get("MaxCapacity") is not None and (
        settings.get("WorkerType") or settings.get("NumberOfWorkers")
    ):
        raise Refusal(
            "InvalidInputException",
            "Please do not set Max Capacity if using Worker Type and Number of Workers.",
        )
    if bool(settings.get("WorkerType")) != bool(settings.get("NumberOfWorkers")):
        raise Refusal(
            "InvalidInputException", "Worker Type and Number of Workers must be set together."
        )


def job_arn(name: str) -> str:
    """ARN of a job of the calling account and region."""
    return glue._arn("job", name)


def found_job(name: str) -> dict[str, Any]:
    """The job, or EntityNotFoundException."""
    job = glue._jobs.get(name)
    if job is None:
        raise Refusal("EntityNotFoundException", f"Job with name: {name} not found.")
    return job


@answers("glue", "CreateJob")
def create_job(call: Call, forward: Forward) -> Answer:
    """Every setting is kept; the tags go where GetTags finds them; an existing name is refused."""
    name = call.data.get("Name")
    if not name:
        raise Refusal("InvalidInputException", "Name is required")
    if name in glue._jobs:
        raise Refusal("AlreadyExistsException", f"Job with name {name} already exists.")
    given = {key: call.data[key] for key in SETTINGS if key in call.data}
    _check(given)
    now = time.time()
    dates = {"CreatedOn": now, "LastModifiedOn": now}
    glue._jobs[name] = {"Name": name, **_with_defaults(given), **dates}
    glue._job_runs[name] = []
    if call.data.get("Tags"):
        glue._tags[job_arn(name)] = dict(call.data["Tags"])
    return done({"Name": name})


@answers("glue", "UpdateJob")
def update_job(call: Call, forward: Forward) -> Answer:
    """It replaces the whole definition: what JobUpdate leaves out is reset to its default."""
    name = call.data.get("JobName", "")
    job = found_job(name)
    update = call.data.get("JobUpdate") or {}
    given = {key: update[key] for key in SETTINGS if key in update}
    _check(given)
    made = {key: job[key] for key in ("Name", "CreatedOn")}
    glue._jobs[name] = {**made, **_with_defaults(given), "LastModifiedOn": time.time()}
    return done({"JobName": name})


@answers("glue", "GetJob")
def get_job(call: Call, forward: Forward) -> Answer:
    """Without the empty settings and the Tags that MiniStack answers."""
    return done({"Job": found_job(call.data.get("JobName", ""))})


@answers("glue", "GetJobs")
def get_jobs(call: Call, forward: Forward) -> Answer:
    """All jobs by pages."""
    names, token = page(call, sorted(glue._jobs))
    return done({"Jobs": [glue._jobs[name] for name in names], **token})


@answers("glue", "BatchGetJobs")
def batch_get_jobs(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack."""
    names = call.data.get("JobNames") or []
    return done(
        {
            "Jobs": [glue._jobs[name] for name in names if name in glue._jobs],
            "JobsNotFound": [name for name in names if name not in glue._jobs],
        }
    )


@answers("glue", "ListJobs")
def list_jobs(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack. Names; with Tags only the jobs that carry all of them."""
    names, token = page(call, tagged(call, "job", sorted(glue._jobs)))
    return done({"JobNames": names, **token})


@answers("glue", "DeleteJob")
async def delete_job(call: Call, forward: Forward) -> Answer:
    """No exception for a missing job; the tags go with the job, unlike in MiniStack."""
    name = call.data.get("JobName", "")
    glue._tags.pop(job_arn(name), None)
    glue_bookmarks.forget(name)
    return await forward(call)
