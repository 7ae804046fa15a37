# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After any single manual change a check names exactly that change, and a run mends exactly that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest

SUFFIX = "000000000000-us-east-1"
SOR, GLUE = f"terraglue-sor-data-{SUFFIX}", f"terraglue-glue-assets-{SUFFIX}"
JOB, TRIGGER = "gluejob-sot-ecommerce-br", "trigger-gluejob-sot-ecommerce-br"
ROLE, WORKGROUP, ALIAS = (
    "terraglue-glue-execution-role",
    "sbx-analytics-workgroup",
    "alias/kms-glue-s3",
)
POLICY = "arn:aws:iam::000000000000:policy/glue-s3-ops-policy"
ANYTHING = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
    }
)


def job_update(aws: Any, **changes: Any) -> None:
    """UpdateJob overwrites what it is not given, so a manual change hands the rest back."""
    glue = aws.client("glue")
    job = glue.get_job(JobName=JOB)["Job"]
    for name in (
        "Name",
        "CreatedOn",
        "LastModifiedOn",
        "AllocatedCapacity",
        "MaxCapacity",
        "ProfileName",
    ):
        job.pop(name, None)
    glue.update_job(JobName=JOB, JobUpdate={**job, **changes})


def job_argument(aws: Any) -> None:
    arguments = aws.client("glue").get_job(JobName=JOB)["Job"]["DefaultArguments"]
    job_update(aws, DefaultArguments={**arguments, "--NUM_PARTITIONS": "50"})


def job_extra_argument(aws: Any) -> None:
    arguments = aws.client("glue").get_job(JobName=JOB)["Job"]["DefaultArguments"]
    job_update(aws, DefaultArguments={**arguments, "--conf": "spark.x=y"})


def policy_edited(aws: Any) -> None:
    aws.client("iam").create_policy_version(
        PolicyArn=POLICY, PolicyDocument=ANYTHING, SetAsDefault=True
    )


def policy_attached(aws: Any) -> None:
    aws.client("iam").attach_role_policy(
        RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )


def policy_detached(aws: Any) -> None:
    aws.client("iam").detach_role_policy(RoleName=ROLE, PolicyArn=POLICY)


def trust_edited(aws: Any) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    aws.client("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust))


def encryption_removed(aws: Any) -> None:
    aws.client("s3").delete_bucket_encryption(Bucket=SOR)


def public_access_opened(aws: Any) -> None:
    aws.client("s3").delete_public_access_block(Bucket=SOR)


def bucket_policy_removed(aws: Any) -> None:
    aws.client("s3").delete_bucket_policy(Bucket=SOR)


def versioning_suspended(aws: Any) -> None:
    aws.client("s3").put_bucket_versioning(
        Bucket=SOR, VersioningConfiguration={"Status": "Suspended"}
    )


def bucket_tag_removed(aws: Any) -> None:
    s3 = aws.client("s3")
    tags = [tag for tag in s3.get_bucket_tagging(Bucket=SOR)["TagSet"] if tag["Key"] != "ManagedBy"]
    s3.put_bucket_tagging(Bucket=SOR, Tagging={"TagSet": tags})


def lifecycle_removed(aws: Any) -> None:
    aws.client("s3").delete_bucket_lifecycle(Bucket=SOR)


def data_file_removed(aws: Any) -> None:
    aws.client("s3").delete_object(Bucket=SOR, Key="sor_ecommerce_br/orders/orders.csv")


def column_changed(aws: Any) -> None:
    glue = aws.client("glue")
    table = glue.get_table(DatabaseName="sor_ecommerce_br", Name="orders")["Table"]
    wanted = (
        "Name",
        "Parameters",
        "StorageDescriptor",
        "TableType",
        "PartitionKeys",
        "Description",
        "Owner",
        "Retention",
    )
    given = {name: table[name] for name in wanted if name in table}
    given["StorageDescriptor"]["Columns"][2]["Type"] = "int"
    glue.update_table(DatabaseName="sor_ecommerce_br", TableInput=given)


def table_removed(aws: Any) -> None:
    aws.client("glue").delete_table(DatabaseName="sor_ecommerce_br", Name="sellers")


def workgroup_loosened(aws: Any) -> None:
    aws.client("athena").update_work_group(
        WorkGroup=WORKGROUP, ConfigurationUpdates={"EnforceWorkGroupConfiguration": False}
    )


def cutoff_removed(aws: Any) -> None:
    aws.client("athena").update_work_group(
        WorkGroup=WORKGROUP, ConfigurationUpdates={"RemoveBytesScannedCutoffPerQuery": True}
    )


def key_policy_edited(aws: Any) -> None:
    kms = aws.client("kms")
    key = kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["KeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    policy["Statement"] = policy["Statement"][:1]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))


def rotation_off(aws: Any) -> None:
    kms = aws.client("kms")
    kms.disable_key_rotation(KeyId=kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["KeyId"])


def alias_moved(aws: Any) -> None:
    kms = aws.client("kms")
    other = kms.create_key(Description="somebody else's")["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName=ALIAS, TargetKeyId=other)


def script_overwritten(aws: Any) -> None:
    aws.client("s3").put_object(
        Bucket=GLUE, Key=f"jobs/{JOB}/src/main.py", Body=b"print('changed by hand')\n"
    )


def schedule_changed(aws: Any) -> None:
    aws.client("glue").update_trigger(
        Name=TRIGGER, TriggerUpdate={"Schedule": "cron(0 1 * * ? *)", "Actions": [{"JobName": JOB}]}
    )


def trigger_stopped(aws: Any) -> None:
    aws.client("glue").stop_trigger(Name=TRIGGER)


def job_tag_removed(aws: Any) -> None:
    aws.client("glue").untag_resource(
        ResourceArn=f"arn:aws:glue:us-east-1:000000000000:job/{JOB}", TagsToRemove=["ManagedBy"]
    )


def security_configuration_replaced(aws: Any) -> None:
    glue = aws.client("glue")
    name = f"{JOB}-security-config"
    found = glue.get_security_configuration(Name=name)["SecurityConfiguration"][
        "EncryptionConfiguration"
    ]
    glue.delete_security_configuration(Name=name)
    found["JobBookmarksEncryption"] = {"JobBookmarksEncryptionMode": "DISABLED"}
    glue.create_security_configuration(Name=name, EncryptionConfiguration=found)


def retention_changed(aws: Any) -> None:
    aws.client("logs").put_retention_policy(
        logGroupName=f"/aws-glue/jobs/{JOB}/error", retentionInDays=1
    )


class Drift(NamedTuple):
    """A manual change, the role that mends it, the task that names it, and what its diff says."""

    change: Callable[[Any], None]
    role: str
    task: str
    said: tuple[str, ...]


BUCKETS, IAM = (
    "Compare the buckets with what is wanted",
    "Compare the policies and the role with what is wanted",
)
KEY, TABLES = "Compare the key with what is wanted", "Catalog the tables of the data folder"
DRIFTS = [
    Drift(encryption_removed, "storage", BUCKETS, (SOR, "encryption", "aws:kms")),
    Drift(public_access_opened, "storage", BUCKETS, (SOR, "public_access")),
    Drift(bucket_policy_removed, "storage", BUCKETS, (SOR, "aws:SecureTransport")),
    Drift(versioning_suspended, "storage", BUCKETS, (SOR, "versioning")),
    Drift(bucket_tag_removed, "storage", BUCKETS, (SOR, "ManagedBy")),
    Drift(
        lifecycle_removed, "storage", "Keep house in the buckets", (SOR, "terraglue-housekeeping")
    ),
    Drift(
        data_file_removed,
        "storage",
        "Upload the data folder",
        ("sor_ecommerce_br/orders/orders.csv",),
    ),
    Drift(column_changed, "catalog", TABLES, ("sor_ecommerce_br.orders", "int", "string")),
    Drift(table_removed, "catalog", TABLES, ("sor_ecommerce_br.sellers", "seller_id")),
    Drift(
        workgroup_loosened, "catalog", "Make the workgroup", (WORKGROUP, "enforce_configuration")
    ),
    Drift(cutoff_removed, "catalog", "Make the workgroup", (WORKGROUP, "bytes_scanned_cutoff")),
    Drift(policy_edited, "iam", IAM, ("glue-s3-ops-policy", "s3:ListAllMyBuckets")),
    Drift(policy_attached, "iam", IAM, (ROLE, "ReadOnlyAccess")),
    Drift(policy_detached, "iam", IAM, (ROLE, POLICY)),
    Drift(trust_edited, "iam", IAM, (ROLE, "ec2.amazonaws.com")),
    Drift(key_policy_edited, "kms", KEY, (ALIAS, "policy")),
    Drift(rotation_off, "kms", KEY, (ALIAS, "rotation")),
    Drift(alias_moved, "kms", KEY, (ALIAS, "target_key")),
    Drift(script_overwritten, "glue", "Upload the scripts", ("main.py",)),
    Drift(
        lambda aws: job_update(aws, NumberOfWorkers=9),
        "glue",
        "Make the job",
        (JOB, '"number_of_workers": 9'),
    ),
    Drift(job_argument, "glue", "Make the job", (JOB, "--NUM_PARTITIONS", "50")),
    Drift(job_extra_argument, "glue", "Make the job", (JOB, "--conf")),
    Drift(job_tag_removed, "glue", "Make the job", (JOB, "ManagedBy")),
    Drift(schedule_changed, "glue", "Make the trigger", (TRIGGER, "cron(0 1 * * ? *)")),
    Drift(trigger_stopped, "glue", "Make the trigger", (TRIGGER, "DEACTIVATED")),
    Drift(
        security_configuration_replaced,
        "glue",
        "Make the security configuration",
        ("bookmarks", "CSE-KMS"),
    ),
    Drift(
        retention_changed,
        "glue",
        "Compare the log groups with what is wanted",
        ("error", "retention", "365"),
    ),
]
NAMES = [
    drift.change.__name__.replace("_", " ").replace("<lambda>", "workers changed")
    for drift in DRIFTS
]


@pytest.fixture(scope="module")
def environment(local_aws: Any) -> Any:
    local_aws.play("site.yml").ok()
    return local_aws


@pytest.mark.parametrize("drift", DRIFTS, ids=NAMES)
def test_a_drift_is_named_and_mended(environment: Any, drift: Drift) -> None:
    play = Path(__file__).parent / "playbooks" / "role.yml"
    drift.change(environment)
    checked = environment.check(play, role=drift.role).ok()
    assert checked.changed == [drift.task]
    named = checked.diff_of(drift.task)
    for words in drift.said:
        assert words in named
    # That the run still finds it shows that the check changed nothing.
    mended = environment.play(play, role=drift.role).ok()
    assert len(mended.changed) == 1, mended.changed


def test_after_all_drifts_the_whole_site_is_as_it_was_but_for_a_disabled_key(
    environment: Any,
) -> None:
    """A key that cannot be used concerns four roles, but is one change."""
    kms = environment.client("kms")
    kms.disable_key(KeyId=kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["KeyId"])
    checked = environment.check("site.yml").ok()
    assert checked.changed == [KEY]
    assert "Disabled" in checked.diff_of(KEY)
    assert environment.play("site.yml").ok().changed == ["Make, mend or revive the key"]
