# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glue jobs: their settings in the words of the module's options, and the API calls.

Source: Glue API reference, Jobs (Job, JobUpdate, JobCommand).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.terraglue.aws.plugins.module_utils import state, waiting
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api
from ansible_collections.terraglue.aws.plugins.module_utils.glue_api import MISSING

SPARK = ("glueetl", "gluestreaming")

# Glue checks the role when a job is made or changed, and IAM tells it of a new role some seconds
# late. These are the refusals seen meanwhile; a wrong trust policy is refused in the same words.
_ROLE_UNKNOWN = re.compile(
    r"assume ?(the |provided )*role|trust ?policy|role\b.*(not exist|not found|cannot be found)",
    re.I,
)

# Option and API name of what is written at the top level of a job in the same form.
_PLAIN = {
    "description": "Description",
    "role": "Role",
    "default_arguments": "DefaultArguments",
    "non_overridable_arguments": "NonOverridableArguments",
    "max_retries": "MaxRetries",
    "timeout": "Timeout",
    "max_capacity": "MaxCapacity",
    "worker_type": "WorkerType",
    "number_of_workers": "NumberOfWorkers",
    "security_configuration": "SecurityConfiguration",
    "glue_version": "GlueVersion",
    "execution_class": "ExecutionClass",
    "job_run_queuing_enabled": "JobRunQueuingEnabled",
    "maintenance_window": "MaintenanceWindow",
}
_COMMAND = {
    "command_name": "Name",
    "script_location": "ScriptLocation",
    "python_version": "PythonVersion",
    "runtime": "Runtime",
}
# What AWS fills in by itself: neither compared nor reset when the task does not speak of it.
_LEFT_TO_AWS = (
    "glue_version",
    "max_capacity",
    "number_of_workers",
    "python_version",
    "runtime",
    "timeout",
    "worker_type",
)


def argument(value: Any) -> str:
    """A job argument as the text that Glue takes; YAML's booleans become lower-case words."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def arguments(given: Mapping[str, Any] | None) -> dict[str, str]:
    """Job arguments with every value as text."""
    return {str(name): argument(value) for name, value in (given or {}).items()}


def settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the module's options ask for; None is "not set", a missing key is left to AWS."""
    wanted = {
        name: options.get(name) or None for name in (*_PLAIN, *_COMMAND, "notify_delay_after")
    }
    wanted.update(
        default_arguments=arguments(options.get("default_arguments")),
        non_overridable_arguments=arguments(options.get("non_overridable_arguments")),
        connections=list(options.get("connections") or []),
        max_retries=options.get("max_retries") or 0,
        max_concurrent_runs=options.get("max_concurrent_runs") or 1,
        job_run_queuing_enabled=bool(options.get("job_run_queuing_enabled")),
        execution_class=options.get("execution_class") or "STANDARD",
    )
    if wanted["command_name"] in SPARK:
        wanted["glue_version"] = wanted["glue_version"] or "5.0"
        if not wanted["max_capacity"]:
            wanted["worker_type"] = wanted["worker_type"] or "G.1X"
            wanted["number_of_workers"] = wanted["number_of_workers"] or 2
    return {k: v for k, v in wanted.items() if v is not None or k not in _LEFT_TO_AWS}


def described(job: Mapping[str, Any]) -> dict[str, Any]:
    """A Job of the API in the words of the options, with the defaults that AWS leaves out."""
    command = job.get("Command") or {}
    found = {name: job.get(key) for name, key in _PLAIN.items()}
    found.update({name: command.get(key) for name, key in _COMMAND.items()})
    found.update(
        connections=(job.get("Connections") or {}).get("Connections") or [],
        notify_delay_after=(job.get("NotificationProperty") or {}).get("NotifyDelayAfter"),
        max_concurrent_runs=(job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns", 1),
        max_retries=job.get("MaxRetries") or 0,
        job_run_queuing_enabled=bool(job.get("JobRunQueuingEnabled")),
        execution_class=job.get("ExecutionClass") or "STANDARD",
    )
    return found


def same_role(one: str, other: str) -> bool:
    """Whether both name one role; the API takes and returns an ARN or the bare name."""
    if one.startswith("arn:") and other.startswith("arn:"):
        return one == other
    return one.rpartition("/")[2] == other.rpartition("/")[2]


def drift(wanted: Mapping[str, Any], job: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """What differs between ``settings()`` and a Job. Arguments that are extra in AWS differ too."""
    if job is None:
        return state.drift({k: v for k, v in wanted.items() if v not in ([], {})}, None)
    found = described(job)
    desired = dict(wanted)
    for name in ("default_arguments", "non_overridable_arguments"):
        desired[name] = state.exactly(wanted[name], found[name])
    if same_role(wanted["role"], found["role"] or ""):
        desired["role"] = found["role"]
    if wanted.get("max_capacity"):
        # AWS reports a capacity beside workers as well, but a job has one or the other.
        desired.update(worker_type=None, number_of_workers=None)
    return state.drift(desired, found)


def _one_capacity(payload: dict[str, Any]) -> dict[str, Any]:
    """Without what excludes each other: GetJob answers all three, UpdateJob refuses that."""
    payload.pop("AllocatedCapacity", None)
    if payload.get("WorkerType"):
        payload.pop("MaxCapacity", None)
    return payload


def payload(wanted: Mapping[str, Any], job: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The JobUpdate of ``settings()``, complete, because UpdateJob resets what it leaves out.

    With a name and tags it is also what CreateJob takes. Of a present ``job`` only that is kept
    which the settings leave to AWS.
    """
    body: dict[str, Any] = {key: wanted.get(name) for name, key in _PLAIN.items()}
    body["Command"] = {key: wanted.get(name) for name, key in _COMMAND.items()}
    body["ExecutionProperty"] = {"MaxConcurrentRuns": wanted["max_concurrent_runs"]}
    if wanted["connections"]:
        body["Connections"] = {"Connections": wanted["connections"]}
    if wanted["notify_delay_after"]:
        body["NotificationProperty"] = {"NotifyDelayAfter": wanted["notify_delay_after"]}
    if wanted["command_name"] != "glueetl" and wanted["execution_class"] == "STANDARD":
        # The class is a setting of Spark ETL jobs alone.
        body["ExecutionClass"] = None
    if job:
        for name in _LEFT_TO_AWS:
            if name in wanted:
                continue
            if name in _COMMAND:
                body["Command"][_COMMAND[name]] = (job.get("Command") or {}).get(_COMMAND[name])
            elif not (wanted.get("max_capacity") and name in ("worker_type", "number_of_workers")):
                body[_PLAIN[name]] = job.get(_PLAIN[name])
    body = {key: value for key, value in state.drop_none(body).items() if value not in ("", {}, [])}
    return _one_capacity(body)


def update_of(job: Mapping[str, Any], accepted: Iterable[str]) -> dict[str, Any]:
    """A JobUpdate that changes nothing: all of a Job that UpdateJob accepts."""
    return _one_capacity({key: job[key] for key in accepted if key in job})


def role_is_unknown(error: TerraglueError) -> bool:
    """Whether Glue refused a job because it cannot assume the role, or cannot yet."""
    refused = error.details.get("error_code") in ("InvalidInputException", "AccessDeniedException")
    # A denied iam:PassRole names the role as well, but does not pass with time.
    return refused and "iam:PassRole" not in str(error) and bool(_ROLE_UNKNOWN.search(str(error)))


@api("glue:GetJob", "job {name}", missing=[MISSING])
def get(glue: Any, name: str) -> dict[str, Any] | None:
    """The Job, or None."""
    return glue.get_job(JobName=name)["Job"]


@api("glue:GetJobs", "the jobs of the account")
def list_all(glue: Any) -> list[dict[str, Any]]:
    """Every Job of the account in the region."""
    pages = glue.get_paginator("get_jobs").paginate()
    return [job for page in pages for job in page.get("Jobs") or []]


@api("glue:CreateJob", "job {name}")
def _create(glue: Any, name: str, body: Mapping[str, Any], tags: Mapping[str, str]) -> None:
    glue.create_job(Name=name, Tags=dict(tags), **body)


@api("glue:UpdateJob", "job {name}")
def update(glue: Any, name: str, body: Mapping[str, Any]) -> None:
    """Overwrite a job with a complete JobUpdate."""
    glue.update_job(JobName=name, JobUpdate=dict(body))


@api("glue:DeleteJob", "job {name}", missing=[MISSING])
def delete(glue: Any, name: str) -> None:
    """Delete a job; a missing one is fine."""
    glue.delete_job(JobName=name)


def _with_role(call: Any, role: str, timeout: float) -> None:
    """Make a call again while Glue does not know the role, for ``timeout`` seconds at most."""
    try:
        waiting.retry_while(role_is_unknown, call, timeout)
    except TerraglueError as error:
        if not role_is_unknown(error):
            raise
        raise TerraglueError(
            f"Glue cannot assume the role {role}; tried for {timeout:g} s. {error}"
            " Check that the role exists and that its trust policy allows sts:AssumeRole to"
            " glue.amazonaws.com. If it was only just created, raise role_wait_timeout.",
            **error.details,
        ) from error


def create(
    glue: Any, name: str, body: Mapping[str, Any], tags: Mapping[str, str], timeout: float
) -> None:
    """Create a job; a role that Glue cannot assume yet is waited for."""
    _with_role(lambda: _create(glue, name, body, tags), body["Role"], timeout)


def update_with_role(glue: Any, name: str, body: Mapping[str, Any], timeout: float) -> None:
    """Overwrite a job; a role that Glue cannot assume yet is waited for."""
    _with_role(lambda: update(glue, name, body), body["Role"], timeout)


def accepted_by_update(glue: Any) -> list[str]:
    """The members of JobUpdate that the installed botocore knows."""
    return list(glue.meta.service_model.shape_for("JobUpdate").members)
