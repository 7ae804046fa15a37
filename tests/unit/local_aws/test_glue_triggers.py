# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glue triggers as the API reference documents them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LocalAws, error_code

SCHEDULE = "cron(0 21 ? * 6 *)"


@pytest.fixture
def glue(aws: LocalAws) -> Any:
    return aws.client("glue")


@pytest.fixture
def job(glue: Any, name: str) -> str:
    command = {"Name": "glueetl", "ScriptLocation": "s3://bucket/main.py"}
    glue.create_job(Name=name, Role="arn:aws:iam::000000000000:role/r", Command=command)
    return name


def _create(glue: Any, job: str, **more: Any) -> None:
    given: dict[str, Any] = {"Name": job, "Type": "SCHEDULED", "Schedule": SCHEDULE}
    glue.create_trigger(**{**given, "Actions": [{"JobName": job}], **more})


def _state(glue: Any, name: str) -> str:
    return str(glue.get_trigger(Name=name)["Trigger"]["State"])


def test_a_trigger_reads_back_as_written(glue: Any, job: str) -> None:
    actions = [{"JobName": job, "Arguments": {"--a": "1"}, "Timeout": 5}]
    _create(glue, job, Actions=actions, Description="nightly", Tags={"owner": job})
    assert glue.get_trigger(Name=job)["Trigger"] == {
        "Name": job,
        "Type": "SCHEDULED",
        "State": "CREATED",
        "Description": "nightly",
        "Schedule": SCHEDULE,
        "Actions": actions,
    }
    arn = f"arn:aws:glue:us-east-1:000000000000:trigger/{job}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"owner": job}
    assert glue.list_triggers(Tags={"owner": job})["TriggerNames"] == [job]
    assert glue.get_triggers(DependentJobName=job)["Triggers"][0]["Name"] == job


def test_update_overwrites_the_definition(glue: Any, job: str) -> None:
    _create(glue, job, Description="nightly", StartOnCreation=True)
    update = {"Schedule": "cron(15 3 * * ? *)", "Actions": [{"JobName": job}]}
    answer = glue.update_trigger(Name=job, TriggerUpdate=update)["Trigger"]
    assert answer == glue.get_trigger(Name=job)["Trigger"]
    assert answer["Schedule"] == "cron(15 3 * * ? *)" and "Description" not in answer
    assert answer["State"] == "ACTIVATED"


def test_states(glue: Any, job: str) -> None:
    _create(glue, job)
    assert _state(glue, job) == "CREATED"
    assert error_code(glue.stop_trigger, Name=job) == "InvalidInputException"
    glue.start_trigger(Name=job)
    assert _state(glue, job) == "ACTIVATED"
    glue.stop_trigger(Name=job)
    assert _state(glue, job) == "DEACTIVATED"
    glue.start_trigger(Name=job)
    assert _state(glue, job) == "ACTIVATED"


def test_start_on_creation(glue: Any, job: str) -> None:
    _create(glue, job, StartOnCreation=True)
    assert _state(glue, job) == "ACTIVATED"
    on_demand = {"Name": job + "x", "Type": "ON_DEMAND", "Actions": [{"JobName": job}]}
    assert (
        error_code(glue.create_trigger, **on_demand, StartOnCreation=True)
        == "InvalidInputException"
    )
    glue.create_trigger(**on_demand)
    glue.start_trigger(Name=job + "x")
    assert _state(glue, job + "x") == "CREATED"


@pytest.mark.parametrize(
    "schedule",
    [
        "0 21 * * ? *",
        "cron(0 21 * * *)",
        "cron(0 21 * * * *)",
        "cron(0 21 ? * ? *)",
        "cron(60 21 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 21 32 * ? *)",
        "cron(0 21 * 13 ? *)",
        "cron(0 21 ? * 8 *)",
        "cron(0 21 ? * FRY *)",
        "cron(0/0 21 * * ? *)",
        "rate(5 minutes)",
    ],
)
def test_bad_schedules_are_refused(glue: Any, job: str, schedule: str) -> None:
    given = {"Name": job, "Type": "SCHEDULED", "Actions": [{"JobName": job}]}
    assert error_code(glue.create_trigger, **given, Schedule=schedule) == "InvalidInputException"
    _create(glue, job)
    update = {"Schedule": schedule, "Actions": [{"JobName": job}]}
    assert (
        error_code(glue.update_trigger, Name=job, TriggerUpdate=update) == "InvalidInputException"
    )
    assert glue.get_trigger(Name=job)["Trigger"]["Schedule"] == SCHEDULE


@pytest.mark.parametrize(
    "schedule",
    [
        "cron(15 12 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0/15 * * * ? *)",
        "cron(0/10 * ? * MON-FRI *)",
        "cron(0/5 8-17 ? * mon-fri *)",
        "cron(0 8 L * ? *)",
        "cron(0 8 3W JAN,JUL ? 2026-2030)",
        "cron(0 8 ? * 3#2 *)",
    ],
)
def test_good_schedules_are_taken(glue: Any, job: str, schedule: str) -> None:
    _create(glue, job, Schedule=schedule)
    assert glue.get_trigger(Name=job)["Trigger"]["Schedule"] == schedule


def test_what_is_missing(glue: Any, job: str) -> None:
    scheduled = {"Name": job, "Type": "SCHEDULED", "Schedule": SCHEDULE}
    no_job = error_code(glue.create_trigger, **scheduled, Actions=[{"JobName": job + "x"}])
    assert no_job == "EntityNotFoundException"
    no_schedule = error_code(
        glue.create_trigger, Name=job, Type="SCHEDULED", Actions=[{"JobName": job}]
    )
    assert no_schedule == "InvalidInputException"
    for call in (glue.get_trigger, glue.start_trigger, glue.stop_trigger):
        assert error_code(call, Name=job) == "EntityNotFoundException"
    assert glue.delete_trigger(Name=job)["Name"] == job
    _create(glue, job)
    again = error_code(glue.create_trigger, **scheduled, Actions=[{"JobName": job}])
    assert again == "AlreadyExistsException"


def test_several_conditions_need_a_logical_operator(glue: Any, job: str) -> None:
    conditions = [
        {"LogicalOperator": "EQUALS", "JobName": job, "State": state}
        for state in ("SUCCEEDED", "FAILED")
    ]
    given = {"Name": job, "Type": "CONDITIONAL", "Actions": [{"JobName": job}]}
    without = {"Conditions": conditions}
    assert error_code(glue.create_trigger, **given, Predicate=without) == "InvalidInputException"
    glue.create_trigger(**given, Predicate={**without, "Logical": "ANY"})
    assert glue.get_trigger(Name=job)["Trigger"]["Predicate"]["Logical"] == "ANY"
