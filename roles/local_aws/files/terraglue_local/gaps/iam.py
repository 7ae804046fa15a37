# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: managed policies and roles. MiniStack takes what AWS refuses."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import iam

from ..dispatch import Answer, Call, Forward, Refusal, answers

# "IAM and AWS STS quotas": characters of a managed policy without white space; attached policies.
_POLICY_SIZE = 6144
_POLICIES_PER_ROLE = 10
_SESSION_SECONDS = (3600, 43200)  # CreateRole: valid range of MaxSessionDuration


@answers("iam", "SetDefaultPolicyVersion")
def set_default_policy_version(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack. Makes a version the one in effect."""
    arn = call.data.get("PolicyArn", "")
    wanted = call.data.get("VersionId", "")
    policy = iam._policies.get(arn)
    if policy is None:
        raise Refusal("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    if wanted not in policy["Versions"]:
        raise Refusal(
            "NoSuchEntity",
            f"Policy {arn} version {wanted} does not exist or is not attachable.",
            404,
        )
    for version in policy["Versions"].values():
        version["IsDefaultVersion"] = version["VersionId"] == wanted
    policy["DefaultVersionId"] = wanted
    policy["UpdateDate"] = iam._now()
    return iam._xml(200, "SetDefaultPolicyVersionResponse", "", ns="iam")


@answers("iam", "CreatePolicy", "CreatePolicyVersion")
async def policy_size(call: Call, forward: Forward) -> Answer:
    """LimitExceeded over the size quota, in which IAM does not count white space."""
    if len("".join(call.data.get("PolicyDocument", "").split())) > _POLICY_SIZE:
        raise Refusal("LimitExceeded", f"Cannot exceed quota for PolicySize: {_POLICY_SIZE}", 409)
    return await forward(call)


@answers("iam", "DeletePolicy")
async def delete_policy(call: Call, forward: Forward) -> Answer:
    """DeleteConflict while other versions than the default one are there."""
    policy = iam._policies.get(call.data.get("PolicyArn", ""))
    if policy is not None and len(policy["Versions"]) > 1:
        raise Refusal(
            "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete "
            "the policy's versions. The default version is deleted with the policy.",
            409,
        )
    return await forward(call)


@answers("iam", "AttachRolePolicy")
async def attach_role_policy(call: Call, forward: Forward) -> Answer:
    """NoSuchEntity for a missing policy of this account, LimitExceeded over the quota of a role."""
    arn = call.data.get("PolicyArn", "")
    if arn.startswith(f"arn:aws:iam::{get_account_id()}:policy/") and arn not in iam._policies:
        raise Refusal("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    role: dict[str, Any] = iam._roles.get(call.data.get("RoleName", "")) or {}
    attached = role.get("AttachedPolicies") or []
    if arn not in str(attached) and len(attached) >= _POLICIES_PER_ROLE:
        raise Refusal(
            "LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {_POLICIES_PER_ROLE}", 409
        )
    return await forward(call)


def _check_trust(document: str) -> None:
    """MalformedPolicyDocument for what is no trust policy."""
    try:
        policy = json.loads(document)
        statements = policy["Statement"]
    except (ValueError, KeyError, TypeError):
        raise Refusal("MalformedPolicyDocument", "This policy contains invalid Json") from None
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise Refusal("MalformedPolicyDocument", "Syntax errors in policy.")
        if not (statement.get("Principal") or statement.get("NotPrincipal")):
            raise Refusal("MalformedPolicyDocument", "Missing required field Principal")
        if "Resource" in statement:
            raise Refusal("MalformedPolicyDocument", "Has prohibited field Resource")


@answers("iam", "CreateRole", "UpdateRole", "UpdateAssumeRolePolicy")
async def role_settings(call: Call, forward: Forward) -> Answer:
    """The trust policy and the session's length are checked."""
    for name in ("AssumeRolePolicyDocument", "PolicyDocument"):
        if name in call.data:
            _check_trust(call.data[name])
    seconds = call.data.get("MaxSessionDuration", str(_SESSION_SECONDS[0]))
    if not _SESSION_SECONDS[0] <= int(seconds) <= _SESSION_SECONDS[1]:
        raise Refusal("ValidationError", f"MaxSessionDuration is {seconds}, not 3600 to 43200.")
    return await forward(call)
