# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch Logs: the KMS key of a log group."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudwatch_logs, kms

from ..dispatch import Answer, Call, Forward, Refusal, answers, done


def _group(call: Call) -> dict[str, Any]:
    name = call.data.get("logGroupName")
    identifier = call.data.get("resourceIdentifier")
    if bool(name) == bool(identifier):
        raise Refusal(
            "InvalidParameterException",
            "Specify either logGroupName or resourceIdentifier, not both.",
        )
    if identifier:
        name = cloudwatch_logs._log_group_name_from_identifier_arn(identifier)
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")
    return group


def _check_key(key_arn: str) -> None:
    """ "If … the KMS key does not exist or the KMS key is disabled, you receive an
    InvalidParameterException"; kmsKeyId "must be in the ARN format" (AssociateKmsKey)."""
    key = kms._resolve_key(key_arn) if key_arn.startswith("arn:") and ":key/" in key_arn else None
    if key is None or key["KeyState"] != "Enabled":
        raise Refusal(
            "InvalidParameterException",
            f"The specified KMS key does not exist or is not allowed to be used: {key_arn}",
        )


@answers("logs", "AssociateKmsKey")
def associate_kms_key(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack. Replaces an existing association."""
    group = _group(call)
    _check_key(call.data.get("kmsKeyId", ""))
    group["kmsKeyId"] = call.data["kmsKeyId"]
    return done()


@answers("logs", "DisassociateKmsKey")
def disassociate_kms_key(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack."""
    _group(call)["kmsKeyId"] = None
    return done()


@answers("logs", "CreateLogGroup")
async def create_log_group(call: Call, forward: Forward) -> Answer:
    """The key is checked as by AssociateKmsKey; MiniStack keeps any text."""
    if call.data.get("kmsKeyId"):
        _check_key(call.data["kmsKeyId"])
    return await forward(call)
