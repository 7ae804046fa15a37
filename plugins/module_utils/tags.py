# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One place for tags: who owns a resource, and which tags are to be set or removed.

Everything that the collection makes carries ``terraglue:owner`` with the prefix of its environment.
A resource of the right name without that tag belongs to somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags
from ansible_collections.terraglue.aws.plugins.module_utils.errors import NotOurs

OWNER_TAG = "terraglue:owner"
MANAGED_TAG = "ManagedBy"
MANAGED_BY = "terraglue.aws"

# The argument spec of the fragment terraglue.aws.ownership.
OWNERSHIP_OPTIONS: dict[str, dict[str, Any]] = {
    "owner": {"type": "str"},
    "adopt": {"type": "bool", "default": False},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": False},
}


class TagChanges(NamedTuple):
    """Tags to set (name → value) and names of tags to remove."""

    to_set: dict[str, str]
    to_remove: list[str]

    def __bool__(self) -> bool:
        return bool(self.to_set or self.to_remove)


def desired_tags(owner: str | None, tags: Mapping[str, str] | None) -> dict[str, str]:
    """The user's tags with those that mark the owner; theirs win only for names of their own."""
    wanted = {str(name): str(value) for name, value in (tags or {}).items()}
    if owner:
        wanted.update({OWNER_TAG: owner, MANAGED_TAG: MANAGED_BY})
    return wanted


def tag_changes(
    current: Mapping[str, str], wanted: Mapping[str, str], purge: bool = False
) -> TagChanges:
    """What turns ``current`` into ``wanted``; tags that others set stay unless ``purge``."""
    to_set, to_remove = compare_aws_tags(dict(current), dict(wanted), purge_tags=purge)
    return TagChanges(to_set, to_remove)


def after(current: Mapping[str, str], changes: TagChanges) -> dict[str, str]:
    """The tags that a resource will have, for check mode."""
    left = {name: value for name, value in current.items() if name not in changes.to_remove}
    return {**left, **changes.to_set}


def is_ours(current: Mapping[str, str], owner: str | None) -> bool:
    """Whether the resource is the environment's; without an owner nobody asks."""
    return not owner or current.get(OWNER_TAG) == owner


def foreign(kind: str, name: str, current: Mapping[str, str], owner: str) -> str:
    """What was found instead of a resource of ours, as the first half of a message."""
    found = current.get(OWNER_TAG)
    whose = f"belongs to the environment '{found}'" if found else "carries no owner"
    return f"The {kind} {name} exists and {whose} (tag {OWNER_TAG}={owner} expected)"


def require_ours(
    kind: str,
    name: str,
    current: Mapping[str, str],
    owner: str | None,
    adopt: bool,
    variable: str,
) -> None:
    """Stop before changing what is not ours, naming the variable that adopts it.

    ``variable`` is how the user adopts it, such as ``catalog_adopt``, the role's list of names.
    """
    if owner and not adopt and not is_ours(current, owner):
        raise NotOurs(
            f"{foreign(kind, name, current, owner)}. It was left as it is. To take it over, add its"
            f" name to {variable} (in a task of your own: the module's adopt option); otherwise"
            " choose another name or prefix.",
            kind=kind,
            name=name,
            found_tags=dict(current),
        )


def left_alone(kind: str, name: str, current: Mapping[str, str], owner: str) -> str:
    """The warning of a removal that passes by what is not ours."""
    return f"{foreign(kind, name, current, owner)}. It was not removed."


def from_list(
    tags: Iterable[Mapping[str, Any]] | None, key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """``[{"Key": k, "Value": v}]`` as a mapping; KMS spells the names TagKey and TagValue."""
    return {tag[key]: tag[value] for tag in tags or ()}


def to_list(
    tags: Mapping[str, str], key: str = "Key", value: str = "Value"
) -> list[dict[str, str]]:
    """A mapping as the API's list, in a stable order."""
    return [{key: name, value: tags[name]} for name in sorted(tags)]
