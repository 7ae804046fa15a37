# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS keys and aliases: find ours, read them, compare them.

Source: AWS KMS API reference; what is possible in which state: "Key states of AWS KMS keys" of the
KMS developer guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api
from ansible_collections.terraglue.aws.plugins.module_utils.plan import denied, tag_drift
from ansible_collections.terraglue.aws.plugins.module_utils.policy_document import policy_drift
from ansible_collections.terraglue.aws.plugins.module_utils.session import in_parallel
from ansible_collections.terraglue.aws.plugins.module_utils.state import drift
from ansible_collections.terraglue.aws.plugins.module_utils.tags import OWNER_TAG, from_list

# An environment may have several keys: this tag says which alias each belongs to.
ALIAS_TAG = "terraglue:alias"
ROTATES = "SYMMETRIC_DEFAULT"

_ALIAS = re.compile(r"alias/(?!aws/)[A-Za-z0-9/_-]{1,250}")
_PREFERENCE = {"Enabled": 0, "Disabled": 1}


class Key(NamedTuple):
    """A key that exists. ``state`` is KMS's KeyState, ``created`` a sortable moment."""

    key_id: str
    arn: str
    state: str
    description: str
    usage: str
    spec: str
    created: str
    tags: Mapping[str, str]

    @property
    def pending(self) -> bool:
        """Whether the key is scheduled for deletion."""
        return self.state == "PendingDeletion"

    @property
    def status(self) -> str:
        """The state in our words: enabled, disabled, pending_deletion."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.state).lower()


def alias_fault(alias: str) -> str | None:
    """What is wrong with the name of an alias."""
    if _ALIAS.fullmatch(alias):
        return None
    return (
        f"'{alias}' is no name for an alias: it begins with alias/ (alias/aws/ is kept for AWS),"
        " followed by up to 250 letters, digits and /_-"
    )


# Calls ---------------------------------------------------------------------------------------


@api("kms:DescribeKey", "key {key_id}", missing=("NotFoundException",))
def _describe(kms: Any, key_id: str) -> Any:
    return kms.describe_key(KeyId=key_id)["KeyMetadata"]


@api("kms:ListResourceTags", "key {key_id}", missing=("NotFoundException",))
def read_tags(kms: Any, key_id: str) -> Any:
    """The tags of a key; None when it does not exist."""
    pages = kms.get_paginator("list_resource_tags").paginate(KeyId=key_id)
    tags = [tag for page in pages for tag in page["Tags"]]
    return from_list(tags, "TagKey", "TagValue")


@api("kms:GetKeyPolicy", "key {key_id}")
def read_policy(kms: Any, key_id: str) -> Any:
    """The document of a key's policy."""
    return json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])


@api("kms:GetKeyRotationStatus", "key {key_id}", missing=("UnsupportedOperationException",))
def read_rotation(kms: Any, key_id: str) -> Any:
    """Whether the key rotates; None when it cannot."""
    return kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"]


@api("tag:GetResources", "keys of the environment")
def _tagged_arns(tagging: Any, wanted: Mapping[str, str]) -> Any:
    filters = [{"Key": name, "Values": [value]} for name, value in wanted.items()]
    pages = tagging.get_paginator("get_resources").paginate(
        TagFilters=filters, ResourceTypeFilters=["kms:key"]
    )
    return [item["ResourceARN"] for page in pages for item in page["ResourceTagMappingList"]]


@api("kms:ListKeys", "the keys of the account")
def _all_arns(kms: Any) -> Any:
    pages = kms.get_paginator("list_keys").paginate()
    return [key["KeyArn"] for page in pages for key in page["Keys"]]


@api("kms:CreateAlias", "alias {alias}")
def create_alias(kms: Any, alias: str, key_id: str) -> None:
    """Make an alias."""
    kms.create_alias(AliasName=alias, TargetKeyId=key_id)


@api("kms:UpdateAlias", "alias {alias}")
def update_alias(kms: Any, alias: str, key_id: str) -> None:
    """Point an alias that exists to a key."""
    kms.update_alias(AliasName=alias, TargetKeyId=key_id)


@api("kms:DeleteAlias", "alias {alias}", missing=("NotFoundException",))
def delete_alias(kms: Any, alias: str) -> None:
    """Remove an alias; its key stays."""
    kms.delete_alias(AliasName=alias)


# Finding -------------------------------------------------------------------------------------


def find(kms: Any, key_id: str) -> Key | None:
    """The key of an id, ARN or alias, or None."""
    found = _describe(kms, key_id)
    if found is None:
        return None
    return Key(
        key_id=found["KeyId"],
        arn=found["Arn"],
        state=found["KeyState"],
        description=found.get("Description", ""),
        usage=found.get("KeyUsage", "ENCRYPT_DECRYPT"),
        spec=found.get("KeySpec") or found.get("CustomerMasterKeySpec", ROTATES),
        created=str(found.get("CreationDate", "")),
        tags=read_tags(kms, found["Arn"]) or {},
    )


def find_tagged(kms: Any, tagging: Any, owner: str, alias: str) -> list[Key]:
    """The keys that carry the owner's tag and belong to the alias, by their tags of this moment.

    One search by the tagging API, or the tags of every key where that API is not allowed.
    """
    wanted = {OWNER_TAG: owner, ALIAS_TAG: alias}

    def is_wanted(key: Key | None) -> bool:
        return key is not None and all(key.tags.get(name) == wanted[name] for name in wanted)

    try:
        arns = _tagged_arns(tagging, wanted)
    except TerraglueError as error:
        if not denied(error):
            raise
        everything = _all_arns(kms)
        tags = in_parallel(lambda arn: _tags_if_allowed(kms, arn), everything)
        arns = [
            arn
            for arn, found in zip(everything, tags)
            if all(found.get(name) == wanted[name] for name in wanted)
        ]
    return [key for key in in_parallel(lambda arn: find(kms, arn), arns) if is_wanted(key)]


def _tags_if_allowed(kms: Any, arn: str) -> dict[str, str]:
    """The tags of a key; those that we may not read are not ours."""
    try:
        return read_tags(kms, arn) or {}
    except TerraglueError as error:
        if denied(error):
            return {}
        raise


def preferred(keys: Iterable[Key], behind_alias: str | None) -> list[Key]:
    """Keys of ours, best first: the one behind the alias, then an enabled one, then the newest."""
    newest_first = sorted(keys, key=lambda key: key.created, reverse=True)
    return sorted(
        newest_first, key=lambda key: (key.arn != behind_alias, _PREFERENCE.get(key.state, 2))
    )


# Comparing -----------------------------------------------------------------------------------


class Wanted(NamedTuple):
    """What a key should be. None for description or rotation leaves it as it is."""

    description: str | None
    enabled: bool
    rotation: bool | None
    policy: Mapping[str, Any]
    tags: Mapping[str, str]
    purge_tags: bool

    @property
    def state(self) -> str:
        """The KeyState that is wanted."""
        return "Enabled" if self.enabled else "Disabled"

    def as_new(self) -> dict[str, dict[str, Any]]:
        """The drift of a key that does not exist."""
        wanted = {
            "description": self.description,
            "key_state": self.state,
            "rotation": self.rotation,
            "policy": self.policy,
            "tags": dict(self.tags),
        }
        return drift(wanted, None)


def key_drift(
    wanted: Wanted, key: Key, policy: Mapping[str, Any], rotation: bool | None
) -> dict[str, dict[str, Any]]:
    """What differs, narrowed to the settings, statements and tags that do.

    KMS tells a key's rotation only while it is not going, and changes it only while it is enabled.
    """
    plain: dict[str, Any] = {"key_state": wanted.state}
    if wanted.description is not None:
        plain["description"] = wanted.description
    if wanted.rotation is not None and wanted.enabled and not key.pending:
        plain["rotation"] = wanted.rotation
    actual = {"key_state": key.state, "description": key.description, "rotation": rotation}
    change = drift(plain, actual)
    for name, (before, after) in {
        "policy": policy_drift(policy, wanted.policy),
        "tags": tag_drift(key.tags, wanted.tags, wanted.purge_tags),
    }.items():
        if before or after:
            change["before"][name], change["after"][name] = before, after
    return change
