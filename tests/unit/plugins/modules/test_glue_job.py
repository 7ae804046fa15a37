# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.modules import glue_job
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.fakes import FakeGlue
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    ApiCalls,
    ModuleFailed,
    run_module,
)

ROLE = "arn:aws:iam::123456789012:role/terraglue-glue-execution-role"
JOB: dict[str, Any] = {
    "name": "nightly",
    "role": ROLE,
    "script_location": "s3://scripts/main.py",
    "timeout": 10,
    "max_concurrent_runs": 2,
    "security_configuration": "nightly-security-config",
    "connections": ["warehouse"],
    "notify_delay_after": 5,
    "description": "Every night",
    "default_arguments": {"--TempDir": "s3://tmp", "--enable-metrics": None, "--n": 5},
    "owner": "terraglue",
    "tags": {"Project": "p"},
}
GONE = {"name": "nightly", "owner": "terraglue", "state": "absent"}


@pytest.fixture
def glue(api_calls: ApiCalls) -> FakeGlue:
    return FakeGlue(api_calls)


def test_a_new_job_is_predicted_made_and_left_alone(glue: FakeGlue) -> None:
    predicted = run_module(glue_job, JOB, check=True)
    assert predicted["changed"]
    assert glue.calls.changing() == []

    made = run_module(glue_job, JOB)
    assert made["changed"]
    assert made["diff"] == predicted["diff"]
    for key in ("command", "default_arguments", "role", "timeout", "tags", "arn", "worker_type"):
        assert made["job"][key] == predicted["job"][key]
    assert glue.jobs["nightly"]["Command"] == {
        "Name": "glueetl",
        "ScriptLocation": "s3://scripts/main.py",
        "PythonVersion": "3",
    }
    assert glue.jobs["nightly"]["DefaultArguments"] == {
        "--TempDir": "s3://tmp",
        "--enable-metrics": "",
        "--n": "5",
    }
    assert made["job"]["tags"] == {
        "ManagedBy": "terraglue.aws",
        "Project": "p",
        "terraglue:owner": "terraglue",
    }

    glue.calls.clear()
    again = run_module(glue_job, JOB)
    assert (again["changed"], again["changes"]) == (False, [])
    assert glue.calls.changing() == []


def test_spark_jobs_get_two_small_workers_and_python_shell_jobs_none(glue: FakeGlue) -> None:
    run_module(glue_job, JOB)
    assert glue.jobs["nightly"]["NumberOfWorkers"] == 2
    assert glue.jobs["nightly"]["WorkerType"] == "G.1X"
    assert glue.jobs["nightly"]["GlueVersion"] == "5.0"

    shell = {
        "name": "tidy",
        "role": "r",
        "script_location": "s3://s/t.py",
        "command_name": "pythonshell",
        "max_capacity": 1,
    }
    run_module(glue_job, shell)
    assert "WorkerType" not in glue.jobs["tidy"]
    assert not run_module(glue_job, shell)["changed"]


DRIFTS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("workers", {"NumberOfWorkers": 7}, ["number_of_workers"]),
    ("worker type", {"WorkerType": "G.8X"}, ["worker_type"]),
    ("timeout", {"Timeout": 600}, ["timeout"]),
    ("version", {"GlueVersion": "4.0"}, ["glue_version"]),
    ("flex", {"ExecutionClass": "FLEX"}, ["execution_class"]),
    ("queuing", {"JobRunQueuingEnabled": True}, ["job_run_queuing_enabled"]),
    ("retries", {"MaxRetries": 3}, ["max_retries"]),
    ("description", {"Description": "mine"}, ["description"]),
    ("role", {"Role": "arn:aws:iam::1:role/other"}, ["role"]),
    ("runs", {"ExecutionProperty": {"MaxConcurrentRuns": 9}}, ["max_concurrent_runs"]),
    ("no security", {"SecurityConfiguration": None}, ["security_configuration"]),
    ("no connections", {"Connections": None}, ["connections"]),
    ("notification", {"NotificationProperty": {"NotifyDelayAfter": 1}}, ["notify_delay_after"]),
    ("window", {"MaintenanceWindow": "Sun:10"}, ["maintenance_window"]),
    (
        "script",
        {"Command": {"Name": "glueetl", "ScriptLocation": "s3://evil/x.py", "PythonVersion": "3"}},
        ["script_location"],
    ),
    (
        "argument changed",
        {"DefaultArguments": {"--TempDir": "s3://x", "--enable-metrics": "", "--n": "5"}},
        ["default_arguments.--TempDir"],
    ),
    (
        "argument added",
        {
            "DefaultArguments": {
                "--TempDir": "s3://tmp",
                "--enable-metrics": "",
                "--n": "5",
                "--conf": "x",
            }
        },
        ["default_arguments.--conf"],
    ),
    (
        "argument removed",
        {"DefaultArguments": {"--TempDir": "s3://tmp", "--enable-metrics": ""}},
        ["default_arguments.--n"],
    ),
    (
        "fixed argument",
        {"NonOverridableArguments": {"--a": "b"}},
        ["non_overridable_arguments.--a"],
    ),
]


@pytest.mark.parametrize("change, names", [d[1:] for d in DRIFTS], ids=[d[0] for d in DRIFTS])
def test_a_change_by_hand_is_named_and_mended(
    glue: FakeGlue, change: dict[str, Any], names: list[str]
) -> None:
    run_module(glue_job, JOB)
    wanted = dict(glue.jobs["nightly"])
    for key, value in change.items():
        if value is None:
            del glue.jobs["nightly"][key]
        else:
            glue.jobs["nightly"][key] = value
    glue.calls.clear()
    predicted = run_module(glue_job, JOB, check=True)
    assert (predicted["changes"], glue.calls.changing()) == (names, [])
    assert run_module(glue_job, JOB)["changes"] == names
    assert glue.jobs["nightly"] == wanted
    assert not run_module(glue_job, JOB)["changed"]


def test_an_update_keeps_what_is_left_to_aws(glue: FakeGlue) -> None:
    args = {"name": "j", "role": "r", "script_location": "s3://s/a.py"}
    run_module(glue_job, args)
    glue.jobs["j"]["Timeout"] = 77
    result = run_module(glue_job, {**args, "max_retries": 1})
    assert (result["changes"], glue.jobs["j"]["Timeout"]) == (["max_retries"], 77)


def test_a_role_is_the_same_by_arn_and_by_name(glue: FakeGlue) -> None:
    run_module(glue_job, JOB)
    glue.jobs["nightly"]["Role"] = "terraglue-glue-execution-role"
    assert not run_module(glue_job, JOB)["changed"]


def test_tags_are_mended_and_those_of_others_left_unless_purged(glue: FakeGlue) -> None:
    run_module(glue_job, JOB)
    tags = glue.tags[glue.arn("job", "nightly")]
    tags.update(Theirs="x", Project="q")
    result = run_module(glue_job, JOB)
    assert result["changes"] == ["tags.Project"]
    assert result["diff"]["before"] == {"tags": {"Project": "q"}}
    assert (tags["Theirs"], tags["Project"]) == ("x", "p")
    assert run_module(glue_job, {**JOB, "purge_tags": True})["changes"] == ["tags.Theirs"]
    assert "Theirs" not in tags


def test_removal_is_predicted_done_once_and_then_nothing(glue: FakeGlue) -> None:
    run_module(glue_job, JOB)
    glue.calls.clear()
    assert run_module(glue_job, GONE, check=True)["changed"]
    assert glue.calls.changing() == []
    result = run_module(glue_job, GONE)
    assert (result["changed"], result["job"], glue.jobs) == (True, {}, {})
    assert not run_module(glue_job, GONE)["changed"]
    assert not run_module(glue_job, GONE, check=True)["changed"]


@pytest.mark.usefixtures("no_pauses")
def test_what_runs_is_stopped_before_the_job_goes(glue: FakeGlue) -> None:
    run_module(glue_job, JOB)
    running = {f"jr_{number}": "RUNNING" for number in range(30)}
    glue.runs["nightly"] = {**running, "jr_done": "SUCCEEDED"}
    assert len(run_module(glue_job, GONE, check=True)["stopped_runs"]) == 30
    glue.calls.clear()
    assert len(run_module(glue_job, GONE)["stopped_runs"]) == 30
    assert glue.calls.changing() == ["BatchStopJobRun", "BatchStopJobRun", "DeleteJob"]
    assert set(glue.runs["nightly"].values()) == {"STOPPED", "SUCCEEDED"}


def test_runs_may_go_on(glue: FakeGlue) -> None:
    run_module(glue_job, JOB)
    glue.runs["nightly"] = {"jr_1": "RUNNING"}
    run_module(glue_job, {**GONE, "stop_runs": False})
    assert glue.runs["nightly"] == {"jr_1": "RUNNING"}


@pytest.mark.parametrize("tags", [{}, {"terraglue:owner": "other"}])
def test_what_is_not_ours_is_neither_changed_nor_removed(
    glue: FakeGlue, tags: dict[str, str]
) -> None:
    run_module(glue_job, {**JOB, "owner": None, "tags": tags})
    glue.calls.clear()
    with pytest.raises(ModuleFailed, match="glue_adopt") as failed:
        run_module(glue_job, {**JOB, "max_retries": 1})
    assert failed.value.result["found_tags"] == tags
    kept = run_module(glue_job, GONE)
    assert (kept["changed"], kept["job"]["name"]) == (False, "nightly")
    assert "was not removed" in kept["msg"]
    assert glue.calls.changing() == []


def test_adoption_marks_the_job_as_ours(glue: FakeGlue) -> None:
    run_module(glue_job, {**JOB, "owner": None})
    result = run_module(glue_job, {**JOB, "adopt": True})
    assert result["changes"] == ["tags.ManagedBy", "tags.terraglue:owner"]
    assert not run_module(glue_job, JOB)["changed"]


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(
    "message",
    [
        "Service is unable to assume role " + ROLE,
        f"Role {ROLE} should be given assume role permissions for Glue Service.",
        "Service is unable to assume provided role. Please verify role's TrustPolicy",
    ],
)
def test_a_role_that_is_not_known_yet_is_waited_for(glue: FakeGlue, message: str) -> None:
    glue.refuse("CreateJob", "InvalidInputException", message, times=2)
    assert run_module(glue_job, JOB)["changed"]
    assert glue.calls.names().count("CreateJob") == 3


def test_the_wait_for_a_role_has_a_limit_and_a_clear_end(glue: FakeGlue) -> None:
    glue.refuse("CreateJob", "InvalidInputException", f"Service is unable to assume role {ROLE}")
    with pytest.raises(ModuleFailed) as failed:
        run_module(glue_job, {**JOB, "role_wait_timeout": 0})
    for words in (ROLE, "role_wait_timeout", "glue.amazonaws.com"):
        assert words in str(failed.value)


@pytest.mark.parametrize(
    "message",
    [
        f"User x is not authorized to perform: iam:PassRole on resource: {ROLE}",
        "User: arn:aws:sts::1:assumed-role/Dev/me is not authorized to perform: glue:CreateJob",
    ],
)
def test_a_denial_is_told_at_once(glue: FakeGlue, message: str) -> None:
    glue.refuse("CreateJob", "AccessDeniedException", message)
    with pytest.raises(ModuleFailed, match="glue:CreateJob on job nightly"):
        run_module(glue_job, JOB)
    assert glue.calls.names().count("CreateJob") == 1


def test_role_and_script_are_required() -> None:
    with pytest.raises(ModuleFailed, match="role, script_location"):
        run_module(glue_job, {"name": "a"})
