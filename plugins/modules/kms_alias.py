#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: kms_alias
version_added: 1.0.0
short_description: Point an alias to a KMS key
description:
  - Makes an alias, points one that exists to another key, or removes it. M(amazon.aws.kms_key) makes an alias with its key
    but cannot point it elsewhere afterwards.
options:
  name:
    description: The alias, C(alias/…).
    type: str
    required: true
    aliases: [alias]
  target_key:
    description: Id or ARN of the key. Required with O(state=present).
    type: str
    aliases: [key_id, key_arn]
  state:
    description: Whether the alias is to exist.
    type: str
    choices: [present, absent]
    default: present
  owner:
    description:
      - The environment that the key belongs to, usually its prefix. An alias has no tags, its key has.
      - With O(state=present) the key of O(target_key) must carry the tag C(terraglue:owner) with this value, else the task
        fails. With O(state=absent) the key behind the alias must, else the alias is left as it is and the task warns.
      - When not given, the module asks nobody whose the key is.
    type: str
  adopt:
    description: Accept a O(target_key) that does not carry the tag of O(owner).
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.full
seealso:
  - module: amazon.aws.kms_key
  - module: terraglue.aws.kms_key_plan
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Point the alias to our key again
  terraglue.aws.kms_alias:
    name: alias/sandbox-data
    target_key: 1234abcd-12ab-34cd-56ef-1234567890ab
    owner: sandbox

- name: Remove the alias
  terraglue.aws.kms_alias:
    name: alias/sandbox-data
    state: absent
"""

RETURN = r"""
name:
  description: The alias.
  returned: always
  type: str
  sample: alias/sandbox-data
key_id:
  description: Id of the key that the alias points to, null when it is gone.
  returned: always
  type: str
  sample: 1234abcd-12ab-34cd-56ef-1234567890ab
key_arn:
  description: ARN of the key that the alias points to, null when it is gone.
  returned: always
  type: str
  sample: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
previous_key_arn:
  description: ARN of the key that the alias pointed to before, null when there was no alias.
  returned: always
  type: str
  sample: null
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, run
from ansible_collections.terraglue.aws.plugins.module_utils.kms import (
    Key,
    alias_fault,
    create_alias,
    delete_alias,
    find,
    update_alias,
)
from ansible_collections.terraglue.aws.plugins.module_utils.plan import entry
from ansible_collections.terraglue.aws.plugins.module_utils.session import client
from ansible_collections.terraglue.aws.plugins.module_utils.tags import (
    is_ours,
    left_alone,
    require_ours,
)


def outcome(alias: str, before: Key | None, after: Key | None) -> dict[str, Any]:
    """The module's result."""
    changed = (before.arn if before else None) != (after.arn if after else None)
    result = {
        "changed": changed,
        "name": alias,
        "key_id": after.key_id if after else None,
        "key_arn": after.arn if after else None,
        "previous_key_arn": before.arn if before else None,
    }
    if changed:
        change = {
            "before": {"target_key": before.arn} if before else {},
            "after": {"target_key": after.arn} if after else {},
        }
        result["diff"] = [entry("alias", alias, change)]
    return result


def point(module: AnsibleAWSModule, kms: Any, alias: str, behind: Key | None) -> dict[str, Any]:
    """Let the alias point to the wanted key."""
    params = module.params
    target = find(kms, params["target_key"])
    if target is None:
        raise TerraglueError(f"There is no key {params['target_key']} for the alias {alias}.")
    require_ours("key", target.arn, target.tags, params["owner"], params["adopt"], "kms_adopt")
    if target.pending:
        raise TerraglueError(
            f"The key {target.arn} is scheduled for deletion, and AWS points no alias to such a key."
            " Revive it first (amazon.aws.kms_key with state present)."
        )
    result = outcome(alias, behind, target)
    if result["changed"] and not module.check_mode:
        (update_alias if behind else create_alias)(kms, alias, target.key_id)
    return result


def remove(module: AnsibleAWSModule, kms: Any, alias: str, behind: Key | None) -> dict[str, Any]:
    """Remove the alias of a key of ours."""
    owner = module.params["owner"]
    if behind and not is_ours(behind.tags, owner):
        module.warn(left_alone("key behind", alias, behind.tags, owner))
        return outcome(alias, behind, behind)
    if behind and not module.check_mode:
        delete_alias(kms, alias)
    return outcome(alias, behind, None)


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """Make, point or remove."""
    alias = module.params["name"]
    fault = alias_fault(alias)
    if fault:
        raise TerraglueError(f"name: {fault}.")
    kms = client(module, "kms")
    verb = point if module.params["state"] == "present" else remove
    return verb(module, kms, alias, find(kms, alias))


def main() -> None:
    """Entry point."""
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True, "aliases": ["alias"]},
            "target_key": {"type": "str", "aliases": ["key_id", "key_arn"], "no_log": False},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "owner": {"type": "str"},
            "adopt": {"type": "bool", "default": False},
        },
        required_if=[("state", "present", ["target_key"])],
        supports_check_mode=True,
    )
    run(module, work)


if __name__ == "__main__":
    main()
