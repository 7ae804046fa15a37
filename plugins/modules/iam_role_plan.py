#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: iam_role_plan
version_added: 1.0.0
short_description: Compare managed policies and a role with what is wanted
description:
  - Takes a folder of JSON files, each of which is a managed policy, and a role that has all of them attached. Reads the
    policies and the role side by side, judges whose they are, and says what is to be made, mended or removed.
  - It changes nothing. M(amazon.aws.iam_managed_policy), M(amazon.aws.iam_role) and M(amazon.aws.iam_policy) do what the
    plan says. Policies come before the role, both when they are made and when all is removed, so that a removal that was
    cut off finds by the role what is left. Only the removal of a single policy comes after the role has let go of it.
  - A role of ours has the policies of this plan and no others, whether attached or embedded.
options:
  policies_dir:
    description:
      - Folder of JSON files. Each is a managed policy with the name of the file. Files may hold placeholders.
      - Without it no policies are made, and the role has those of O(managed_policy_arns).
    type: path
  policy_prefix:
    description: What stands before the names of the policies. It may hold placeholders.
    type: str
    default: ""
  create_role:
    description: Whether there is a role.
    type: bool
    default: true
  role_name:
    description: Name of the role. It may hold placeholders. Required with O(create_role=true).
    type: str
  trust_services:
    description: Services that may assume the role.
    type: list
    elements: str
    default: [glue.amazonaws.com]
  source_account_condition:
    description: Let the services assume the role on behalf of this account only, the guard against confused deputies.
    type: bool
    default: true
  description:
    description: Description of the role. Left as it is when not given.
    type: str
  max_session_duration:
    description: Longest session of the role in seconds, 3600 to 43200.
    type: int
    default: 3600
  permissions_boundary:
    description: ARN of the policy that bounds the role's permissions. Left as it is when not given.
    type: str
  managed_policy_arns:
    description: ARNs of further policies to attach. They may hold placeholders.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.plan
seealso:
  - module: amazon.aws.iam_managed_policy
  - module: amazon.aws.iam_role
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Compare the policies and the role with what is wanted
  terraglue.aws.iam_role_plan:
    policies_dir: policies/iam
    role_name: <prefix>-job-role
    description: Role of the nightly job
    prefix: sandbox
    owner: sandbox
    variables:
      raw_bucket: <prefix>-raw-<account_id>-<region>
  register: plan

- name: Make or mend the policies
  amazon.aws.iam_managed_policy:
    name: "{{ item.name }}"
    policy: "{{ item.policy }}"
    tags: "{{ item.tags }}"
    purge_tags: false
  loop: "{{ plan.policies_to_change }}"
  when: not ansible_check_mode

- name: Make or mend the role
  amazon.aws.iam_role:
    name: "{{ item.name }}"
    description: "{{ item.description | default(omit, true) }}"
    assume_role_policy_document: "{{ item.assume_role_policy_document }}"
    managed_policies: "{{ item.managed_policies }}"
    purge_policies: true
    max_session_duration: "{{ item.max_session_duration }}"
    boundary: "{{ item.permissions_boundary | default(omit, true) }}"
    create_instance_profile: false
    delete_instance_profile: false
    tags: "{{ item.tags }}"
    purge_tags: false
  loop: "{{ [plan.role_to_change] | select | list }}"
  when: not ansible_check_mode

- name: Remove policies that somebody embedded in the role
  amazon.aws.iam_policy:
    iam_type: role
    iam_name: "{{ plan.role_name }}"
    policy_name: "{{ item }}"
    state: absent
  loop: "{{ plan.inline_policies_to_remove }}"
  when: not ansible_check_mode

- name: Remove policies of ours that have no file any more
  amazon.aws.iam_managed_policy:
    name: "{{ item.name }}"
    state: absent
  loop: "{{ plan.policies_to_remove }}"
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
role_name:
  description: Name of the role, null without one.
  returned: always
  type: str
  sample: sandbox-job-role
role_arn:
  description: ARN of the role, also when it does not exist yet; null without a role.
  returned: always
  type: str
  sample: arn:aws:iam::123456789012:role/sandbox-job-role
policy_arns:
  description: ARNs of the policies of the folder, also of those that do not exist yet.
  returned: always
  type: list
  elements: str
  sample: ["arn:aws:iam::123456789012:policy/job-s3"]
policies_to_change:
  description: The policies to make or mend, with all that M(amazon.aws.iam_managed_policy) needs.
  returned: always
  type: list
  elements: dict
  sample:
    - name: job-s3
      arn: arn:aws:iam::123456789012:policy/job-s3
      status: present
      changes: [document]
      policy: '{"Version":"2012-10-17","Statement":[]}'
      tags: {"terraglue:owner": sandbox, "ManagedBy": terraglue.aws}
role_to_change:
  description: The role to make or mend, with all that M(amazon.aws.iam_role) needs, or null.
  returned: always
  type: dict
  sample:
    name: sandbox-job-role
    arn: arn:aws:iam::123456789012:role/sandbox-job-role
    status: present
    changes: [trust policy]
    description: Role of the nightly job
    assume_role_policy_document: '{"Version":"2012-10-17","Statement":[]}'
    managed_policies: ["arn:aws:iam::123456789012:policy/job-s3"]
    max_session_duration: 3600
    permissions_boundary: null
    tags: {"terraglue:owner": sandbox, "ManagedBy": terraglue.aws}
inline_policies_to_remove:
  description: Names of policies that are embedded in our role.
  returned: always
  type: list
  elements: str
  sample: []
policies_to_remove:
  description:
    - The policies to remove. With O(state=present) those of ours that are attached to our role and have no file any more.
      With O(state=absent) those of the files too. Policies attached elsewhere as well are left, unless they have a file.
  returned: always
  type: list
  elements: dict
  sample: [{"name": "job-old", "arn": "arn:aws:iam::123456789012:policy/job-old"}]
role_to_remove:
  description: The role to remove, or null.
  returned: always
  type: dict
  sample: {"name": "sandbox-job-role", "arn": "arn:aws:iam::123456789012:role/sandbox-job-role"}
to_change:
  description: The names of all policies and roles to make or mend.
  returned: always
  type: list
  elements: str
  sample: [job-s3, sandbox-job-role]
to_remove:
  description: The names of all policies and roles to remove.
  returned: always
  type: list
  elements: str
  sample: []
left_alone:
  description: Policies and roles that are passed by, each with the reason.
  returned: always
  type: list
  elements: dict
  sample: []
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, run
from ansible_collections.terraglue.aws.plugins.module_utils.iam import (
    Policy,
    Role,
    WantedRole,
    list_policies,
    name_faults,
    policy_changes,
    read_policy,
    read_role,
    role_changes,
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
from ansible_collections.terraglue.aws.plugins.module_utils.policy_document import (
    as_text,
    policy_files,
    read_policies,
    trust_policy,
)
from ansible_collections.terraglue.aws.plugins.module_utils.session import (
    Caller,
    caller,
    client,
    in_parallel,
)
from ansible_collections.terraglue.aws.plugins.module_utils.state import differs, removal
from ansible_collections.terraglue.aws.plugins.module_utils.tags import desired_tags


class Actual(NamedTuple):
    """What is there: policies of our names, further customer policies on the role, the role."""

    policies: dict[str, Policy]
    further: list[Policy]
    role: Role | None


def read(iam: Any, names: list[str], role_name: str | None, who: Caller) -> Actual:
    """Look for all of it."""
    role_search = [lambda: read_role(iam, role_name)] if role_name else []
    arns, *roles = in_parallel(lambda search: search(), [lambda: list_policies(iam), *role_search])
    role = roles[0] if roles else None
    named = [arns[name] for name in names if name in arns]
    customers = f"arn:{who.partition}:iam::{who.account}:policy/"
    on_role = [arn for arn in (role.attached if role else ()) if arn.startswith(customers)]
    wanted = list(dict.fromkeys([*named, *on_role]))
    read_all = in_parallel(lambda arn: read_policy(iam, arn), wanted)
    found = [policy for policy in read_all if policy is not None]
    return Actual(
        policies={policy.name: policy for policy in found if policy.name in names},
        further=[policy for policy in found if policy.name not in names],
        role=role,
    )


def stale(
    actual: Actual, ownership: Ownership, keep: tuple[str, ...], left: list[dict[str, str]]
) -> list[Policy]:
    """Policies of ours on our role that nothing names any more."""
    going = []
    for policy in actual.further:
        if policy.arn in keep or not ownership.owner or not ownership.ours(_policy(policy)):
            continue
        if policy.attachments > 1:
            reason = (
                f"The policy {policy.name} has no file any more but is attached elsewhere too."
                " It was detached from our role, not removed."
            )
            left.append({"name": policy.name, "reason": reason})
        else:
            going.append(policy)
    return going


def _policy(policy: Policy) -> Found:
    return Found("policy", policy.name, policy.tags)


def _role(role: Role) -> Found:
    return Found("role", role.name, role.tags)


def _named(things: list[Any]) -> list[dict[str, str]]:
    return [{"name": thing.name, "arn": thing.arn} for thing in things]


def _policy_removal(policy: Policy) -> dict[str, Any]:
    return removal(f"policy {policy.name}", {"arn": policy.arn, "tags": dict(policy.tags)})


def present(
    params: Mapping[str, Any],
    who: Caller,
    documents: Mapping[str, Mapping[str, Any]],
    role_name: str | None,
    further_arns: list[str],
    actual: Actual,
    ownership: Ownership,
) -> dict[str, Any]:
    """What makes the policies and the role as they should be."""
    found = [_policy(policy) for policy in actual.policies.values()]
    ownership.require(found + ([_role(actual.role)] if actual.role else []))
    tags = desired_tags(params["owner"], params["tags"])
    diff, policies, arns = [], [], []
    for name, document in documents.items():
        policy = actual.policies.get(name)
        arn = policy.arn if policy else f"arn:{who.partition}:iam::{who.account}:policy/{name}"
        arns.append(arn)
        change = policy_changes(policy, document, tags, params["purge_tags"])
        if differs(change):
            diff.append(entry("policy", name, change))
            policies.append(
                {
                    "name": name,
                    "arn": arn,
                    "status": "present" if policy else "absent",
                    "changes": words(change) if policy else ["create"],
                    "policy": as_text(document),
                    "tags": tags,
                }
            )
    outcome = {
        "policies_to_change": policies,
        "policy_arns": arns,
        "role_to_change": None,
        "inline_policies_to_remove": [],
    }
    left: list[dict[str, str]] = []
    gone: list[Policy] = []
    if role_name:
        wanted = WantedRole(
            name=role_name,
            description=params["description"],
            trust=trust_policy(
                params["trust_services"],
                who.account if params["source_account_condition"] else None,
            ),
            max_session_duration=params["max_session_duration"],
            permissions_boundary=params["permissions_boundary"] or None,
            tags=tags,
            purge_tags=params["purge_tags"],
            attached=tuple(dict.fromkeys([*arns, *further_arns])),
        )
        change = role_changes(actual.role, wanted)
        if differs(change):
            diff.append(entry("role", role_name, change))
            said = words(change) if actual.role else ["create"]
            # Embedded policies are another module's work; alone they do not touch the role.
            if touched(change) != ["inline_policies"]:
                outcome["role_to_change"] = role_to_change(wanted, who, actual.role, said)
            outcome["inline_policies_to_remove"] = list(actual.role.inline) if actual.role else []
        gone = stale(actual, ownership, wanted.attached, left)
        diff += [_policy_removal(policy) for policy in gone]
    return {
        **outcome,
        "diff": diff,
        "left": left,
        "policies_to_remove": _named(gone),
        "role_to_remove": None,
    }


def role_to_change(
    wanted: WantedRole, who: Caller, found: Role | None, said: list[str]
) -> dict[str, Any]:
    """All that amazon.aws.iam_role needs."""
    return {
        "name": wanted.name,
        "arn": found.arn if found else predicted_arn(who, wanted.name),
        "status": "present" if found else "absent",
        "changes": said,
        "description": wanted.description,
        "assume_role_policy_document": as_text(wanted.trust),
        "managed_policies": list(wanted.attached),
        "max_session_duration": wanted.max_session_duration,
        "permissions_boundary": wanted.permissions_boundary,
        "tags": dict(wanted.tags),
    }


def predicted_arn(who: Caller, role_name: str) -> str:
    """The ARN that a role of this name has or will have."""
    return f"arn:{who.partition}:iam::{who.account}:role/{role_name}"


def absent(actual: Actual, ownership: Ownership) -> dict[str, Any]:
    """What is ours of all that was found."""
    left: list[dict[str, str]] = []
    policies = [
        policy for policy in actual.policies.values() if ownership.removable(_policy(policy), left)
    ]
    role = actual.role
    if role and not ownership.removable(_role(role), left):
        role = None
    if role:
        policies += stale(actual, ownership, (), left)
    diff = [_policy_removal(policy) for policy in policies]
    if role:
        description = {"arn": role.arn, "attached_policies": list(role.attached)}
        diff.append(removal(f"role {role.name}", description))
    return {
        "diff": diff,
        "left": left,
        "policies_to_change": [],
        "policy_arns": [policy.arn for policy in actual.policies.values()],
        "role_to_change": None,
        "inline_policies_to_remove": [],
        "policies_to_remove": _named(policies),
        "role_to_remove": {"name": role.name, "arn": role.arn} if role else None,
    }


def plan(module: AnsibleAWSModule) -> dict[str, Any]:
    """Judge the files, read, judge ownership, compare."""
    params = module.params
    if not 3600 <= params["max_session_duration"] <= 43200:
        raise TerraglueError(
            f"max_session_duration is {params['max_session_duration']};"
            " IAM takes 3600 to 43200 seconds. Nothing was changed."
        )
    who = caller(module)
    values = stands_for(who, params)
    before_name = fill(params["policy_prefix"], values)
    folder, wants_present = params["policies_dir"], params["state"] == "present"
    documents: dict[str, Mapping[str, Any]] = {}
    if folder and wants_present:
        read_in = read_policies(folder, values)
        documents = {before_name + name: document for name, document in read_in.items()}
        names = list(documents)
    else:
        # A folder that is gone must not stop a removal: what it held hangs on the role.
        files = policy_files(folder) if folder and Path(folder).is_dir() else []
        names = [before_name + path.stem for path in files]
    role_name = fill(params["role_name"], values) if params["create_role"] else None
    faults = name_faults(names, role_name)
    if faults:
        raise TerraglueError("Nothing was changed: " + "; ".join(faults) + ".", faults=faults)
    actual = read(client(module, "iam"), names, role_name, who)
    ownership = Ownership.of(params, "iam_adopt", values)
    if wants_present:
        further = [fill(arn, values) for arn in params["managed_policy_arns"]]
        outcome = present(params, who, documents, role_name, further, actual, ownership)
    else:
        outcome = absent(actual, ownership)
    role_arn = None
    if role_name:
        role_arn = actual.role.arn if actual.role else predicted_arn(who, role_name)
    changing = [*outcome["policies_to_change"], outcome["role_to_change"]]
    removing = [*outcome["policies_to_remove"], outcome["role_to_remove"]]
    return conclude(
        module,
        who,
        role_name=role_name,
        role_arn=role_arn,
        to_change=[thing["name"] for thing in changing if thing],
        to_remove=[thing["name"] for thing in removing if thing],
        **outcome,
    )


def main() -> None:
    """Entry point."""
    module = AnsibleAWSModule(
        argument_spec={
            **plan_options(),
            "policies_dir": {"type": "path"},
            "policy_prefix": {"type": "str", "default": ""},
            "create_role": {"type": "bool", "default": True},
            "role_name": {"type": "str"},
            "trust_services": {
                "type": "list",
                "elements": "str",
                "default": ["glue.amazonaws.com"],
            },
            "source_account_condition": {"type": "bool", "default": True},
            "description": {"type": "str"},
            "max_session_duration": {"type": "int", "default": 3600},
            "permissions_boundary": {"type": "str"},
            "managed_policy_arns": {"type": "list", "elements": "str", "default": []},
        },
        required_if=[("create_role", True, ["role_name"])],
        supports_check_mode=True,
    )
    run(module, plan)


if __name__ == "__main__":
    main()
