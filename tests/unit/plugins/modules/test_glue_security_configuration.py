# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.modules import glue_security_configuration as module
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.fakes import FakeGlue
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    ApiCalls,
    ModuleFailed,
    run_module,
)

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY = KEY.replace("1234abcd", "9999abcd")
NAME, COPY = "safe", "safe-replacement"
WANTED: dict[str, Any] = {"name": NAME, "kms_key_arn": KEY, "owner": "terraglue"}
GONE: dict[str, Any] = {"name": NAME, "owner": "terraglue", "state": "absent"}
PLAIN = {
    "s3_encryption_mode": "DISABLED",
    "cloudwatch_encryption_mode": "DISABLED",
    "job_bookmarks_encryption_mode": "DISABLED",
}
HARDENED = {
    "S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": KEY}],
    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": KEY},
    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY},
}
LOOSE = {
    **HARDENED,
    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "DISABLED"},
}


@pytest.fixture
def glue(api_calls: ApiCalls) -> FakeGlue:
    """An account where every job names a security configuration that exists, at any moment."""
    glue = FakeGlue(api_calls)

    def check(operation: str) -> None:
        named = {job.get("SecurityConfiguration") for job in glue.jobs.values()} - {None}
        assert named <= set(glue.configurations), f"a job was left alone by {operation}"

    glue.after = check
    return glue


def add_job(glue: FakeGlue, name: str, owner: str | None, configuration: str = NAME) -> None:
    glue.CreateJob(
        {
            "Name": name,
            "Role": "r",
            "Command": {"Name": "glueetl", "ScriptLocation": "s3://a/b.py"},
            "WorkerType": "G.1X",
            "NumberOfWorkers": 2,
            "DefaultArguments": {"--keep": "me"},
            "SecurityConfiguration": configuration,
            "Tags": {"terraglue:owner": owner} if owner else {},
        }
    )


def names_of_jobs(glue: FakeGlue) -> dict[str, Any]:
    return {name: job.get("SecurityConfiguration") for name, job in glue.jobs.items()}


def test_a_new_one_is_predicted_made_hardened_and_left_alone(glue: FakeGlue) -> None:
    predicted = run_module(module, WANTED, check=True)
    assert predicted["changed"]
    assert glue.calls.changing() == []
    assert run_module(module, WANTED) == predicted
    assert glue.configurations == {NAME: HARDENED}
    glue.calls.clear()
    again = run_module(module, WANTED)
    assert (again["changed"], again["changes"]) == (False, [])
    assert glue.calls.changing() == []


def test_removal_is_predicted_done_once_and_then_nothing(glue: FakeGlue) -> None:
    glue.configurations[NAME] = HARDENED
    glue.key_tags[KEY] = {"terraglue:owner": "terraglue"}
    assert run_module(module, GONE, check=True)["changed"]
    assert glue.calls.changing() == []
    assert run_module(module, GONE)["changed"]
    assert glue.configurations == {}
    assert not run_module(module, GONE)["changed"]
    assert not run_module(module, GONE, check=True)["changed"]


def test_a_replacement_never_leaves_a_job_alone_and_changes_nothing_else(glue: FakeGlue) -> None:
    glue.configurations[NAME] = LOOSE
    add_job(glue, "one", "terraglue")
    add_job(glue, "two", "terraglue")
    jobs = {name: dict(job) for name, job in glue.jobs.items()}
    predicted = run_module(module, WANTED, check=True)
    assert glue.calls.changing() == []
    result = run_module(module, WANTED)
    assert result["changes"] == predicted["changes"]
    assert result["changes"] == ["job_bookmarks_encryption_mode", "job_bookmarks_kms_key_arn"]
    assert result["diff"]["before"] == {"job_bookmarks_encryption_mode": "DISABLED"}
    assert glue.configurations == {NAME: HARDENED}
    assert glue.jobs == jobs
    assert not run_module(module, WANTED)["changed"]


class Interrupted(Exception):
    """Ctrl-C, or the end of the machine."""


@pytest.mark.parametrize("steps", range(8))
@pytest.mark.parametrize("then", [WANTED, {**WANTED, "s3_encryption_mode": "SSE-S3"}])
def test_the_next_run_ends_well_wherever_one_was_interrupted(
    glue: FakeGlue, steps: int, then: dict[str, Any]
) -> None:
    """``then`` is what the next run wants: the same, or something else."""
    glue.configurations[NAME] = LOOSE
    add_job(glue, "one", "terraglue")
    add_job(glue, "two", "terraglue")
    left = iter(range(steps))

    def interrupt(operation: str) -> None:
        if next(left, None) is None:
            raise Interrupted

    glue.before = interrupt
    # Copy made, two jobs moved, old one deleted, new one made, two jobs back, copy deleted.
    with pytest.raises(Interrupted):
        run_module(module, WANTED)
    glue.before = lambda operation: None

    run_module(module, then)
    assert set(glue.configurations) == {NAME}
    mode = then.get("s3_encryption_mode", "SSE-KMS")
    assert glue.configurations[NAME]["S3Encryption"][0]["S3EncryptionMode"] == mode
    assert names_of_jobs(glue) == {"one": NAME, "two": NAME}
    assert not run_module(module, then)["changed"]


def test_settings_that_aws_refuses_cost_nothing(glue: FakeGlue) -> None:
    glue.configurations[NAME] = LOOSE
    add_job(glue, "one", "terraglue")
    glue.refuse("CreateSecurityConfiguration", "InvalidInputException", "no such key")
    with pytest.raises(ModuleFailed, match="no such key"):
        run_module(module, WANTED)
    assert (glue.configurations, names_of_jobs(glue)) == ({NAME: LOOSE}, {"one": NAME})


def test_without_an_owner_every_job_is_ours(glue: FakeGlue) -> None:
    glue.configurations[NAME] = LOOSE
    add_job(glue, "one", None)
    add_job(glue, "two", "other")
    run_module(module, {**WANTED, "owner": None})
    assert glue.configurations == {NAME: HARDENED}


def test_jobs_of_others_hold_a_replacement_up(glue: FakeGlue) -> None:
    glue.configurations[NAME] = LOOSE
    add_job(glue, "mine", "terraglue")
    add_job(glue, "theirs", None)
    glue.calls.clear()
    for args in (WANTED, GONE):
        with pytest.raises(ModuleFailed, match="not ours: theirs.*force") as failed:
            run_module(module, args)
        assert failed.value.result["jobs"] == ["theirs"]
    assert glue.calls.changing() == []
    glue.after = lambda operation: None
    theirs = dict(glue.jobs["theirs"])
    assert run_module(module, {**WANTED, "force": True})["changed"]
    assert (glue.configurations, glue.jobs["theirs"]) == ({NAME: HARDENED}, theirs)


def test_jobs_of_ours_do_not_hold_a_removal_up(glue: FakeGlue) -> None:
    glue.configurations[NAME] = HARDENED
    add_job(glue, "mine", "terraglue")
    glue.after = lambda operation: None
    assert run_module(module, GONE)["changed"]


def test_without_an_owner_a_job_in_use_holds_a_removal_up(glue: FakeGlue) -> None:
    glue.configurations[NAME] = HARDENED
    add_job(glue, "some", None)
    with pytest.raises(ModuleFailed, match="some"):
        run_module(module, {**GONE, "owner": None})
    glue.after = lambda operation: None
    assert run_module(module, {**GONE, "owner": None, "force": True})["changed"]


def test_what_an_interrupted_run_left_goes_with_the_configuration(glue: FakeGlue) -> None:
    glue.configurations.update({NAME: HARDENED, COPY: LOOSE})
    run_module(module, {**GONE, "kms_key_arn": KEY})
    assert glue.configurations == {}


def test_a_foreign_one_with_the_name_of_the_copy_is_not_in_the_way(glue: FakeGlue) -> None:
    foreign = {"S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": OTHER_KEY}]}
    glue.configurations.update({NAME: HARDENED, COPY: foreign})
    assert not run_module(module, WANTED)["changed"]
    run_module(module, {**GONE, "kms_key_arn": KEY})
    assert glue.configurations == {COPY: foreign}
    glue.configurations[NAME] = LOOSE
    with pytest.raises(ModuleFailed, match="safe-replacement exists.*glue_adopt"):
        run_module(module, WANTED)
    assert glue.configurations == {NAME: LOOSE, COPY: foreign}


def other(owner: str) -> dict[str, str]:
    return {"terraglue:owner": owner}


@pytest.mark.parametrize(
    "found, jobs, key_tags, wanted, ours",
    [
        (LOOSE, {}, {}, WANTED, True),
        (LOOSE, {"j": "terraglue"}, {}, {**WANTED, "kms_key_arn": OTHER_KEY}, True),
        (LOOSE, {}, {KEY: other("terraglue")}, {**WANTED, "kms_key_arn": OTHER_KEY}, True),
        (LOOSE, {}, {}, {**WANTED, "kms_key_arn": OTHER_KEY}, False),
        (LOOSE, {"j": "other"}, {}, WANTED, False),
        (LOOSE, {"j": "other", "k": "terraglue"}, {}, {**WANTED, "force": True}, True),
        (LOOSE, {}, {KEY: other("other")}, WANTED, False),
        ({}, {}, {}, {"name": NAME, "owner": "terraglue", **PLAIN}, True),
        ({}, {}, {}, WANTED, False),
        ({}, {"j": None}, {}, {"name": NAME, "owner": "terraglue", **PLAIN}, False),
    ],
    ids=[
        "the task's key",
        "our job",
        "our key",
        "nobody's",
        "their job, the task's key",
        "their job and ours",
        "their key",
        "as wanted and unused",
        "without keys, differs",
        "as wanted, in use",
    ],
)
def test_whose_it_is(
    glue: FakeGlue,
    found: dict[str, Any],
    jobs: dict[str, str | None],
    key_tags: dict[str, dict[str, str]],
    wanted: dict[str, Any],
    ours: bool,
) -> None:
    glue.after = lambda operation: None
    glue.configurations[NAME] = found
    glue.key_tags = key_tags
    for name, owner in jobs.items():
        add_job(glue, name, owner)
    glue.calls.clear()
    if not ours:
        kept = run_module(module, {**wanted, "state": "absent"})
        assert (kept["changed"], kept["security_configuration"]["name"]) == (False, NAME)
        with pytest.raises(ModuleFailed, match="glue_adopt"):
            run_module(module, wanted)
        assert glue.calls.changing() == []
    wanted = wanted if ours else {**wanted, "adopt": True, "force": True}
    run_module(module, wanted)
    assert run_module(module, {**wanted, "state": "absent", "force": True})["changed"]
    assert glue.configurations == {}


def test_a_key_that_may_not_be_read_is_no_evidence(glue: FakeGlue) -> None:
    glue.configurations[NAME] = LOOSE
    glue.refuse("ListResourceTags", "AccessDeniedException", "not authorized")
    with pytest.raises(ModuleFailed, match="carries no owner"):
        run_module(module, {**WANTED, "kms_key_arn": OTHER_KEY})


def test_a_mode_of_kms_needs_a_key(glue: FakeGlue) -> None:
    with pytest.raises(ModuleFailed, match="kms_key_arn.*cloudwatch_encryption_mode"):
        run_module(module, {"name": NAME, "s3_encryption_mode": "SSE-S3"})
    assert glue.calls.changing() == []


def test_a_denial_names_action_and_configuration(glue: FakeGlue) -> None:
    glue.refuse("CreateSecurityConfiguration", "AccessDeniedException", "not authorized")
    with pytest.raises(ModuleFailed, match="glue:CreateSecurityConfiguration on security conf"):
        run_module(module, WANTED)
