# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM as its API reference documents it."""

from __future__ import annotations

import json

from .conftest import LocalAws, error_code


def _policy(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_set_default_policy_version_changes_the_version_in_effect(aws: LocalAws, name: str) -> None:
    iam = aws.client("iam")
    arn = iam.create_policy(PolicyName=name, PolicyDocument=_policy("s3:GetObject"))["Policy"][
        "Arn"
    ]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=_policy("s3:PutObject"))
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"

    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")

    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert {v["VersionId"]: v["IsDefaultVersion"] for v in versions} == {"v1": False, "v2": True}
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Action"] == "s3:PutObject"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)


def test_set_default_policy_version_of_what_is_missing(aws: LocalAws, name: str) -> None:
    iam = aws.client("iam")
    arn = iam.create_policy(PolicyName=name, PolicyDocument=_policy("s3:GetObject"))["Policy"][
        "Arn"
    ]
    set_default = iam.set_default_policy_version
    assert error_code(set_default, PolicyArn=arn, VersionId="v7") == "NoSuchEntity"
    assert error_code(set_default, PolicyArn=arn + "x", VersionId="v1") == "NoSuchEntity"


def test_a_policy_holds_five_versions_and_its_tags(aws: LocalAws, name: str) -> None:
    iam = aws.client("iam")
    tags = [{"Key": "terraglue:owner", "Value": name}]
    made = iam.create_policy(PolicyName=name, PolicyDocument=_policy("s3:GetObject"), Tags=tags)
    arn = made["Policy"]["Arn"]
    for _dummy in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=_policy("s3:ListBucket"))
    sixth = error_code(
        iam.create_policy_version, PolicyArn=arn, PolicyDocument=_policy("s3:ListBucket")
    )
    assert sixth == "LimitExceeded"
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == tags


def test_a_role_keeps_its_trust_settings_and_tags(aws: LocalAws, name: str) -> None:
    iam = aws.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "glue.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(trust),
        Description="one",
        MaxSessionDuration=7200,
        Tags=[{"Key": "a", "Value": "1"}],
    )
    trust["Statement"][0]["Condition"] = {"StringEquals": {"aws:SourceAccount": "000000000000"}}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    iam.update_role(RoleName=name, Description="two", MaxSessionDuration=3600)
    iam.tag_role(RoleName=name, Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_role(RoleName=name, TagKeys=["a"])

    role = iam.get_role(RoleName=name)["Role"]
    assert role["AssumeRolePolicyDocument"] == trust
    assert (role["Description"], role["MaxSessionDuration"]) == ("two", 3600)
    assert role["Tags"] == [{"Key": "b", "Value": "2"}]


def test_a_policy_with_versions_is_not_deleted(aws: LocalAws, name: str) -> None:
    iam = aws.client("iam")
    arn = iam.create_policy(PolicyName=name, PolicyDocument=_policy("s3:Get*"))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=_policy("s3:*"), SetAsDefault=True)
    assert error_code(iam.delete_policy, PolicyArn=arn) == "DeleteConflict"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)


def test_policy_size_does_not_count_white_space(aws: LocalAws, name: str) -> None:
    iam = aws.client("iam")
    resources = [f"arn:aws:s3:::bucket-{number:040}" for number in range(90)]
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources}
    wide = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=40)
    assert len(wide) > 6144 > len("".join(wide.split()))
    iam.create_policy(PolicyName=name, PolicyDocument=wide)
    statement["Resource"] = resources * 2
    long = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert (
        error_code(iam.create_policy, PolicyName=name + "x", PolicyDocument=long) == "LimitExceeded"
    )


def test_roles_refuse_what_aws_refuses(aws: LocalAws, name: str) -> None:
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}}
    good = json.dumps({"Statement": [{**trust, "Action": "sts:AssumeRole"}]})
    for bad in ("no json", "{}", _policy("sts:AssumeRole")):
        code = error_code(iam.create_role, RoleName=name, AssumeRolePolicyDocument=bad)
        assert code == "MalformedPolicyDocument"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=good)
    code = error_code(iam.update_assume_role_policy, RoleName=name, PolicyDocument="{}")
    assert code == "MalformedPolicyDocument"
    assert error_code(iam.update_role, RoleName=name, MaxSessionDuration=60) == "ValidationError"
    missing = f"arn:aws:iam::000000000000:policy/{name}"
    code = error_code(iam.attach_role_policy, RoleName=name, PolicyArn=missing)
    assert code == "NoSuchEntity"
    for number in range(11):
        made = iam.create_policy(PolicyName=f"{name}{number}", PolicyDocument=_policy("s3:*"))
        attach = {"RoleName": name, "PolicyArn": made["Policy"]["Arn"]}
        if number == 10:
            assert error_code(iam.attach_role_policy, **attach) == "LimitExceeded"
        else:
            iam.attach_role_policy(**attach)
    assert error_code(iam.delete_role, RoleName=name) == "DeleteConflict"
