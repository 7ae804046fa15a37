# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes that all plans share; the part NAMES is for names alone."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - Whether the resources are to exist. With V(absent) the plan lists what is to be removed.
    type: str
    choices: [present, absent]
    default: present
  prefix:
    description: What C(<prefix>) stands for in names and documents.
    type: str
  variables:
    description:
      - Further placeholders, name to value. A value may hold the built-in ones C(<account_id>), C(<region>),
        C(<partition>) and C(<prefix>), which it cannot replace.
    type: dict
    default: {}
  owner:
    description:
      - The environment that the resources belong to, usually its prefix. Resources are ours when their tag
        C(terraglue:owner) has this value.
      - Resources of the right name without that tag belong to somebody else. With O(state=present) the plan fails and
        names all of them, before anything is changed; with O(state=absent) it passes them by with a warning.
      - When not given, the plan asks nobody whose a resource is.
    type: str
  adopt:
    description: Names of resources to take over although they do not carry the tag of O(owner). They may hold placeholders.
    type: list
    elements: str
    default: []
  tags:
    description: Tags of the resources, beside those that mark their owner.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Take tags that neither O(tags) nor O(owner) names for a difference. Tags of others are left alone by default.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
    details:
      - A plan never changes anything. In check mode it reports C(changed) and the difference for the tasks that act on it,
        which are skipped there. Outside check mode those tasks report what they change, and the plan itself is not changed.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: full
    details: In check mode only.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
"""

    NAMES = r"""
options:
  prefix:
    description: What C(<prefix>) stands for in names.
    type: str
  variables:
    description: Further placeholders of names, name to value. A value may hold the built-in placeholders.
    type: dict
    default: {}
"""
