# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Glue's resources have in common: tags by ARN. Source: Glue API reference, Tag actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.terraglue.aws.plugins.module_utils.errors import api
from ansible_collections.terraglue.aws.plugins.module_utils.tags import TagChanges

MISSING = "EntityNotFoundException"


@api("glue:GetTags", "{arn}", missing=[MISSING])
def _get_tags(glue: Any, arn: str) -> dict[str, str]:
    return glue.get_tags(ResourceArn=arn).get("Tags") or {}


@api("glue:TagResource", "{arn}")
def _tag(glue: Any, arn: str, tags: Mapping[str, str]) -> None:
    glue.tag_resource(ResourceArn=arn, TagsToAdd=dict(tags))


@api("glue:UntagResource", "{arn}")
def _untag(glue: Any, arn: str, names: list[str]) -> None:
    glue.untag_resource(ResourceArn=arn, TagsToRemove=names)


def get_tags(glue: Any, arn: str) -> dict[str, str]:
    """The tags of a resource; none when it has just been deleted."""
    return _get_tags(glue, arn) or {}


def change_tags(glue: Any, arn: str, changes: TagChanges) -> None:
    """Set and remove tags."""
    if changes.to_set:
        _tag(glue, arn, changes.to_set)
    if changes.to_remove:
        _untag(glue, arn, changes.to_remove)
