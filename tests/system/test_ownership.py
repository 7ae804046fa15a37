# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What carries the right name but not our tag is somebody else's, until a variable adopts it."""

from __future__ import annotations

import json
from typing import Any, Callable, NamedTuple

import pytest

SUFFIX = "000000000000-us-east-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
    }
)


def bucket(aws: Any) -> None:
    aws.client("s3").create_bucket(Bucket=f"terraglue-spec-data-{SUFFIX}")


def role(aws: Any) -> None:
    aws.client("iam").create_role(
        RoleName="terraglue-glue-execution-role", AssumeRolePolicyDocument=TRUST
    )


def policy(aws: Any) -> None:
    aws.client("iam").create_policy(PolicyName="glue-service-policy", PolicyDocument=POLICY)


def alias(aws: Any) -> None:
    kms = aws.client("kms")
    kms.create_alias(
        AliasName="alias/kms-glue-s3", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"]
    )


def database(aws: Any) -> None:
    aws.client("glue").create_database(DatabaseInput={"Name": "sor_ecommerce_br"})


def workgroup(aws: Any) -> None:
    aws.client("athena").create_work_group(Name="sbx-analytics-workgroup")


def job(aws: Any) -> None:
    aws.client("glue").create_job(
        Name="gluejob-sot-ecommerce-br",
        Role="arn:aws:iam::000000000000:role/other",
        Command={"Name": "glueetl", "ScriptLocation": "s3://elsewhere/job.py"},
    )


def trigger(aws: Any) -> None:
    aws.client("glue").create_trigger(
        Name="trigger-gluejob-sot-ecommerce-br",
        Type="ON_DEMAND",
        Actions=[{"JobName": "gluejob-sot-ecommerce-br"}],
    )


def log_group(aws: Any) -> None:
    aws.client("logs").create_log_group(
        logGroupName="/aws-glue/jobs/gluejob-sot-ecommerce-br/output"
    )


class Stranger(NamedTuple):
    """Somebody else's resource, its name, and the role whose variable adopts it."""

    make: Callable[[Any], None]
    name: str
    role: str


# In the order of the deploy: what comes before the one that a run stops at is adopted by then.
STRANGERS = [
    Stranger(bucket, f"terraglue-spec-data-{SUFFIX}", "storage"),
    Stranger(workgroup, "sbx-analytics-workgroup", "catalog"),
    Stranger(database, "sor_ecommerce_br", "catalog"),
    Stranger(policy, "glue-service-policy", "iam"),
    Stranger(role, "terraglue-glue-execution-role", "iam"),
    Stranger(alias, "alias/kms-glue-s3", "kms"),
    Stranger(log_group, "/aws-glue/jobs/gluejob-sot-ecommerce-br/output", "glue"),
    Stranger(job, "gluejob-sot-ecommerce-br", "glue"),
    Stranger(trigger, "trigger-gluejob-sot-ecommerce-br", "glue"),
]


@pytest.fixture(scope="module")
def strangers(local_aws: Any) -> dict[str, list[str]]:
    """An account in which every name is taken already."""
    for stranger in STRANGERS:
        stranger.make(local_aws)
    return local_aws.contents()


def test_a_teardown_passes_by_and_says_so(local_aws: Any, strangers: dict[str, list[str]]) -> None:
    run = local_aws.play("teardown.yml").ok()
    for stranger in STRANGERS:
        assert stranger.name in run.warnings
    assert local_aws.contents() == strangers


def adopting(*, but: Stranger | None = None) -> dict[str, list[str]]:
    """The variables that adopt all strangers, or all but one."""
    variables: dict[str, list[str]] = {}
    for stranger in STRANGERS:
        if stranger is not but:
            variables.setdefault(f"{stranger.role}_adopt", []).append(stranger.name)
    return variables


@pytest.mark.parametrize(
    "stranger", STRANGERS, ids=[stranger.make.__name__ for stranger in STRANGERS]
)
def test_a_run_stops_and_names_what_it_found_and_the_variable(
    local_aws: Any, strangers: dict[str, list[str]], stranger: Stranger
) -> None:
    run = local_aws.play("site.yml", **adopting(but=stranger)).failed()
    message = " ".join(run.failures)
    for words in (stranger.name, "terraglue:owner", f"{stranger.role}_adopt"):
        assert words in message


def test_what_is_adopted_is_ours_from_then_on(local_aws: Any) -> None:
    local_aws.play("site.yml", **adopting()).ok()
    assert local_aws.play("site.yml").ok().changed == []
    local_aws.play("teardown.yml").ok()
    assert local_aws.contents() == {}
