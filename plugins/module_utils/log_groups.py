# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch log groups: read them, compare them, tie them to a key.

Source: CloudWatch Logs API reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.errors import api
from ansible_collections.terraglue.aws.plugins.module_utils.plan import tag_drift
from ansible_collections.terraglue.aws.plugins.module_utils.state import drift

_NAME = re.compile(r"[A-Za-z0-9_/.#-]{1,512}")
# Below these Glue keeps the logs of every job of the account.
_SHARED = (
    "/aws-glue/jobs/",
    "/aws-glue/crawlers/",
    "/aws-glue/sessions/",
    "/aws-glue/python-jobs/",
)
_MISSING = ("ResourceNotFoundException",)


class Group(NamedTuple):
    """A log group that exists. ``retention`` is days, None for ever; ``kms_key_arn`` its key."""

    name: str
    arn: str
    retention: int | None
    kms_key_arn: str | None
    tags: Mapping[str, str]


def name_fault(name: str) -> str | None:
    """What is wrong with the name of a log group."""
    if _NAME.fullmatch(name):
        return None
    return f"'{name}' is no name for a log group: it has 1 to 512 letters, digits and _/.#-"


def late_prefix_fault(prefix: str) -> str | None:
    """Why everything below a prefix must not be removed."""
    if not prefix or any(shared.startswith(prefix) for shared in _SHARED):
        return f"'{prefix}' covers log groups of everyone in the account; name one of your own"
    return None


@api("logs:DescribeLogGroups", "log groups below {prefix}")
def _below(logs: Any, prefix: str) -> Any:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    return [found for page in pages for found in page["logGroups"]]


@api("logs:ListTagsForResource", "log group {arn}", missing=_MISSING)
def _tags(logs: Any, arn: str) -> Any:
    return logs.list_tags_for_resource(resourceArn=arn).get("tags", {})


@api("logs:AssociateKmsKey", "log group {name}", retry=("OperationAbortedException",))
def associate(logs: Any, name: str, kms_key_arn: str) -> None:
    """Encrypt what comes from now on with a key."""
    logs.associate_kms_key(logGroupName=name, kmsKeyId=kms_key_arn)


@api("logs:DisassociateKmsKey", "log group {name}", retry=("OperationAbortedException",))
def disassociate(logs: Any, name: str) -> None:
    """Encrypt what comes from now on with the key of CloudWatch Logs."""
    logs.disassociate_kms_key(logGroupName=name)


def _group(logs: Any, found: Mapping[str, Any]) -> Group:
    arn = found["arn"].removesuffix(":*")  # the ARN for tags is the one without :*
    return Group(
        name=found["logGroupName"],
        arn=arn,
        retention=found.get("retentionInDays"),
        kms_key_arn=found.get("kmsKeyId"),
        tags=_tags(logs, arn) or {},
    )


def read_group(logs: Any, name: str) -> Group | None:
    """The log group of exactly this name, or None."""
    found = next((item for item in _below(logs, name) if item["logGroupName"] == name), None)
    return _group(logs, found) if found else None


def read_below(logs: Any, prefix: str) -> list[Group]:
    """All log groups whose names begin with a prefix."""
    return [_group(logs, found) for found in _below(logs, prefix)]


def read_key(logs: Any, name: str) -> tuple[bool, str | None]:
    """Whether the log group exists, and the ARN of its key."""
    found = next((item for item in _below(logs, name) if item["logGroupName"] == name), None)
    return found is not None, (found or {}).get("kmsKeyId")


def group_drift(
    group: Group | None,
    retention: int | None,
    kms_key_arn: str | None,
    tags: Mapping[str, str],
    purge_tags: bool,
) -> dict[str, dict[str, Any]]:
    """What differs. A retention of None is left as it is; a key of None is CloudWatch's own."""
    if group is None:
        wanted = {"retention_days": retention, "kms_key_arn": kms_key_arn, "tags": dict(tags)}
        return drift(wanted, None)
    plain: dict[str, Any] = {"kms_key_arn": kms_key_arn}
    if retention is not None:
        plain["retention_days"] = retention
    actual = {"kms_key_arn": group.kms_key_arn, "retention_days": group.retention}
    change = drift(plain, actual)
    before, after = tag_drift(group.tags, tags, purge_tags)
    if before or after:
        change["before"]["tags"], change["after"]["tags"] = before, after
    return change
