#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: athena_workgroup
version_added: 1.0.0
short_description: Manage an Athena workgroup
description:
  - Creates, changes and removes an Athena workgroup for SQL queries.
  - What an option does not name is not set on the workgroup, and what somebody else set there is removed, so that a loosened workgroup is mended.
options:
  name:
    description: Name of the workgroup.
    type: str
    required: true
  state:
    description:
      - Whether the workgroup exists.
      - The workgroup V(primary) can be changed but never removed.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: Description of the workgroup.
    type: str
  output_location:
    description: Where results are written, C(s3://bucket/prefix/).
    type: str
  expected_bucket_owner:
    description: Account, 12 digits, that has to own the bucket of O(output_location). Queries fail when it does not.
    type: str
  encryption:
    description:
      - How results are encrypted; V(none) leaves it to the query and the bucket.
      - The default is V(SSE_KMS) with O(kms_key_arn) and V(SSE_S3) without.
    type: str
    choices: [SSE_KMS, SSE_S3, CSE_KMS, none]
  kms_key_arn:
    description: ARN of the key that results are encrypted with. Required for V(SSE_KMS) and V(CSE_KMS).
    type: str
  enforce_configuration:
    description: Let the settings of the workgroup override those of a query.
    type: bool
    default: true
  publish_metrics:
    description: Publish metrics of the queries to CloudWatch.
    type: bool
    default: true
  bytes_scanned_cutoff:
    description: Bytes after which a query is stopped, 10000000 at least. V(0) or none is no limit.
    type: int
  requester_pays:
    description: Allow queries on buckets whose requesters pay.
    type: bool
    default: false
  engine_version:
    description: Engine of the queries, V(AUTO) or a version such as V(Athena engine version 3).
    type: str
    default: AUTO
  enabled:
    description: Whether queries can be run in the workgroup.
    type: bool
    default: true
  force:
    description: Remove the workgroup together with its saved queries and query history. A workgroup that has any is not removed otherwise.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.full
  - terraglue.aws.ownership
seealso:
  - module: terraglue.aws.athena_workgroup_info
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: A workgroup with encrypted results and a limit of 10 GB for each query
  terraglue.aws.athena_workgroup:
    name: sbx-analytics-workgroup
    description: Queries of the analytics environment
    output_location: s3://terraglue-athena-query-results-123456789012-us-east-1/
    expected_bucket_owner: "123456789012"
    kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    bytes_scanned_cutoff: 10737418240
    owner: terraglue

- name: Remove it with its query history
  terraglue.aws.athena_workgroup:
    name: sbx-analytics-workgroup
    owner: terraglue
    force: true
    state: absent
"""

RETURN = r"""
workgroup:
  description: The workgroup as AWS has it, in snake case; as it would be in check mode; empty when it is absent.
  returned: success
  type: dict
  sample:
    arn: arn:aws:athena:us-east-1:123456789012:workgroup/sbx-analytics-workgroup
    configuration:
      enforce_work_group_configuration: true
      result_configuration: {output_location: "s3://results/"}
    name: sbx-analytics-workgroup
    state: ENABLED
    tags: {"terraglue:owner": terraglue}
changes:
  description: Names of the settings that differed, tags each by its own name; V(state) for a removal.
  returned: success
  type: list
  elements: str
  sample: [bytes_scanned_cutoff, enforce_configuration]
msg:
  description: Why a workgroup was not removed.
  returned: when it is not the owner's
  type: str
"""

import re
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    athena,
    errors,
    outcome,
    session,
    state,
    tags,
)

KIND = "Athena workgroup"


def check(options: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Refuse what AWS would refuse, before anything is called."""
    name, encryption = options["name"], wanted["encryption"] or ""
    location, account = wanted["output_location"], wanted["expected_bucket_owner"]
    wrong = ""
    if location and not location.startswith("s3://"):
        wrong = f"output_location '{location}' has to begin with s3://"
    elif account and not re.fullmatch(r"[0-9]{12}", account):
        wrong = f"expected_bucket_owner '{account}' has to be an account id of 12 digits, in quotes"
    elif encryption.endswith("KMS") and not wanted["kms_key_arn"]:
        wrong = f"encryption {encryption} needs kms_key_arn"
    elif wanted["bytes_scanned_cutoff"] and (wanted["bytes_scanned_cutoff"] < athena.LEAST_CUTOFF):
        wrong = f"bytes_scanned_cutoff has to be {athena.LEAST_CUTOFF} or more, or 0 for no limit"
    if wrong:
        raise errors.TerraglueError(f"Workgroup {name}: {wrong}.")


def ensure_present(module: AnsibleAWSModule, client: Any, arn: str) -> dict[str, Any]:
    """Create or mend the workgroup and its tags."""
    options = module.params
    name, owner = options["name"], options["owner"]
    wanted = athena.settings(options)
    check(options, wanted)
    group = athena.get(client, name)
    current = athena.get_tags(client, arn) if group else {}
    if group:
        tags.require_ours(KIND, name, current, owner, options["adopt"], "catalog_adopt")

    wanted_tags = tags.desired_tags(owner, options["tags"])
    change = athena.drift(wanted, group)
    tagging = tags.tag_changes(current, wanted_tags, options["purge_tags"])
    if not module.check_mode:
        if group is None:
            athena.create(client, name, wanted, wanted_tags)
        elif state.differs(change):
            request = athena.update_request(wanted, athena.described(group))
            athena.update(client, name, request)
        if group:
            athena.change_tags(client, arn, tagging)
        resource = athena.get(client, name) or {}
    else:
        resource = {
            "Name": name,
            "State": "ENABLED" if wanted["enabled"] else "DISABLED",
            "Description": wanted["description"] or "",
            "Configuration": athena.payload(wanted),
        }
    whole = outcome.together(change, outcome.tagging(current, tagging))
    now_tags = tags.after(current, tagging)
    return outcome.changed("workgroup", name, whole, outcome.snake(resource, arn, now_tags))


def ensure_absent(module: AnsibleAWSModule, client: Any, arn: str) -> dict[str, Any]:
    """Remove the workgroup."""
    options = module.params
    name, owner = options["name"], options["owner"]
    if name == "primary":
        raise errors.TerraglueError(
            "The workgroup primary belongs to the account, and AWS never removes it."
            " Use state present to change its settings."
        )
    group = athena.get(client, name)
    if group is None:
        return outcome.gone("workgroup", name, None)
    current = athena.get_tags(client, arn)
    if not tags.is_ours(current, owner):
        why = tags.left_alone(KIND, name, current, owner)
        module.warn(why)
        return outcome.kept("workgroup", name, outcome.snake(group, arn, current), why)
    if not module.check_mode:
        athena.delete(client, name, options["force"])
    return outcome.gone("workgroup", name, athena.described(group))


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """The result of the module."""
    client = session.client(module, "athena")
    arn = athena.arn(session.caller(module), module.params["name"])
    ensure = ensure_present if module.params["state"] == "present" else ensure_absent
    return ensure(module, client, arn)


def main() -> None:
    """Declare the options and do the work."""
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "description": {"type": "str"},
            "output_location": {"type": "str"},
            "expected_bucket_owner": {"type": "str"},
            "encryption": {"type": "str", "choices": ["SSE_KMS", "SSE_S3", "CSE_KMS", "none"]},
            "kms_key_arn": {"type": "str", "no_log": False},
            "enforce_configuration": {"type": "bool", "default": True},
            "publish_metrics": {"type": "bool", "default": True},
            "bytes_scanned_cutoff": {"type": "int"},
            "requester_pays": {"type": "bool", "default": False},
            "engine_version": {"type": "str", "default": "AUTO"},
            "enabled": {"type": "bool", "default": True},
            "force": {"type": "bool", "default": False},
            **tags.OWNERSHIP_OPTIONS,
        },
        supports_check_mode=True,
    )
    errors.run(module, work)


if __name__ == "__main__":
    main()
