#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: kms_key_plan
version_added: 1.0.0
short_description: Compare a KMS key and its alias with what is wanted
description:
  - Finds the key behind an alias, and the key of ours by its tags should the alias be missing or point elsewhere. Says
    whether the key is to be made, mended, revived or removed, and the alias to be mended.
  - It changes nothing. M(amazon.aws.kms_key) does what RV(key_to_change) and RV(key_to_remove) say, M(terraglue.aws.kms_alias)
    what RV(alias_to_change) says, in that order.
  - The key is tagged with its alias (C(terraglue:alias)) beside its owner, because one environment may have several keys.
  - A removed key keeps its alias while it waits for its end, so that making it again revives it instead of leaving dying
    keys behind.
options:
  alias:
    description: The alias, C(alias/…). It may hold placeholders.
    type: str
    required: true
  policy_file:
    description: JSON file of the key's policy. It may hold placeholders. Required with O(state=present).
    type: path
  description:
    description: Description of the key. Left as it is when not given.
    type: str
  key_usage:
    description: What the key is for. It cannot be changed later.
    type: str
    choices: [ENCRYPT_DECRYPT, SIGN_VERIFY]
    default: ENCRYPT_DECRYPT
  key_spec:
    description: Kind of key. It cannot be changed later.
    type: str
    choices:
      - SYMMETRIC_DEFAULT
      - RSA_2048
      - RSA_3072
      - RSA_4096
      - ECC_NIST_P256
      - ECC_NIST_P384
      - ECC_NIST_P521
      - ECC_SECG_P256K1
    default: SYMMETRIC_DEFAULT
  enabled:
    description: Whether the key can be used.
    type: bool
    default: true
  rotation:
    description:
      - Whether AWS rotates the key each year. Only symmetric keys rotate, and AWS changes this only while a key is enabled;
        else it is left as it is.
    type: bool
    default: true
  pending_window:
    description: Days that a removed key waits for its end, 7 to 30.
    type: int
    default: 7
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.plan
seealso:
  - module: amazon.aws.kms_key
  - module: terraglue.aws.kms_alias
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Compare the key with what is wanted
  terraglue.aws.kms_key_plan:
    alias: alias/sandbox-data
    policy_file: policies/kms/data.json
    description: Key of the sandbox
    prefix: sandbox
    owner: sandbox
  register: plan

- name: Make, mend or revive the key
  amazon.aws.kms_key:
    alias: "{{ item.alias }}"
    key_id: "{{ item.key_id | default(omit, true) }}"
    description: "{{ item.description | default(omit, true) }}"
    enabled: "{{ item.enabled }}"
    enable_key_rotation: "{{ omit if item.enable_key_rotation is none else item.enable_key_rotation }}"
    key_spec: "{{ item.key_spec }}"
    key_usage: "{{ item.key_usage }}"
    policy: "{{ item.policy }}"
    tags: "{{ item.tags }}"
    purge_tags: false
  loop: "{{ [plan.key_to_change] | select | list }}"
  when: not ansible_check_mode

- name: Point the alias to the key
  terraglue.aws.kms_alias:
    name: "{{ item.name }}"
    target_key: "{{ item.key_arn }}"
    owner: sandbox
  loop: "{{ [plan.alias_to_change] | select | list }}"
  when: not ansible_check_mode
"""

RETURN = r"""
account_id:
  description: The caller's account.
  returned: always
  type: str
  sample: "123456789012"
region:
  description: The region.
  returned: always
  type: str
  sample: us-east-1
partition:
  description: The partition of the region.
  returned: always
  type: str
  sample: aws
alias:
  description: The alias, placeholders filled in.
  returned: always
  type: str
  sample: alias/sandbox-data
key_id:
  description: Id of the key, null when it does not exist yet.
  returned: always
  type: str
  sample: 1234abcd-12ab-34cd-56ef-1234567890ab
key_arn:
  description: ARN of the key, null when it does not exist yet.
  returned: always
  type: str
  sample: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
status:
  description: State of the key, such as V(absent), V(enabled), V(disabled) or V(pending_deletion).
  returned: always
  type: str
  sample: enabled
key_to_change:
  description:
    - The key to make or mend, with all that M(amazon.aws.kms_key) needs, or null. C(key_id) is null for a new key.
      C(changes) is what differs, in short words.
  returned: always
  type: dict
  sample:
    alias: alias/sandbox-data
    key_id: 1234abcd-12ab-34cd-56ef-1234567890ab
    key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    status: pending_deletion
    changes: [key state]
    description: Key of the sandbox
    enabled: true
    enable_key_rotation: true
    key_spec: SYMMETRIC_DEFAULT
    key_usage: ENCRYPT_DECRYPT
    policy: '{"Version":"2012-10-17","Statement":[]}'
    tags: {"terraglue:owner": sandbox, "terraglue:alias": alias/sandbox-data, "ManagedBy": terraglue.aws}
alias_to_change:
  description: The alias to make or to point to the key, or null. C(found_key_arn) is what it points to now, or null.
  returned: always
  type: dict
  sample:
    name: alias/sandbox-data
    key_id: 1234abcd-12ab-34cd-56ef-1234567890ab
    key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    found_key_arn: null
key_to_remove:
  description: The key to schedule for deletion, or null. It is the first of RV(keys_to_remove).
  returned: always
  type: dict
  sample: {"alias": "alias/sandbox-data", "key_id": "1234abcd-12ab-34cd-56ef-1234567890ab", "pending_window": 7}
keys_to_remove:
  description:
    - All keys of ours that belong to the alias and do not wait for their end yet. There is more than one only when an
      earlier run was cut off.
  returned: always
  type: list
  elements: dict
  sample: []
to_change:
  description: RV(key_to_change) as a list of none or one.
  returned: always
  type: list
  elements: dict
  sample: []
to_remove:
  description: The same as RV(keys_to_remove).
  returned: always
  type: list
  elements: dict
  sample: []
left_alone:
  description: Keys that a removal passes by, each with the reason.
  returned: always
  type: list
  elements: dict
  sample: []
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, run
from ansible_collections.terraglue.aws.plugins.module_utils.kms import (
    ALIAS_TAG,
    ROTATES,
    Key,
    Wanted,
    alias_fault,
    find,
    find_tagged,
    key_drift,
    preferred,
    read_policy,
    read_rotation,
)
from ansible_collections.terraglue.aws.plugins.module_utils.placeholders import fill
from ansible_collections.terraglue.aws.plugins.module_utils.plan import (
    Found,
    Ownership,
    conclude,
    entry,
    plan_options,
    stands_for,
    words,
)
from ansible_collections.terraglue.aws.plugins.module_utils.policy_document import (
    as_text,
    read_key_policy,
)
from ansible_collections.terraglue.aws.plugins.module_utils.session import (
    caller,
    client,
    in_parallel,
)
from ansible_collections.terraglue.aws.plugins.module_utils.state import differs, removal
from ansible_collections.terraglue.aws.plugins.module_utils.tags import desired_tags


class Search(NamedTuple):
    """What was found: the key behind the alias, and the keys of ours, the best first."""

    alias: str
    behind: Key | None
    ours: list[Key]

    @property
    def found(self) -> Found | None:
        """The key behind the alias, for the question whose it is."""
        return Found("key behind", self.alias, self.behind.tags) if self.behind else None


def search(module: AnsibleAWSModule, kms: Any, alias: str, ownership: Ownership) -> Search:
    """Look behind the alias, and for keys by their tags."""
    searches: list[Callable[[], Any]] = [lambda: find(kms, alias)]
    owner = ownership.owner
    if owner:
        tagging = client(module, "resourcegroupstaggingapi")
        searches.append(lambda: find_tagged(kms, tagging, owner, alias))
    behind, *tagged = in_parallel(lambda one: one(), searches)
    result = Search(alias, behind, [])
    ours = {key.arn: key for key in (tagged[0] if tagged else [])}
    if result.found and ownership.ours(result.found):
        ours[behind.arn] = behind
    return result._replace(ours=preferred(ours.values(), behind.arn if behind else None))


def require_same_kind(key: Key, params: Mapping[str, Any]) -> None:
    """Usage and spec are a key's for life."""
    if (key.usage, key.spec) != (params["key_usage"], params["key_spec"]):
        raise TerraglueError(
            f"The key {key.arn} is {key.usage} {key.spec}, and {params['key_usage']}"
            f" {params['key_spec']} is wanted. AWS cannot change that. Choose another alias for the"
            " new key, or correct key_usage and key_spec. Nothing was changed.",
            key_arn=key.arn,
        )


def to_change(
    alias: str, key: Key | None, wanted: Wanted, said: list[str], params: Mapping[str, Any]
) -> dict[str, Any]:
    """All that amazon.aws.kms_key needs.

    A key that is or gets disabled refuses a change of its rotation; a new one is rotated before it
    is disabled.
    """
    return {
        "alias": alias,
        "key_id": key.key_id if key else None,
        "key_arn": key.arn if key else None,
        "status": key.status if key else "absent",
        "changes": said,
        "description": wanted.description,
        "enabled": wanted.enabled,
        "enable_key_rotation": wanted.rotation if wanted.enabled or key is None else None,
        "key_spec": params["key_spec"],
        "key_usage": params["key_usage"],
        "policy": as_text(wanted.policy),
        "tags": dict(wanted.tags),
    }


def present(
    kms: Any, params: Mapping[str, Any], searched: Search, ownership: Ownership, policy: Any
) -> dict[str, Any]:
    """What makes the key and its alias as they should be."""
    alias, behind = searched.alias, searched.behind
    key = searched.ours[0] if searched.ours else behind
    if key and not searched.ours and searched.found:
        ownership.require([searched.found])
    tags = desired_tags(ownership.owner, params["tags"])
    wanted = Wanted(
        description=params["description"],
        enabled=params["enabled"],
        rotation=params["rotation"] if params["key_spec"] == ROTATES else None,
        policy=policy,
        tags={**tags, ALIAS_TAG: alias} if ownership.owner else tags,
        purge_tags=params["purge_tags"],
    )
    if key:
        require_same_kind(key, params)
        found_policy, rotation = in_parallel(
            lambda read: read(kms, key.arn), [read_policy, read_rotation]
        )
        change = key_drift(wanted, key, found_policy, rotation)
    else:
        change = wanted.as_new()
    diff, key_to_change, alias_to_change = [], None, None
    if differs(change):
        diff.append(entry("key", alias, change))
        said = words(change) if key else ["create"]
        key_to_change = to_change(alias, key, wanted, said, params)
    found_arn = behind.arn if behind else None
    if key and found_arn != key.arn:
        before = {"target_key": found_arn} if found_arn else {}
        diff.append(entry("alias", alias, {"before": before, "after": {"target_key": key.arn}}))
        alias_to_change = {
            "name": alias,
            "key_id": key.key_id,
            "key_arn": key.arn,
            "found_key_arn": found_arn,
        }
    return {
        "diff": diff,
        "key": key,
        "key_to_change": key_to_change,
        "alias_to_change": alias_to_change,
        "keys_to_remove": [],
    }


def absent(searched: Search, ownership: Ownership, pending_window: int) -> dict[str, Any]:
    """What is ours and does not wait for its end yet."""
    left: list[dict[str, str]] = []
    if searched.found and not searched.ours:
        ownership.removable(searched.found, left)
    going = [key for key in searched.ours if not key.pending]
    return {
        "diff": [
            removal(f"key {searched.alias}", {"key_arn": key.arn, "key_state": key.state})
            for key in going
        ],
        "left": left,
        "key": searched.ours[0] if searched.ours else None,
        "key_to_change": None,
        "alias_to_change": None,
        "keys_to_remove": [
            {
                "alias": searched.alias,
                "key_id": key.key_id,
                "key_arn": key.arn,
                "pending_window": pending_window,
            }
            for key in going
        ],
    }


def plan(module: AnsibleAWSModule) -> dict[str, Any]:
    """Judge the options, find, judge ownership, compare."""
    params = module.params
    if not 7 <= params["pending_window"] <= 30:
        raise TerraglueError(
            f"pending_window is {params['pending_window']}; AWS takes 7 to 30 days."
        )
    who = caller(module)
    values = stands_for(who, params)
    alias = fill(params["alias"], values)
    fault = alias_fault(alias)
    if fault:
        raise TerraglueError(f"alias: {fault}. Nothing was changed.")
    kms, ownership = client(module, "kms"), Ownership.of(params, "kms_adopt", values)
    if params["state"] == "present":
        policy = read_key_policy(params["policy_file"], values)
        searched = search(module, kms, alias, ownership)
        outcome = present(kms, params, searched, ownership, policy)
    else:
        searched = search(module, kms, alias, ownership)
        outcome = absent(searched, ownership, params["pending_window"])
    key = outcome.pop("key")
    going = outcome["keys_to_remove"]
    return conclude(
        module,
        who,
        alias=alias,
        key_id=key.key_id if key else None,
        key_arn=key.arn if key else None,
        status=key.status if key else "absent",
        key_to_remove=going[0] if going else None,
        to_change=[outcome["key_to_change"]] if outcome["key_to_change"] else [],
        to_remove=going,
        **outcome,
    )


def main() -> None:
    """Entry point."""
    module = AnsibleAWSModule(
        argument_spec={
            **plan_options(),
            "alias": {"type": "str", "required": True},
            "policy_file": {"type": "path"},
            "description": {"type": "str"},
            "key_usage": {
                "type": "str",
                "choices": ["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
                "default": "ENCRYPT_DECRYPT",
                "no_log": False,
            },
            "key_spec": {
                "type": "str",
                "choices": [
                    "SYMMETRIC_DEFAULT",
                    "RSA_2048",
                    "RSA_3072",
                    "RSA_4096",
                    "ECC_NIST_P256",
                    "ECC_NIST_P384",
                    "ECC_NIST_P521",
                    "ECC_SECG_P256K1",
                ],
                "default": "SYMMETRIC_DEFAULT",
                "no_log": False,
            },
            "enabled": {"type": "bool", "default": True},
            "rotation": {"type": "bool", "default": True},
            "pending_window": {"type": "int", "default": 7},
        },
        required_if=[("state", "present", ["policy_file"])],
        supports_check_mode=True,
    )
    run(module, plan)


if __name__ == "__main__":
    main()
