# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS: what a key may do in which state, rotation, and the AWS managed key of S3.

"Key states of AWS KMS keys" in the KMS developer guide says which operation each state allows.
"""

from __future__ import annotations

import json
import time
from typing import Any

from ministack.services import kms

from ..dispatch import Answer, Call, Forward, Refusal, answers, changed, content_of, done

S3_ALIAS = "alias/aws/s3"
_DAY = 86400
_ROTATION_DAYS = (90, 2560)  # EnableKeyRotation: valid range of RotationPeriodInDays


def s3_managed_key() -> str:
    """ARN of the AWS managed key aws/s3, which AWS makes in an account when it is first needed."""
    alias = kms._alias_arn(S3_ALIAS)
    key_id = kms._aliases.get(alias)
    if key_id is None:
        text = "Default key that protects my S3 objects when no other key is defined"
        made = json.loads(kms._create_key({"Description": text})[2])
        key_id = made["KeyMetadata"]["KeyId"]
        kms._keys[key_id].update(KeyManager="AWS", KeyRotationEnabled=True)
        kms._aliases[alias] = key_id
        kms._stamp_alias(alias, created=True)
        changed("kms")
    return kms._keys[key_id]["Arn"]


def _found(named: str) -> dict[str, Any]:
    if named == S3_ALIAS:
        # DescribeKey: "If you specify a predefined AWS alias (an AWS alias with no key ID), AWS KMS
        # associates the alias with an AWS managed key and returns its KeyId and Arn".
        named = s3_managed_key()
    key = kms._resolve_key(named)
    if key is None:
        what = "Alias" if "alias/" in named else "Key"
        raise Refusal("NotFoundException", f"{what} {named} is not found.")
    return key


def _is_pending(key: dict[str, Any]) -> bool:
    return key["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion")


@answers(
    "kms",
    "ScheduleKeyDeletion",
    "EnableKey",
    "DisableKey",
    "TagResource",
    "UntagResource",
    "UpdateKeyDescription",
    "EnableKeyRotation",
    "DisableKeyRotation",
)
async def not_while_pending(call: Call, forward: Forward) -> Answer:
    """KMSInvalidStateException while pending deletion; MiniStack changes the key all the same.

    Rotation of a disabled key cannot be changed either (DisabledException), and nothing of the
    managed key, which is AWS's.
    """
    key = _found(call.data.get("KeyId", ""))
    if key.get("KeyManager") == "AWS":
        raise Refusal("AccessDeniedException", f"{key['Arn']} is managed by AWS.")
    if _is_pending(key):
        raise Refusal("KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
    if "Rotation" in call.action and key["KeyState"] == "Disabled":
        raise Refusal("DisabledException", f"{key['Arn']} is disabled.")
    days = call.data.get("RotationPeriodInDays")
    if days is not None and not _ROTATION_DAYS[0] <= days <= _ROTATION_DAYS[1]:
        raise Refusal("ValidationException", f"RotationPeriodInDays is {days}, not 90 to 2560.")
    if call.action == "EnableKeyRotation":
        key["_rotation_from"] = time.time()
    return await forward(call)


@answers("kms", "CancelKeyDeletion")
async def cancel_key_deletion(call: Call, forward: Forward) -> Answer:
    """Only while pending; afterwards the key is Disabled."""
    key = _found(call.data.get("KeyId", ""))
    if not _is_pending(key):
        raise Refusal("KMSInvalidStateException", f"{key['Arn']} is not pending deletion.")
    return await forward(call)


@answers("kms", "CreateAlias", "UpdateAlias")
async def point_alias(call: Call, forward: Forward) -> Answer:
    """Not onto a key that is pending deletion, and not into AWS's own names."""
    name = call.data.get("AliasName", "")
    if name.startswith("alias/aws/"):
        raise Refusal(
            "InvalidAliasNameException", f"{name} begins with alias/aws/, which AWS keeps."
        )
    key = _found(call.data.get("TargetKeyId", ""))
    if _is_pending(key):
        raise Refusal("KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
    return await forward(call)


@answers("kms", "GetKeyRotationStatus")
def get_key_rotation_status(call: Call, forward: Forward) -> Answer:
    """False while pending deletion; the period and the next date only for a key that rotates."""
    key = _found(call.data.get("KeyId", ""))
    enabled = bool(key.get("KeyRotationEnabled")) and not _is_pending(key)
    answer: dict[str, Any] = {"KeyRotationEnabled": enabled, "KeyId": key["Arn"]}
    if enabled:
        days = key.get("RotationPeriodInDays", 365)
        began = key.get("_rotation_from", key["CreationDate"])
        answer.update(RotationPeriodInDays=days, NextRotationDate=began + days * _DAY)
    return done(answer)


@answers("kms", "DescribeKey")
async def describe_key(call: Call, forward: Forward) -> Answer:
    """KeyManager AWS for the managed key, which is made when it is first asked for."""
    key = _found(call.data.get("KeyId", ""))
    answer = await forward(call)
    if answer[0] != 200 or key.get("KeyManager") != "AWS":
        return answer
    content = content_of(answer)
    content["KeyMetadata"]["KeyManager"] = "AWS"
    return done(content)


@answers("kms", "CreateKey", "PutKeyPolicy")
async def key_policy(call: Call, forward: Forward) -> Answer:
    """MalformedPolicyDocumentException for a policy that is no policy; MiniStack keeps any text."""
    policy = call.data.get("Policy")
    if policy is not None:
        try:
            statements = json.loads(policy)["Statement"]
        except (ValueError, KeyError, TypeError):
            statements = None
        if not statements:
            raise Refusal(
                "MalformedPolicyDocumentException",
                "The policy is not a JSON policy with statements.",
            )
    if call.action == "PutKeyPolicy":
        _found(call.data.get("KeyId", ""))
    return await forward(call)
