#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: athena_workgroup_info
version_added: 1.0.0
short_description: Read Athena workgroups
description:
  - Reads Athena workgroups with their configuration and tags.
options:
  names:
    description:
      - Names of the workgroups to read. One that does not exist is left out.
      - All workgroups of the account in the region when not given.
    type: list
    elements: str
  owner:
    description: Only those that carry the tag C(terraglue:owner) with this value.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.info
seealso:
  - module: terraglue.aws.athena_workgroup
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Read workgroups of an environment
  terraglue.aws.athena_workgroup_info:
    owner: terraglue
  register: found

- name: Read one
  terraglue.aws.athena_workgroup_info:
    names:
      - sbx-analytics-workgroup
"""

RETURN = r"""
workgroups:
  description: The workgroups, sorted by name, in snake case.
  returned: success
  type: list
  elements: dict
  sample:
    - arn: arn:aws:athena:us-east-1:123456789012:workgroup/sbx-analytics-workgroup
      configuration: {enforce_work_group_configuration: true}
      name: sbx-analytics-workgroup
      state: ENABLED
      tags: {"terraglue:owner": terraglue}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    athena,
    errors,
    outcome,
    session,
)


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """The result of the module."""
    client = session.client(module, "athena")
    caller = session.caller(module)
    names, owner = module.params["names"], module.params["owner"]
    if names is None:
        names = athena.list_names(client)

    def read(group: dict[str, Any]) -> dict[str, Any]:
        arn = athena.arn(caller, group["Name"])
        return outcome.snake(group, arn, athena.get_tags(client, arn))

    groups = outcome.read(names, lambda name: athena.get(client, name))
    return {
        "changed": False,
        "workgroups": outcome.listed(session.in_parallel(read, groups), owner),
    }


def main() -> None:
    """Declare the options and do the work."""
    module = AnsibleAWSModule(
        argument_spec={
            "names": {"type": "list", "elements": "str"},
            "owner": {"type": "str"},
        },
        supports_check_mode=True,
    )
    errors.run(module, work)


if __name__ == "__main__":
    main()
