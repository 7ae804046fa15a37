# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the account of a local AWS, asked of AWS and not of the collection."""

from __future__ import annotations

from typing import Any


def contents(aws: Any) -> dict[str, list[str]]:
    """The names of everything that the project could have made, by kind; empty kinds are left out."""
    s3, glue, athena = aws.client("s3"), aws.client("glue"), aws.client("athena")
    iam, kms, logs = aws.client("iam"), aws.client("kms"), aws.client("logs")
    databases = [database["Name"] for database in glue.get_databases()["DatabaseList"]]
    found = {
        "buckets": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
        "databases": databases,
        "tables": [
            f"{database}.{table['Name']}"
            for database in databases
            for table in glue.get_tables(DatabaseName=database)["TableList"]
        ],
        "workgroups": [
            group["Name"] for group in athena.list_work_groups()["WorkGroups"] if group["Name"] != "primary"
        ],
        "jobs": [job["Name"] for job in glue.get_jobs()["Jobs"]],
        "triggers": [trigger["Name"] for trigger in glue.get_triggers()["Triggers"]],
        "security configurations": [
            item["Name"] for item in glue.get_security_configurations()["SecurityConfigurations"]
        ],
        "roles": [role["RoleName"] for role in iam.list_roles()["Roles"]],
        "policies": [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]],
        "log groups": [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]],
        "keys": [
            key["KeyId"]
            for key in kms.list_keys()["Keys"]
            if (about := kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"])["KeyManager"] == "CUSTOMER"
            and about["KeyState"] != "PendingDeletion"
        ],
    }
    return {kind: sorted(names) for kind, names in found.items() if names}
