#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: log_groups_kms
version_added: 1.0.0
short_description: Tie CloudWatch log groups to a KMS key
description:
  - Sets or takes away the key that encrypts a set of log groups, side by side. M(amazon.aws.cloudwatchlogs_log_group) sets
    a key only when it makes a log group.
  - Log events that are there already stay encrypted as they were.
options:
  names:
    description: Names of log groups that exist.
    type: list
    elements: str
    required: true
  kms_key_arn:
    description:
      - ARN of the key. Its policy must let CloudWatch Logs of the region use it. Without it the log groups are encrypted by
        CloudWatch's own key from now on.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.full
seealso:
  - module: amazon.aws.cloudwatchlogs_log_group
  - module: terraglue.aws.log_groups_plan
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Encrypt the logs with our key
  terraglue.aws.log_groups_kms:
    names:
      - /sandbox/nightly/output
      - /sandbox/nightly/error
    kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab

- name: Let CloudWatch encrypt the logs by itself again
  terraglue.aws.log_groups_kms:
    names:
      - /sandbox/nightly/output
"""

RETURN = r"""
changed_names:
  description: Names of the log groups that were tied to another key.
  returned: always
  type: list
  elements: str
  sample: [/sandbox/nightly/output]
kms_key_arn:
  description: ARN of the key that encrypts the log groups now, null for CloudWatch's own.
  returned: always
  type: str
  sample: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, run
from ansible_collections.terraglue.aws.plugins.module_utils.log_groups import (
    associate,
    disassociate,
    read_key,
)
from ansible_collections.terraglue.aws.plugins.module_utils.plan import entry
from ansible_collections.terraglue.aws.plugins.module_utils.session import client, in_parallel
from ansible_collections.terraglue.aws.plugins.module_utils.state import drift


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """Read all keys, then set those that differ."""
    wanted = module.params["kms_key_arn"] or None
    names = list(dict.fromkeys(module.params["names"]))
    logs = client(module, "logs")
    read = dict(zip(names, in_parallel(lambda name: read_key(logs, name), names)))
    # In check mode a missing group is one that an earlier, skipped task would have made with its key.
    missing = [name for name, (exists, key) in read.items() if not exists]
    if missing and not module.check_mode:
        raise TerraglueError(
            f"There is no log group {', '.join(missing)}. Make it first"
            " (amazon.aws.cloudwatchlogs_log_group). Nothing was changed.",
            missing=missing,
        )
    differing = {
        name: key for name, (exists, key) in read.items() if exists and (key or None) != wanted
    }

    def tie(name: str) -> None:
        if wanted:
            associate(logs, name, wanted)
        else:
            disassociate(logs, name)

    if not module.check_mode:
        in_parallel(tie, differing)
    return {
        "changed": bool(differing),
        "changed_names": list(differing),
        "kms_key_arn": wanted,
        "diff": [
            entry("log group", name, drift({"kms_key_arn": wanted}, {"kms_key_arn": key}))
            for name, key in differing.items()
        ],
    }


def main() -> None:
    """Entry point."""
    module = AnsibleAWSModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "kms_key_arn": {"type": "str", "no_log": False},
        },
        supports_check_mode=True,
    )
    run(module, work)


if __name__ == "__main__":
    main()
