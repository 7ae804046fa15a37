#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: glue_trigger_info
version_added: 1.0.0
short_description: Read Glue triggers
description:
  - Reads Glue triggers with their schedules, states and tags.
options:
  names:
    description:
      - Names of the triggers to read. One that does not exist is left out.
      - All triggers of the account in the region when not given.
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
  - module: terraglue.aws.glue_trigger
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Read triggers of an environment
  terraglue.aws.glue_trigger_info:
    owner: terraglue
  register: found

- name: Read one
  terraglue.aws.glue_trigger_info:
    names:
      - trigger-gluejob-sot-ecommerce-br
"""

RETURN = r"""
triggers:
  description: The triggers, sorted by name.
  returned: success
  type: list
  elements: dict
  sample:
    - actions: [{job_name: gluejob-sot-ecommerce-br}]
      arn: arn:aws:glue:us-east-1:123456789012:trigger/trigger-gluejob-sot-ecommerce-br
      name: trigger-gluejob-sot-ecommerce-br
      schedule: cron(0 21 ? * 6 *)
      state: ACTIVATED
      tags: {"terraglue:owner": terraglue}
      type: SCHEDULED
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    errors,
    glue_api,
    glue_trigger,
    outcome,
    session,
)


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """The result of the module."""
    glue = session.client(module, "glue")
    caller = session.caller(module)
    names, owner = module.params["names"], module.params["owner"]

    def read(trigger: dict[str, Any]) -> dict[str, Any]:
        arn = caller.glue_arn("trigger", trigger["Name"])
        return glue_trigger.returned(trigger, arn, glue_api.get_tags(glue, arn))

    triggers = outcome.read(
        names, lambda name: glue_trigger.get(glue, name), lambda: glue_trigger.list_all(glue)
    )
    return {
        "changed": False,
        "triggers": outcome.listed(session.in_parallel(read, triggers), owner),
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
