# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: managed policies."""

from __future__ import annotations

from ministack.services import iam

from ..dispatch import Answer, Call, Forward, Refusal, answers


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
