#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: glue_security_configuration_info
version_added: 1.0.0
short_description: Read Glue security configurations
description:
  - Reads Glue security configurations with the jobs that use them.
options:
  names:
    description:
      - Names of the configurations to read. One that does not exist is left out.
      - All configurations of the account in the region when not given.
    type: list
    elements: str
  owner:
    description:
      - Only those that this environment owns.
      - AWS cannot tag them, so it is told by the tag C(terraglue:owner) of the jobs that use them and of the keys in them.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.info
seealso:
  - module: terraglue.aws.glue_security_configuration
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Read configurations of an environment
  terraglue.aws.glue_security_configuration_info:
    owner: terraglue
  register: found

- name: Read one
  terraglue.aws.glue_security_configuration_info:
    names:
      - gluejob-sot-ecommerce-br-security-config
"""

RETURN = r"""
security_configurations:
  description: The configurations, sorted by name.
  returned: success
  type: list
  elements: dict
  sample:
    - cloudwatch_encryption_mode: SSE-KMS
      cloudwatch_kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd
      job_bookmarks_encryption_mode: CSE-KMS
      job_bookmarks_kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd
      jobs: [gluejob-sot-ecommerce-br]
      name: gluejob-sot-ecommerce-br-security-config
      s3_encryption_mode: SSE-KMS
      s3_kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    errors,
    outcome,
    session,
)
from ansible_collections.terraglue.aws.plugins.module_utils import (
    glue_security_configuration as configurations,
)


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """The result of the module."""
    glue = session.client(module, "glue")
    caller = session.caller(module)
    names, owner = module.params["names"], module.params["owner"]
    found = outcome.read(
        names, lambda name: configurations.get(glue, name), lambda: configurations.list_all(glue)
    )
    kms = session.client(module, "kms") if owner else None
    users = configurations.users_of(
        glue, lambda job: caller.glue_arn("job", job), [each["Name"] for each in found]
    )

    def read(configuration: dict[str, Any]) -> dict[str, Any]:
        name, settings = configuration["Name"], configurations.described(configuration)
        tags: dict[str, str] = {}
        if owner:
            of_keys = configurations.key_tags(kms, configuration)
            tags = configurations.owner_tags(settings, users[name], of_keys, owner)
        return {**configurations.returned(name, settings, users[name]), "tags": tags}

    listed = outcome.listed(session.in_parallel(read, found), owner)
    return {
        "changed": False,
        # AWS cannot tag them; what tells the owner is no property of theirs.
        "security_configurations": [
            {k: v for k, v in each.items() if k != "tags"} for each in listed
        ],
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
