#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: log_groups_plan
version_added: 1.0.0
short_description: Compare CloudWatch log groups with what is wanted
description:
  - Reads a set of log groups side by side, judges whose they are, and says which are to be made, mended or removed.
  - It changes nothing. M(amazon.aws.cloudwatchlogs_log_group) does what RV(to_change) and RV(to_remove) say, and
    M(terraglue.aws.log_groups_kms) what RV(kms_to_change) says, since the former sets a key only when it makes a group.
options:
  names:
    description: Names of the log groups. They may hold placeholders.
    type: list
    elements: str
    required: true
  retention_days:
    description:
      - Days after which log events go. Left as it is when not given.
      - These are the days that M(amazon.aws.cloudwatchlogs_log_group) takes. CloudWatch knows some more, but that module
        removes a log group when it is asked for one of those.
    type: int
    choices: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653]
  kms_key_arn:
    description: ARN of the key that encrypts the log groups. Without it they are encrypted by CloudWatch's own key.
    type: str
  late_prefixes:
    description:
      - With O(state=absent) the log groups whose names begin with these are removed too, such as those that Glue itself made
        during a run, without tags. Only groups of another owner are passed by. Names may hold placeholders.
      - A prefix that covers the logs of all Glue jobs of an account is refused.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.plan
seealso:
  - module: amazon.aws.cloudwatchlogs_log_group
  - module: terraglue.aws.log_groups_kms
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Compare the log groups with what is wanted
  terraglue.aws.log_groups_plan:
    names:
      - /sandbox/nightly/output
      - /sandbox/nightly/error
    retention_days: 365
    kms_key_arn: "{{ key_arn }}"
    owner: sandbox
  register: plan

- name: Make or mend the log groups
  amazon.aws.cloudwatchlogs_log_group:
    log_group_name: "{{ item.name }}"
    retention: "{{ item.retention | default(omit, true) }}"
    kms_key_id: "{{ item.kms_key_arn | default(omit, true) }}"
    tags: "{{ item.tags }}"
    purge_tags: false
  loop: "{{ plan.to_change }}"
  when: not ansible_check_mode

- name: Tie the log groups to the key
  terraglue.aws.log_groups_kms:
    names: "{{ plan.kms_to_change }}"
    kms_key_arn: "{{ key_arn }}"
  when: plan.kms_to_change | length > 0 and not ansible_check_mode
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
names:
  description: The names, placeholders filled in.
  returned: always
  type: list
  elements: str
  sample: [/sandbox/nightly/output]
arns:
  description: Name to ARN.
  returned: always
  type: dict
  sample: {"/sandbox/nightly/output": "arn:aws:logs:us-east-1:123456789012:log-group:/sandbox/nightly/output"}
to_change:
  description:
    - The log groups to make or mend, with all that M(amazon.aws.cloudwatchlogs_log_group) needs. C(create) says whether the
      group is new; C(changes) is what differs, in short words.
  returned: always
  type: list
  elements: dict
  sample:
    - name: /sandbox/nightly/output
      create: true
      changes: [create]
      retention: 365
      kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
      tags: {"terraglue:owner": sandbox, "ManagedBy": terraglue.aws}
kms_to_change:
  description: Names of log groups that exist and have another key than the wanted one.
  returned: always
  type: list
  elements: str
  sample: []
to_remove:
  description: The log groups to remove.
  returned: always
  type: list
  elements: dict
  sample: [{"name": "/sandbox/nightly/output"}]
left_alone:
  description: Log groups that a removal passes by, each with the reason.
  returned: always
  type: list
  elements: dict
  sample: []
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, run
from ansible_collections.terraglue.aws.plugins.module_utils.log_groups import (
    Group,
    group_drift,
    late_prefix_fault,
    name_fault,
    read_below,
    read_group,
)
from ansible_collections.terraglue.aws.plugins.module_utils.placeholders import fill
from ansible_collections.terraglue.aws.plugins.module_utils.plan import (
    Found,
    Ownership,
    conclude,
    entry,
    plan_options,
    stands_for,
    touched,
    words,
)
from ansible_collections.terraglue.aws.plugins.module_utils.session import (
    caller,
    client,
    in_parallel,
)
from ansible_collections.terraglue.aws.plugins.module_utils.state import differs, removal
from ansible_collections.terraglue.aws.plugins.module_utils.tags import OWNER_TAG, desired_tags
from ansible_collections.terraglue.aws.plugins.module_utils.value_rules import RETENTION_DAYS


def _found(group: Group) -> Found:
    return Found("log group", group.name, group.tags)


def present(
    params: dict[str, Any], names: list[str], groups: list[Group | None], ownership: Ownership
) -> dict[str, Any]:
    """What makes the log groups as they should be."""
    ownership.require(_found(group) for group in groups if group)
    tags = desired_tags(params["owner"], params["tags"])
    kms_key_arn = params["kms_key_arn"] or None
    diff, to_change, kms_to_change = [], [], []
    for name, group in zip(names, groups):
        change = group_drift(
            group, params["retention_days"], kms_key_arn, tags, params["purge_tags"]
        )
        # A group without any setting is still to be made.
        if group and not differs(change):
            continue
        diff.append(entry("log group", name, change))
        if group and "kms_key_arn" in touched(change):
            kms_to_change.append(name)
        if touched(change) != ["kms_key_arn"] or group is None:
            to_change.append(
                {
                    "name": name,
                    "create": group is None,
                    "changes": words(change) if group else ["create"],
                    "retention": params["retention_days"],
                    "kms_key_arn": kms_key_arn,
                    "tags": tags,
                }
            )
    return {
        "diff": diff,
        "to_change": to_change,
        "kms_to_change": kms_to_change,
        "to_remove": [],
    }


def absent(groups: list[Group], late: list[Group], ownership: Ownership) -> dict[str, Any]:
    """What is ours, and what a service made late for us."""
    left: list[dict[str, str]] = []
    going = [group for group in groups if ownership.removable(_found(group), left)]
    known = {group.name for group in groups}
    for group in late:
        if group.name in known:
            continue
        known.add(group.name)
        if OWNER_TAG not in group.tags or ownership.removable(_found(group), left):
            going.append(group)
    return {
        "diff": [
            removal(f"log group {group.name}", {"arn": group.arn, "tags": dict(group.tags)})
            for group in going
        ],
        "left": left,
        "to_change": [],
        "kms_to_change": [],
        "to_remove": [{"name": group.name} for group in going],
    }


def plan(module: AnsibleAWSModule) -> dict[str, Any]:
    """Read, judge, compare."""
    params = module.params
    who = caller(module)
    values = stands_for(who, params)
    names = list(dict.fromkeys(fill(name, values) for name in params["names"]))
    prefixes = [fill(prefix, values) for prefix in params["late_prefixes"]]
    faults = [fault for fault in map(name_fault, names) if fault]
    faults += [f"late_prefixes: {fault}" for fault in map(late_prefix_fault, prefixes) if fault]
    if faults:
        raise TerraglueError("Nothing was changed: " + "; ".join(faults) + ".", faults=faults)
    logs = client(module, "logs")
    groups = in_parallel(lambda name: read_group(logs, name), names)
    ownership = Ownership.of(params, "glue_adopt", values)
    if params["state"] == "present":
        outcome = present(params, names, groups, ownership)
    else:
        late = in_parallel(lambda prefix: read_below(logs, prefix), prefixes)
        outcome = absent(
            [group for group in groups if group],
            [one for below in late for one in below],
            ownership,
        )
    here = f"arn:{who.partition}:logs:{who.region}:{who.account}:log-group"
    arns = {name: f"{here}:{name}" for name in names}
    return conclude(module, who, names=names, arns=arns, **outcome)


def main() -> None:
    """Entry point."""
    module = AnsibleAWSModule(
        argument_spec={
            **plan_options(),
            "names": {"type": "list", "elements": "str", "required": True},
            "retention_days": {"type": "int", "choices": list(RETENTION_DAYS)},
            "kms_key_arn": {"type": "str", "no_log": False},
            "late_prefixes": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    run(module, plan)


if __name__ == "__main__":
    main()
