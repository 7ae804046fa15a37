# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """Who owns a resource: options shared by all modules that make something."""

    DOCUMENTATION = r"""
options:
  owner:
    description:
      - The environment that the resource belongs to, usually its prefix. The resource is tagged
        C(terraglue:owner) with this value.
      - A resource of the right name without that tag belongs to somebody else. It is not changed
        (the task fails and says what it found) and not removed (the task warns).
      - When not given, the module asks nobody whose the resource is, and does not mark it.
    type: str
  adopt:
    description: Take over a resource that does not carry the tag of O(owner).
    type: bool
    default: false
  tags:
    description:
      - Tags of the resource, beside those that mark its owner.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Remove tags that neither O(tags) nor O(owner) names. Tags of others are left alone by default.
    type: bool
    default: false
"""
