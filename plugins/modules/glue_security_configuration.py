#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: glue_security_configuration
version_added: 1.0.0
short_description: Manage a Glue security configuration
description:
  - Creates, replaces and removes a security configuration, which says how Glue encrypts what jobs write to S3, their logs and their bookmarks.
  - AWS cannot change one. A configuration that differs is replaced so that every job of O(owner) that uses it names an existing one at all times.
    A copy with the wanted settings is made as C(<name>-replacement), the jobs are pointed to it, the configuration is made anew, the jobs are pointed back,
    and the copy is removed. A run that was interrupted on the way is completed by the next.
  - AWS cannot tag one either. It is O(owner)'s when a job tagged with C(terraglue:owner) uses it, or a key in it carries that tag, or all keys in it are
    O(kms_key_arn), or it is exactly as the task describes it and no job uses it. A job or key of another environment makes it that environment's.
options:
  name:
    description: Name of the security configuration.
    type: str
    required: true
  state:
    description: Whether the security configuration exists.
    type: str
    choices: [present, absent]
    default: present
  kms_key_arn:
    description:
      - ARN of the key for all that is encrypted with KMS.
      - Required when O(state=present) and any mode is one of KMS.
      - With O(state=absent), tells that a configuration with this key is O(owner)'s.
    type: str
  s3_encryption_mode:
    description: How jobs encrypt what they write to S3.
    type: str
    choices: [SSE-KMS, SSE-S3, DISABLED]
    default: SSE-KMS
  cloudwatch_encryption_mode:
    description: How logs are encrypted.
    type: str
    choices: [SSE-KMS, DISABLED]
    default: SSE-KMS
  job_bookmarks_encryption_mode:
    description: How bookmarks are encrypted.
    type: str
    choices: [CSE-KMS, DISABLED]
    default: CSE-KMS
  owner:
    description:
      - The environment that the configuration belongs to, usually its prefix.
      - A configuration of the right name that is not its own is not replaced (the task fails and says what it found) and not removed (the task warns).
      - When not given, the module asks nobody whose the configuration is, and every job counts as one's own.
    type: str
  adopt:
    description: Treat the configuration as O(owner)'s whatever the jobs and keys say. It cannot be marked, so this is needed for every change.
    type: bool
    default: false
  force:
    description:
      - Replace or remove the configuration even though jobs use it that are not O(owner)'s (for a removal without O(owner), any job).
        Those jobs are not changed. Their runs fail while it does not exist.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.full
seealso:
  - module: terraglue.aws.glue_security_configuration_info
  - module: terraglue.aws.glue_job
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Encrypt data, logs and bookmarks with one key
  terraglue.aws.glue_security_configuration:
    name: gluejob-sot-ecommerce-br-security-config
    kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    owner: terraglue

- name: Without a key of one's own
  terraglue.aws.glue_security_configuration:
    name: plain
    s3_encryption_mode: SSE-S3
    cloudwatch_encryption_mode: DISABLED
    job_bookmarks_encryption_mode: DISABLED

- name: Remove it
  terraglue.aws.glue_security_configuration:
    name: gluejob-sot-ecommerce-br-security-config
    owner: terraglue
    state: absent
"""

RETURN = r"""
security_configuration:
  description: The configuration as AWS has it; as it would be in check mode; empty when it is absent.
  returned: success
  type: dict
  sample:
    cloudwatch_encryption_mode: SSE-KMS
    cloudwatch_kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd
    job_bookmarks_encryption_mode: CSE-KMS
    job_bookmarks_kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd
    jobs: [gluejob-sot-ecommerce-br]
    name: gluejob-sot-ecommerce-br-security-config
    s3_encryption_mode: SSE-KMS
    s3_kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd
changes:
  description: Names of the settings that differed; V(replacement) when the rest of an interrupted run was completed; V(state) for a removal.
  returned: success
  type: list
  elements: str
  sample: [job_bookmarks_encryption_mode, job_bookmarks_kms_key_arn]
jobs:
  description: The jobs of others that use it.
  returned: when they stopped the module
  type: list
  elements: str
msg:
  description: Why a configuration was not removed.
  returned: when it is not the owner's
  type: str
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    errors,
    outcome,
    session,
    state,
    tags,
)
from ansible_collections.terraglue.aws.plugins.module_utils import (
    glue_security_configuration as configurations,
)

KIND = "Glue security configuration"
KEY = "security_configuration"


class Scene(NamedTuple):
    """What is there: the configuration, the rest of an interrupted replacement, and their jobs.

    ``present`` holds those that exist by name, ``owners`` the tags that say whose they are.
    """

    name: str
    wanted: dict[str, Any]
    present: dict[str, dict[str, Any]]
    users: dict[str, list[configurations.User]]
    owners: dict[str, dict[str, str]]

    @property
    def substitute(self) -> str:
        """The name of the copy that replaces the configuration for a while."""
        return configurations.replacement_of(self.name)

    def returned(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration as the module returns it."""
        users = [user for using in self.users.values() for user in using]
        return configurations.returned(self.name, found, users)


def look(module: AnsibleAWSModule, glue: Any) -> Scene:
    """Read all that decides what is to be done."""
    options = module.params
    name, owner, key = options["name"], options["owner"], options["kms_key_arn"] or None
    names = (name, configurations.replacement_of(name))
    wanted = configurations.settings({**options, "kms_key_arn": key})
    answers = session.in_parallel(lambda each: configurations.get(glue, each), names)
    present = {each: found for each, found in zip(names, answers) if found}
    users: dict[str, list[configurations.User]] = {each: [] for each in names}
    owners: dict[str, dict[str, str]] = {each: {} for each in names}
    if present:
        caller = session.caller(module)
        users = configurations.users_of(glue, lambda job: caller.glue_arn("job", job), names)
    if present and owner:
        kms = session.client(module, "kms")
        for each, found in present.items():
            owners[each] = configurations.owner_tags(
                configurations.described(found),
                users[each],
                configurations.key_tags(kms, found),
                owner,
                wanted,
                key,
            )
    return Scene(name, wanted, present, users, owners)


def ensure_present(module: AnsibleAWSModule, glue: Any, seen: Scene) -> dict[str, Any]:
    """Create the configuration, or replace it where it differs."""
    options = module.params
    name, owner, adopt, force = seen.name, options["owner"], options["adopt"], options["force"]
    needy = [mode for mode in seen.wanted if mode.endswith("_mode") and "KMS" in seen.wanted[mode]]
    if needy and not options["kms_key_arn"]:
        raise errors.TerraglueError(
            f"kms_key_arn of {KIND} {name} is missing; it is needed for {', '.join(needy)}."
        )
    before, leftover = seen.present.get(name), seen.present.get(seen.substitute)
    change = state.drift(seen.wanted, configurations.described(before) if before else None)
    replacing = before is not None and state.differs(change)
    if before:
        tags.require_ours(KIND, name, seen.owners[name], owner, adopt, "glue_adopt")
    if replacing:
        foreign = configurations.others(seen.users[name], owner)
        configurations.refuse_others(name, foreign, "Replacing it", force)
    if leftover and (replacing or adopt or tags.is_ours(seen.owners[seen.substitute], owner)):
        found = seen.owners[seen.substitute]
        tags.require_ours(KIND, seen.substitute, found, owner, adopt, "glue_adopt")
        foreign = configurations.others(seen.users[seen.substitute], owner)
        configurations.refuse_others(seen.substitute, foreign, "Removing it", force)
        change = outcome.together(change, {"before": {"replacement": seen.substitute}, "after": {}})
    else:
        # Somebody's own configuration, which only happens to have that name, is not in the way.
        leftover = None

    if state.differs(change) and not module.check_mode:
        configurations.replace(glue, name, seen.wanted, before, leftover, seen.users, owner)
    return outcome.changed(KEY, name, change, seen.returned(seen.wanted))


def ensure_absent(module: AnsibleAWSModule, glue: Any, seen: Scene) -> dict[str, Any]:
    """Remove the configuration, and what an interrupted replacement left."""
    options = module.params
    owner = options["owner"]
    going: dict[str, Any] = {}
    why = ""
    for name, configuration in seen.present.items():
        if not options["adopt"] and not tags.is_ours(seen.owners[name], owner):
            if name == seen.name:
                why = tags.left_alone(KIND, name, seen.owners[name], owner)
                module.warn(why)
            continue
        # Jobs of ours are no hindrance: they go as well, or name another one by then.
        users = seen.users[name]
        foreign = configurations.others(users, owner) if owner else [user.name for user in users]
        configurations.refuse_others(name, foreign, "Removing it", options["force"])
        going[name] = configurations.described(configuration)

    if not module.check_mode:
        for name in going:
            configurations.delete(glue, name)
    if why and not going:
        found = configurations.described(seen.present[seen.name])
        return outcome.kept(KEY, seen.name, seen.returned(found), why)
    return outcome.gone(KEY, seen.name, going or None)


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """The result of the module."""
    glue = session.client(module, "glue")
    ensure = ensure_present if module.params["state"] == "present" else ensure_absent
    return ensure(module, glue, look(module, glue))


def main() -> None:
    """Declare the options and do the work."""
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "kms_key_arn": {"type": "str", "no_log": False},
            "s3_encryption_mode": {
                "type": "str",
                "choices": ["SSE-KMS", "SSE-S3", "DISABLED"],
                "default": "SSE-KMS",
            },
            "cloudwatch_encryption_mode": {
                "type": "str",
                "choices": ["SSE-KMS", "DISABLED"],
                "default": "SSE-KMS",
            },
            "job_bookmarks_encryption_mode": {
                "type": "str",
                "choices": ["CSE-KMS", "DISABLED"],
                "default": "CSE-KMS",
            },
            "owner": {"type": "str"},
            "adopt": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    errors.run(module, work)


if __name__ == "__main__":
    main()
