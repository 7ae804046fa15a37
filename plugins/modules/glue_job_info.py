#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: glue_job_info
version_added: 1.0.0
short_description: Read Glue jobs
description:
  - Reads Glue jobs with all their settings and tags.
options:
  names:
    description:
      - Names of the jobs to read. One that does not exist is left out.
      - All jobs of the account in the region when not given.
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
  - module: terraglue.aws.glue_job
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Read jobs of an environment
  terraglue.aws.glue_job_info:
    owner: terraglue
  register: found

- name: Read one
  terraglue.aws.glue_job_info:
    names:
      - gluejob-sot-ecommerce-br
"""

RETURN = r"""
jobs:
  description: The jobs, sorted by name, in snake case.
  returned: success
  type: list
  elements: dict
  sample:
    - arn: arn:aws:glue:us-east-1:123456789012:job/gluejob-sot-ecommerce-br
      glue_version: "5.0"
      name: gluejob-sot-ecommerce-br
      tags: {"terraglue:owner": terraglue}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    errors,
    glue_api,
    glue_job,
    outcome,
    session,
)


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """The result of the module."""
    glue = session.client(module, "glue")
    caller = session.caller(module)
    names, owner = module.params["names"], module.params["owner"]

    def read(job: dict[str, Any]) -> dict[str, Any]:
        arn = caller.glue_arn("job", job["Name"])
        return outcome.snake(job, arn, glue_api.get_tags(glue, arn))

    jobs = outcome.read(
        names, lambda name: glue_job.get(glue, name), lambda: glue_job.list_all(glue)
    )
    return {"changed": False, "jobs": outcome.listed(session.in_parallel(read, jobs), owner)}


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
