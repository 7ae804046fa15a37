# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two commands, from an empty account and back to it. The tests of this file follow each other."""

from __future__ import annotations

import json
from typing import Any

ACCOUNT = "000000000000-us-east-1"
EVERYTHING = {
    "buckets": [
        f"terraglue-athena-query-results-{ACCOUNT}",
        f"terraglue-glue-assets-{ACCOUNT}",
        f"terraglue-sor-data-{ACCOUNT}",
        f"terraglue-sot-data-{ACCOUNT}",
        f"terraglue-spec-data-{ACCOUNT}",
    ],
    "databases": ["sor_ecommerce_br", "sot_ecommerce_br"],
    "tables": [
        f"sor_ecommerce_br.{table}"
        for table in (
            "customers",
            "geolocation",
            "order_items",
            "order_payments",
            "order_reviews",
            "orders",
            "product_category_name_translation",
            "products",
            "sellers",
        )
    ],
    "workgroups": ["sbx-analytics-workgroup"],
    "jobs": ["gluejob-sot-ecommerce-br"],
    "triggers": ["trigger-gluejob-sot-ecommerce-br"],
    "security configurations": ["gluejob-sot-ecommerce-br-security-config"],
    "roles": ["terraglue-glue-execution-role"],
    "policies": ["glue-s3-ops-policy", "glue-service-policy"],
    "log groups": [
        "/aws-glue/jobs/gluejob-sot-ecommerce-br/error",
        "/aws-glue/jobs/gluejob-sot-ecommerce-br/output",
    ],
}


def standing(aws: Any) -> dict[str, list[str]]:
    """All but the key, whose id is AWS's choice."""
    return {kind: names for kind, names in aws.contents().items() if kind != "keys"}


def test_a_check_of_an_empty_account_lists_everything_and_makes_nothing(local_aws: Any) -> None:
    run = local_aws.check("site.yml").ok()
    diffs = "\n".join(run.diff_of(task["task"]) for task in run.tasks if task["changed"])
    for kind, names in EVERYTHING.items():
        for name in names:
            assert name in diffs, f"{kind} {name} is not announced"
    assert "alias/kms-glue-s3" in diffs
    assert "'terraglue' would stand in account" in run.tasks[-1]["msg"]
    assert local_aws.contents() == {}


def test_one_command_deploys_the_whole_environment(local_aws: Any) -> None:
    run = local_aws.play("site.yml").ok()
    assert standing(local_aws) == EVERYTHING
    assert len(local_aws.contents()["keys"]) == 1
    summary = run.tasks[-1]["msg"]
    for name in (
        "terraglue-sor-data",
        "sbx-analytics-workgroup",
        "arn:aws:iam::",
        "arn:aws:kms:",
        local_aws.endpoint,
    ):
        assert name in summary
    assert "000000000000" in next(
        task["msg"] for task in run.tasks if task["task"] == "Say whose account it is"
    )


def test_the_settings_are_hardened(local_aws: Any) -> None:
    s3, glue = local_aws.client("s3"), local_aws.client("glue")
    key = local_aws.contents()["keys"][0]
    for bucket in EVERYTHING["buckets"]:
        rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"][
            "Rules"
        ][0]
        assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"].endswith(key)
        assert rule["BucketKeyEnabled"] is True
        assert all(
            s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()
        )
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
        [housekeeping] = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert housekeeping["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
        assert housekeeping["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
        controls = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
        assert controls["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    head = s3.head_object(
        Bucket=f"terraglue-sor-data-{ACCOUNT}", Key="sor_ecommerce_br/orders/orders.csv"
    )
    assert head["SSEKMSKeyId"].endswith(key)
    job = glue.get_job(JobName="gluejob-sot-ecommerce-br")["Job"]
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("5.0", "G.1X", 2)
    assert job["SecurityConfiguration"] == "gluejob-sot-ecommerce-br-security-config"
    arguments = job["DefaultArguments"]
    assert arguments["--extra-py-files"].endswith(
        "/jobs/gluejob-sot-ecommerce-br/src/transformers.py"
    )
    assert arguments["--OUTPUT_BUCKET"] == f"terraglue-sot-data-{ACCOUNT}"
    assert "--encryption-type" not in arguments


def test_what_the_job_and_the_queries_leave_is_encrypted_and_kept(local_aws: Any) -> None:
    key = local_aws.contents()["keys"][0]
    modes = local_aws.client("glue").get_security_configuration(
        Name="gluejob-sot-ecommerce-br-security-config"
    )["SecurityConfiguration"]["EncryptionConfiguration"]
    assert modes["S3Encryption"][0]["S3EncryptionMode"] == "SSE-KMS"
    assert modes["CloudWatchEncryption"]["CloudWatchEncryptionMode"] == "SSE-KMS"
    assert modes["JobBookmarksEncryption"]["JobBookmarksEncryptionMode"] == "CSE-KMS"
    for part in (*modes.pop("S3Encryption"), *modes.values()):
        assert part["KmsKeyArn"].endswith(key)
    for group in local_aws.client("logs").describe_log_groups()["logGroups"]:
        assert (group["kmsKeyId"].endswith(key), group["retentionInDays"]) == (True, 365)
    workgroup = local_aws.client("athena").get_work_group(WorkGroup="sbx-analytics-workgroup")
    settings = workgroup["WorkGroup"]["Configuration"]
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["PublishCloudWatchMetricsEnabled"] is True
    assert settings["BytesScannedCutoffPerQuery"] == 10 * 1024**3
    results = settings["ResultConfiguration"]
    assert results["ExpectedBucketOwner"] == "000000000000"
    assert results["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    assert results["EncryptionConfiguration"]["KmsKey"].endswith(key)


def test_nobody_may_do_more_than_needed(local_aws: Any) -> None:
    iam, kms = local_aws.client("iam"), local_aws.client("kms")
    key = local_aws.contents()["keys"][0]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    key_policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert all(
        statement["Principal"] not in ("*", {"AWS": "*"}) for statement in key_policy["Statement"]
    )
    [for_logs] = [each for each in key_policy["Statement"] if "Service" in each["Principal"]]
    assert "kms:EncryptionContext:aws:logs:arn" in for_logs["Condition"]["ArnLike"]
    trust = iam.get_role(RoleName="terraglue-glue-execution-role")["Role"]
    [assumes] = trust["AssumeRolePolicyDocument"]["Statement"]
    assert assumes["Condition"]["StringEquals"] == {"aws:SourceAccount": "000000000000"}
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(
            PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"]
        )
        for statement in version["PolicyVersion"]["Document"]["Statement"]:
            actions, resources = (
                [value] if isinstance(value, str) else value
                for value in (statement["Action"], statement["Resource"])
            )
            assert not any(action.endswith("*") for action in actions), statement
            # PutMetricData knows no resources; its namespace is bounded by a condition.
            assert "*" not in resources or actions == ["cloudwatch:PutMetricData"], statement


def test_a_second_run_changes_nothing(local_aws: Any) -> None:
    assert local_aws.play("site.yml").ok().changed == []
    assert local_aws.check("site.yml").ok().changed == []


def test_a_check_of_the_teardown_lists_everything_and_removes_nothing(local_aws: Any) -> None:
    run = local_aws.check("teardown.yml").ok()
    diffs = "\n".join(run.diff_of(task["task"]) for task in run.tasks if task["changed"])
    for kind, names in EVERYTHING.items():
        for name in names:
            assert name in diffs, f"the removal of {kind} {name} is not announced"
    assert standing(local_aws) == EVERYTHING


def test_teardown_leaves_nothing_whatever_was_added(local_aws: Any) -> None:
    s3, glue, iam = local_aws.client("s3"), local_aws.client("glue"), local_aws.client("iam")
    sot, results = f"terraglue-sot-data-{ACCOUNT}", f"terraglue-athena-query-results-{ACCOUNT}"
    for body in (b"one", b"two"):
        s3.put_object(
            Bucket=sot, Key="tbsot_ecommerce_br/anomesdia=20260101/part-0.parquet", Body=body
        )
    s3.delete_object(Bucket=sot, Key="tbsot_ecommerce_br/anomesdia=20260101/part-0.parquet")
    s3.put_object(Bucket=results, Key="0b1c.csv", Body=b"answer")
    glue.create_table(
        DatabaseName="sot_ecommerce_br",
        TableInput={
            "Name": "tbsot_ecommerce_br",
            "PartitionKeys": [{"Name": "anomesdia", "Type": "string"}],
            "StorageDescriptor": {
                "Columns": [{"Name": "order_id", "Type": "string"}],
                "Location": f"s3://{sot}/t",
            },
        },
    )
    glue.create_partition(
        DatabaseName="sot_ecommerce_br",
        TableName="tbsot_ecommerce_br",
        PartitionInput={
            "Values": ["20260101"],
            "StorageDescriptor": {"Location": f"s3://{sot}/t/anomesdia=20260101"},
        },
    )
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}'
    extra = iam.create_policy(PolicyName="somebody-elses", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="terraglue-glue-execution-role", PolicyArn=extra)
    iam.put_role_policy(
        RoleName="terraglue-glue-execution-role", PolicyName="inline", PolicyDocument=document
    )
    local_aws.client("logs").create_log_group(
        logGroupName="/aws-glue/jobs/gluejob-sot-ecommerce-br/late"
    )
    local_aws.play("teardown.yml").ok()
    assert local_aws.contents() == {"policies": ["somebody-elses"]}
    iam.delete_policy(PolicyArn=extra)


def test_a_second_teardown_changes_nothing(local_aws: Any) -> None:
    assert local_aws.play("teardown.yml").ok().changed == []


def test_the_environment_can_be_built_again_with_the_same_key(local_aws: Any) -> None:
    run = local_aws.play("site.yml").ok()
    assert standing(local_aws) == EVERYTHING
    # The key is revived first, so that nothing is encrypted otherwise in between.
    assert run.changed.index("Make, mend or revive the key") == 0
    assert run.changed.count("Make or mend the buckets") == 1
    kms = local_aws.client("kms")
    assert len([key for key in kms.list_keys()["Keys"] if "alias" not in key]) >= 1
    assert len(local_aws.contents()["keys"]) == 1
    assert local_aws.play("site.yml").ok().changed == []
    local_aws.play("teardown.yml").ok()
    assert local_aws.contents() == {}
