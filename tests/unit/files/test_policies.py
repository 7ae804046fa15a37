# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped policies: what they allow, and above all what they do not."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

POLICIES = Path(__file__).resolve().parents[3] / "files" / "policies"
IDENTITY_POLICIES = ("glue-s3-ops-policy", "glue-service-policy")
IAM_SIZE_LIMIT = 6144

VALUES = {
    "account_id": "123456789012",
    "region": "us-east-1",
    "partition": "aws",
    "sor_bucket": "sor",
    "sot_bucket": "sot",
    "spec_bucket": "spec",
    "glue_bucket": "glue",
    "kms_alias": "alias/kms-glue-s3",
    "database_prefix": "",
}


def policy_text(path: str) -> str:
    return (POLICIES / f"{path}.json").read_text(encoding="utf-8")


def filled(path: str, **changes: str) -> Any:
    values = {**VALUES, **changes}
    return json.loads(re.sub("<([a-z_]+)>", lambda found: values[found[1]], policy_text(path)))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(*names: str) -> list[dict[str, Any]]:
    """Statements of identity policies, actions and resources as lists."""
    result = []
    for name in names or IDENTITY_POLICIES:
        for statement in filled(f"iam/{name}")["Statement"]:
            lists = {key: as_list(statement[key]) for key in ("Action", "Resource")}
            result.append({**statement, **lists})
    return result


def allowed(action: str, resource: str) -> bool:
    """Whether a statement of the role allows this, its conditions taken as met."""
    return any(
        action in statement["Action"]
        and any(fnmatchcase(resource, pattern) for pattern in statement["Resource"])
        for statement in statements()
    )


def test_there_is_nothing_but_what_is_tested_here() -> None:
    names = {str(path.relative_to(POLICIES)) for path in POLICIES.rglob("*") if path.is_file()}

    assert names == {f"iam/{name}.json" for name in IDENTITY_POLICIES} | {"kms/kms-glue-s3.json"}


@pytest.mark.parametrize("name", IDENTITY_POLICIES)
def test_policies_fit_into_iam_with_the_longest_names(name: str) -> None:
    policy = filled(
        f"iam/{name}",
        region="ap-southeast-3",
        partition="aws-us-gov",
        database_prefix="p" * 40,
        kms_alias="alias/" + "k" * 250,
        **{key: "b" * 63 for key in VALUES if key.endswith("_bucket")},
    )

    assert len(re.sub(r"\s", "", json.dumps(policy))) < IAM_SIZE_LIMIT


@pytest.mark.parametrize(
    "name", [*(f"iam/{name}" for name in IDENTITY_POLICIES), "kms/kms-glue-s3"]
)
def test_policies_are_well_formed(name: str) -> None:
    policy = filled(name)

    assert policy["Version"] == "2012-10-17"
    names = [statement["Sid"] for statement in policy["Statement"]]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[A-Za-z0-9]+", name) for name in names)
    assert all(statement["Effect"] == "Allow" for statement in policy["Statement"])


@pytest.mark.parametrize(
    "name", [*(f"iam/{name}" for name in IDENTITY_POLICIES), "kms/kms-glue-s3"]
)
def test_no_account_region_or_partition_is_written_down(name: str) -> None:
    text = policy_text(name)

    assert not re.search(r"\d{12}|[a-z]{2}-[a-z]+-\d|arn:aws", text)


def test_actions_are_named_one_by_one() -> None:
    for statement in statements():
        assert not {"NotAction", "NotResource", "Principal"} & statement.keys()
        for action in statement["Action"]:
            assert re.fullmatch("[a-z0-9]+:[A-Za-z]+", action), action


def test_resources_are_named() -> None:
    """All but metrics, which have no ARN: those are limited by their namespace."""
    for statement in statements():
        if statement["Resource"] == ["*"]:
            assert statement["Action"] == ["cloudwatch:PutMetricData"]
            assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Glue"}}
        for resource in statement["Resource"]:
            assert resource == "*" or re.match(
                "arn:aws:(s3:::|[a-z]+:us-east-1:123456789012:)", resource
            )


def test_no_key_but_ours_is_used() -> None:
    uses = [statement for statement in statements() if statement["Action"][0].startswith("kms:")]

    assert len(uses) == 2
    for statement in uses:
        alias = statement["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"]
        assert alias == "alias/kms-glue-s3"
        assert set(statement["Action"]) == {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}


def test_data_is_encrypted_by_way_of_s3_alone() -> None:
    (use,) = [
        statement
        for statement in statements("glue-s3-ops-policy")
        if statement["Action"][0].startswith("kms:")
    ]

    assert use["Condition"]["StringEquals"] == {"kms:ViaService": "s3.us-east-1.amazonaws.com"}


GLUE = "arn:aws:glue:us-east-1:123456789012"
LOGS = "arn:aws:logs:us-east-1:123456789012:log-group"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        # Reads SoR.
        ("s3:GetObject", "arn:aws:s3:::sor/sor_ecommerce_br/orders/orders.csv"),
        ("s3:ListBucket", "arn:aws:s3:::sor"),
        ("glue:GetTable", f"{GLUE}:table/sor_ecommerce_br/orders"),
        ("glue:GetPartitions", f"{GLUE}:table/sor_ecommerce_br/orders"),
        # Writes and purges SoT and Spec.
        ("s3:PutObject", "arn:aws:s3:::sot/sot_ecommerce_br/t/anomesdia=20240229/part-0"),
        ("s3:DeleteObject", "arn:aws:s3:::sot/sot_ecommerce_br/t/anomesdia=20240229/part-0"),
        ("s3:PutObject", "arn:aws:s3:::spec/any/part-0"),
        ("glue:CreateTable", f"{GLUE}:table/sot_ecommerce_br/tbsot_ecommerce_br"),
        ("glue:BatchCreatePartition", f"{GLUE}:table/sot_ecommerce_br/tbsot_ecommerce_br"),
        # What Glue does beside.
        ("s3:GetObject", "arn:aws:s3:::glue/jobs/job/src/main.py"),
        ("s3:PutObject", "arn:aws:s3:::glue/jobs/job/temp/file"),
        ("s3:PutObject", "arn:aws:s3:::glue/jobs/job/spark-event-logs/file"),
        ("glue:GetDatabase", f"{GLUE}:database/default"),
        ("logs:CreateLogStream", f"{LOGS}:/aws-glue/jobs/job/output"),
        ("logs:PutLogEvents", f"{LOGS}:/aws-glue/jobs/job/output:log-stream:jr_1"),
        ("logs:AssociateKmsKey", f"{LOGS}:/aws-glue/jobs/job-security-config-role/x/output"),
    ],
)
def test_the_job_may(action: str, resource: str) -> None:
    assert allowed(action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::sor/sor_ecommerce_br/orders/orders.csv"),
        ("s3:DeleteObject", "arn:aws:s3:::sor/sor_ecommerce_br/orders/orders.csv"),
        ("s3:GetObject", "arn:aws:s3:::someone-elses/file"),
        # A job that can change its own script can leave more behind than its result.
        ("s3:PutObject", "arn:aws:s3:::glue/jobs/job/src/main.py"),
        ("s3:DeleteObject", "arn:aws:s3:::glue/jobs/job/src/main.py"),
        ("glue:UpdateTable", f"{GLUE}:table/sor_ecommerce_br/orders"),
        ("glue:CreateTable", f"{GLUE}:table/default/any"),
        ("glue:GetTable", f"{GLUE}:table/another/any"),
        ("glue:DeleteTable", f"{GLUE}:table/sot_ecommerce_br/tbsot_ecommerce_br"),
        ("glue:CreateDatabase", f"{GLUE}:database/any"),
        ("glue:StartJobRun", f"{GLUE}:job/any"),
        ("glue:UpdateJob", f"{GLUE}:job/any"),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/terraglue-glue-execution-role"),
        ("logs:PutLogEvents", f"{LOGS}:/another:log-stream:any"),
        ("ec2:CreateNetworkInterface", "*"),
    ],
)
def test_the_job_may_not(action: str, resource: str) -> None:
    assert not allowed(action, resource)


def test_catalog_actions_reach_down_from_the_catalog() -> None:
    """Glue asks for the catalog and the database as well when it is asked for a table."""
    for statement in statements():
        if not statement["Action"][0].startswith("glue:"):
            continue
        assert f"{GLUE}:catalog" in statement["Resource"]
        for resource in statement["Resource"]:
            kind, dummy, rest = resource.removeprefix(f"{GLUE}:").partition("/")
            if kind in ("table", "userDefinedFunction"):
                assert f"{GLUE}:database/{rest.partition('/')[0]}" in statement["Resource"]


def test_databases_carry_the_prefix_of_the_environment() -> None:
    resources = [
        resource
        for statement in filled("iam/glue-service-policy", database_prefix="two_")["Statement"]
        for resource in as_list(statement["Resource"])
        if "ecommerce" in resource
    ]

    assert resources
    assert all(re.search("/two_so[rt]_ecommerce_br", resource) for resource in resources)


def test_the_key_belongs_to_the_account_alone() -> None:
    account, through_s3, logs = filled("kms/kms-glue-s3")["Statement"]

    root = {"AWS": "arn:aws:iam::123456789012:root"}
    assert account["Principal"] == through_s3["Principal"] == root
    assert account["Action"] == "kms:*"
    assert through_s3["Condition"]["StringEquals"] == {
        "kms:CallerAccount": "123456789012",
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
    }
    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert logs["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"{LOGS}:/aws-glue/*"}
    }
    for statement in (through_s3, logs):
        assert "kms:*" not in statement["Action"]
        assert not any(
            re.search("Put|Delet|Grant|Create", action) for action in statement["Action"]
        )
