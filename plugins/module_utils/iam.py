# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM roles and managed policies: read them, compare them.

Source: IAM API reference. boto3 decodes the documents that IAM sends URL-encoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.errors import api
from ansible_collections.terraglue.aws.plugins.module_utils.plan import tag_drift
from ansible_collections.terraglue.aws.plugins.module_utils.policy_document import policy_drift
from ansible_collections.terraglue.aws.plugins.module_utils.state import drift
from ansible_collections.terraglue.aws.plugins.module_utils.tags import from_list

_POLICY_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_MISSING = ("NoSuchEntity",)


class Policy(NamedTuple):
    """A managed policy that exists, with the document that is in force."""

    name: str
    arn: str
    document: Mapping[str, Any]
    tags: Mapping[str, str]
    attachments: int


class Role(NamedTuple):
    """A role that exists. ``attached`` are ARNs, ``inline`` names of embedded policies."""

    name: str
    arn: str
    description: str
    trust: Mapping[str, Any]
    max_session_duration: int
    permissions_boundary: str | None
    tags: Mapping[str, str]
    attached: tuple[str, ...]
    inline: tuple[str, ...]


class WantedRole(NamedTuple):
    """What a role should be. None for description or boundary leaves it as it is."""

    name: str
    description: str | None
    trust: Mapping[str, Any]
    max_session_duration: int
    permissions_boundary: str | None
    tags: Mapping[str, str]
    purge_tags: bool
    attached: tuple[str, ...]


def name_faults(policies: Iterable[str], role: str | None) -> list[str]:
    """What is wrong with names, placeholders filled in."""
    faults = [
        f"policy '{name}': a name has 1 to 128 letters, digits and +=,.@_-"
        for name in policies
        if not _POLICY_NAME.fullmatch(name)
    ]
    if role is not None and not _ROLE_NAME.fullmatch(role):
        faults.append(f"role '{role}': a name has 1 to 64 letters, digits and +=,.@_-")
    return faults


# Calls ---------------------------------------------------------------------------------------


@api("iam:ListPolicies", "the policies of the account")
def list_policies(iam: Any) -> Any:
    """Name → ARN of the account's own policies; a name is unique whatever its path."""
    pages = iam.get_paginator("list_policies").paginate(Scope="Local")
    return {found["PolicyName"]: found["Arn"] for page in pages for found in page["Policies"]}


@api("iam:GetPolicy", "policy {arn}", missing=_MISSING)
def _policy(iam: Any, arn: str) -> Any:
    return iam.get_policy(PolicyArn=arn)["Policy"]


@api("iam:GetPolicyVersion", "policy {arn}", missing=_MISSING)
def _document(iam: Any, arn: str, version: str) -> Any:
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


@api("iam:GetRole", "role {name}", missing=_MISSING)
def get_role(iam: Any, name: str) -> Any:
    """The Role of the API, or None."""
    return iam.get_role(RoleName=name)["Role"]


@api("iam:ListAttachedRolePolicies", "role {name}", missing=_MISSING)
def _attached(iam: Any, name: str) -> Any:
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
    return tuple(found["PolicyArn"] for page in pages for found in page["AttachedPolicies"])


@api("iam:ListRolePolicies", "role {name}", missing=_MISSING)
def _inline(iam: Any, name: str) -> Any:
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=name)
    return tuple(found for page in pages for found in page["PolicyNames"])


def read_policy(iam: Any, arn: str) -> Policy | None:
    """A policy with its tags and the document in force, or None."""
    found = _policy(iam, arn)
    if found is None:
        return None
    return Policy(
        name=found["PolicyName"],
        arn=found["Arn"],
        document=_document(iam, arn, found["DefaultVersionId"]) or {},
        tags=from_list(found.get("Tags")),
        attachments=found.get("AttachmentCount", 0),
    )


def read_role(iam: Any, name: str) -> Role | None:
    """A role with all that is attached to it or embedded in it, or None."""
    found = get_role(iam, name)
    if found is None:
        return None
    return Role(
        name=name,
        arn=found["Arn"],
        description=found.get("Description", ""),
        trust=found.get("AssumeRolePolicyDocument") or {},
        max_session_duration=found.get("MaxSessionDuration", 3600),
        permissions_boundary=found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        tags=from_list(found.get("Tags")),
        attached=_attached(iam, name) or (),
        inline=_inline(iam, name) or (),
    )


# Comparing -----------------------------------------------------------------------------------


def policy_changes(
    found: Policy | None, document: Mapping[str, Any], tags: Mapping[str, str], purge_tags: bool
) -> dict[str, dict[str, Any]]:
    """What differs, narrowed to the statements and tags that do."""
    if found is None:
        return drift({"document": document, "tags": dict(tags)}, None)
    return _only_differing(
        document=policy_drift(found.document, document),
        tags=tag_drift(found.tags, tags, purge_tags),
    )


def role_changes(found: Role | None, wanted: WantedRole) -> dict[str, dict[str, Any]]:
    """What differs, narrowed to the settings, statements, attachments and tags that do."""
    plain: dict[str, Any] = {"max_session_duration": wanted.max_session_duration}
    for name in ("description", "permissions_boundary"):
        if getattr(wanted, name) is not None:
            plain[name] = getattr(wanted, name)
    if found is None:
        rest = {
            "trust_policy": wanted.trust,
            "attached_policies": list(wanted.attached),
            "tags": dict(wanted.tags),
        }
        return drift({**plain, **rest}, None)
    change = drift(plain, found._asdict())
    further = _only_differing(
        trust_policy=policy_drift(found.trust, wanted.trust),
        attached_policies=(
            [arn for arn in found.attached if arn not in wanted.attached],
            [arn for arn in wanted.attached if arn not in found.attached],
        ),
        inline_policies=(list(found.inline), []),
        tags=tag_drift(found.tags, wanted.tags, wanted.purge_tags),
    )
    return {side: {**change[side], **further[side]} for side in ("before", "after")}


def _only_differing(**sides: tuple[Any, Any]) -> dict[str, dict[str, Any]]:
    """The pairs (before, after) of which either says something."""
    differing = {name: pair for name, pair in sides.items() if any(pair)}
    return {
        "before": {name: pair[0] for name, pair in differing.items()},
        "after": {name: pair[1] for name, pair in differing.items()},
    }
