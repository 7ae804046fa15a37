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


def log_group(aws: Any) -> None:
    aws.client("logs").create_log_group(
        logGroupName="/aws-glue/jobs/gluejob-sot-ecommerce-br/output"
    )


class Stranger(NamedTuple):
    """Somebody else's resource, its name, and the variable that adopts it."""

    make: Callable[[Any], None]
    name: str
    variable: str


STRANGERS = [
    Stranger(bucket, f"terraglue-spec-data-{SUFFIX}", "storage_adopt"),
    Stranger(database, "sor_ecommerce_br", "catalog_adopt"),
    Stranger(workgroup, "sbx-analytics-workgroup", "catalog_adopt"),
    Stranger(policy, "glue-service-policy", "iam_adopt"),
    Stranger(role, "terraglue-glue-execution-role", "iam_adopt"),
    Stranger(alias, "alias/kms-glue-s3", "kms_adopt"),
    Stranger(log_group, "/aws-glue/jobs/gluejob-sot-ecommerce-br/output", "glue_adopt"),
    Stranger(job, "gluejob-sot-ecommerce-br", "glue_adopt"),
]


@pytest.mark.parametrize(
    "stranger", STRANGERS, ids=[stranger.make.__name__ for stranger in STRANGERS]
)
def test_what_is_not_ours_is_neither_changed_nor_removed_until_adopted(
    local_aws: Any, stranger: Stranger
) -> None:
    stranger.make(local_aws)
    before = local_aws.contents()

    refused = local_aws.play("site.yml").failed()
    message = " ".join(refused.failures)
    for words in (stranger.name, "terraglue:owner", stranger.variable):
        assert words in message

    passed_by = local_aws.play("teardown.yml").ok()
    assert stranger.name in passed_by.warnings
    assert local_aws.contents() == before, (
        "the teardown left something of ours, or took something of theirs"
    )

    adopted = local_aws.play("site.yml", **{stranger.variable: [stranger.name]}).ok()
    assert adopted.changed
    local_aws.play("teardown.yml").ok()
    assert local_aws.contents() == {}
