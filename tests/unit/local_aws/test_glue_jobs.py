# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glue jobs as the API reference documents them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LocalAws, error_code

ROLE = "arn:aws:iam::000000000000:role/terraglue"
COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://bucket/main.py"}
EVERY_SETTING: dict[str, Any] = {
    "JobMode": "SCRIPT",
    "JobRunQueuingEnabled": True,
    "Description": "All of it",
    "LogUri": "s3://bucket/logs/",
    "Role": ROLE,
    "ExecutionProperty": {"MaxConcurrentRuns": 3},
    "Command": {**COMMAND, "PythonVersion": "3"},
    "DefaultArguments": {"--job-language": "python"},
    "NonOverridableArguments": {"--TempDir": "s3://bucket/tmp/"},
    "Connections": {"Connections": ["one"]},
    "MaxRetries": 1,
    "Timeout": 15,
    "WorkerType": "G.2X",
    "NumberOfWorkers": 5,
    "SecurityConfiguration": "secure",
    "NotificationProperty": {"NotifyDelayAfter": 10},
    "GlueVersion": "5.0",
    "ExecutionClass": "FLEX",
    "SourceControlDetails": {"Provider": "GITHUB", "Repository": "r", "Branch": "main"},
    "MaintenanceWindow": "Sun:10",
}


def _arn(name: str) -> str:
    return f"arn:aws:glue:us-east-1:000000000000:job/{name}"


def _settings(job: dict[str, Any]) -> dict[str, Any]:
    return {key: job[key] for key in job if key in EVERY_SETTING}


def test_every_setting_reads_back_as_written(aws: LocalAws, name: str) -> None:
    glue = aws.client("glue")
    glue.create_job(Name=name, **EVERY_SETTING)
    job = glue.get_job(JobName=name)["Job"]
    assert _settings(job) == EVERY_SETTING
    assert (job["MaxCapacity"], job["AllocatedCapacity"]) == (10.0, 10)
    assert set(job) - set(EVERY_SETTING) == {
        "Name",
        "CreatedOn",
        "LastModifiedOn",
        "MaxCapacity",
        "AllocatedCapacity",
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"GlueVersion": "5.0"},
            {"Timeout": 480, "MaxCapacity": 10.0, "ExecutionClass": None},
        ),
        ({"GlueVersion": "4.0"}, {"Timeout": 2880, "AllocatedCapacity": 10}),
        ({}, {"GlueVersion": "5.1", "Timeout": 480, "JobMode": "SCRIPT", "MaxRetries": 0}),
        (
            {"WorkerType": "G.1X", "NumberOfWorkers": 2},
            {"MaxCapacity": 2.0, "AllocatedCapacity": 2},
        ),
        (
            {"WorkerType": "G.025X", "NumberOfWorkers": 2},
            {"MaxCapacity": 0.5, "AllocatedCapacity": 0},
        ),
        ({"Command": {"Name": "pythonshell"}}, {"MaxCapacity": 0.0625}),
    ],
)
def test_defaults_of_what_was_not_given(
    aws: LocalAws, name: str, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    glue = aws.client("glue")
    glue.create_job(**{"Name": name, "Role": ROLE, "Command": COMMAND, **given})
    job = glue.get_job(JobName=name)["Job"]
    assert {key: job.get(key) for key in expected} == expected
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert "Description" not in job and "SecurityConfiguration" not in job


def test_update_job_overwrites_the_whole_definition(aws: LocalAws, name: str) -> None:
    glue = aws.client("glue")
    glue.create_job(Name=name, **EVERY_SETTING)
    glue.update_job(
        JobName=name,
        JobUpdate={"Role": ROLE, "Command": COMMAND, "ExecutionProperty": {"MaxConcurrentRuns": 2}},
    )
    job = glue.get_job(JobName=name)["Job"]
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 2}
    assert job["MaxRetries"] == 0
    assert not {"Description", "NotificationProperty", "SecurityConfiguration"} & set(job)


def test_create_and_update_refuse_what_aws_refuses(aws: LocalAws, name: str) -> None:
    glue = aws.client("glue")
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND)
    again = error_code(glue.create_job, Name=name, Role=ROLE, Command=COMMAND)
    assert again == "AlreadyExistsException"
    update = {"Role": ROLE, "Command": COMMAND}
    missing = error_code(glue.update_job, JobName=name + "x", JobUpdate=update)
    assert missing == "EntityNotFoundException"
    both = {**update, "MaxCapacity": 2.0, "WorkerType": "G.1X", "NumberOfWorkers": 2}
    refused = error_code(glue.update_job, JobName=name, JobUpdate=both)
    assert refused == "InvalidInputException"


def test_a_missing_job_is_not_found_but_deleted_without_an_error(aws: LocalAws, name: str) -> None:
    glue = aws.client("glue")
    for call in (glue.get_job, glue.get_job_runs):
        assert error_code(call, JobName=name) == "EntityNotFoundException"
    assert glue.delete_job(JobName=name)["JobName"] == name


def test_job_tags_hold_and_end_with_the_job(aws: LocalAws, name: str) -> None:
    glue = aws.client("glue")
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND, Tags={"a": "1", "b": "2"})
    assert glue.get_tags(ResourceArn=_arn(name))["Tags"] == {"a": "1", "b": "2"}
    glue.tag_resource(ResourceArn=_arn(name), TagsToAdd={"c": "3"})
    glue.untag_resource(ResourceArn=_arn(name), TagsToRemove=["a"])
    assert glue.get_tags(ResourceArn=_arn(name))["Tags"] == {"b": "2", "c": "3"}
    glue.update_job(JobName=name, JobUpdate={"Role": ROLE, "Command": COMMAND})
    assert glue.get_tags(ResourceArn=_arn(name))["Tags"] == {"b": "2", "c": "3"}
    glue.delete_job(JobName=name)
    assert error_code(glue.get_tags, ResourceArn=_arn(name)) == "EntityNotFoundException"
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND)
    assert glue.get_tags(ResourceArn=_arn(name))["Tags"] == {}


def test_list_jobs_by_tags_and_batch_get(aws: LocalAws, name: str) -> None:
    glue = aws.client("glue")
    for suffix, tags in (("a", {"of": name}), ("b", {"of": name, "x": "y"}), ("c", {"x": "y"})):
        glue.create_job(Name=name + suffix, Role=ROLE, Command=COMMAND, Tags=tags)
    both = glue.list_jobs(Tags={"of": name})
    assert both["JobNames"] == [name + "a", name + "b"]
    first = glue.list_jobs(Tags={"of": name}, MaxResults=1)
    assert first["JobNames"] == [name + "a"]
    second = glue.list_jobs(Tags={"of": name}, NextToken=first["NextToken"])
    assert second["JobNames"] == [name + "b"] and not second.get("NextToken")
    answer = glue.batch_get_jobs(JobNames=[name + "c", name + "d"])
    assert [job["Name"] for job in answer["Jobs"]] == [name + "c"]
    assert answer["JobsNotFound"] == [name + "d"]
    names = {
        job["Name"]
        for page in glue.get_paginator("get_jobs").paginate(PaginationConfig={"PageSize": 1})
        for job in page["Jobs"]
    }
    assert {name + "a", name + "b", name + "c"} <= names
