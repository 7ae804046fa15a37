#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: s3_buckets_create
version_added: 1.0.0
short_description: Create S3 buckets that carry their tags from the first moment
description:
  - Creates the buckets that are missing, side by side in one call, and gives S3 their tags together with the buckets.
    M(amazon.aws.s3_bucket) tags a bucket some calls after it has made it; a run that is interrupted in between leaves
    a bucket that nobody can tell from a stranger's.
  - Where a tagged bucket cannot be created at once (the caller has no C(s3:TagResource), or botocore is too old to
    know of it), the tags follow as the very next call.
  - Buckets that exist are not touched, whatever their tags. All further settings are M(amazon.aws.s3_bucket)'s.
options:
  buckets:
    description: Names of the buckets.
    type: list
    elements: str
    required: true
  owner:
    description: Environment that the buckets belong to; it goes into the tag C(terraglue:owner).
    type: str
  tags:
    description: Further tags.
    type: dict
    aliases: [resource_tags]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.full
seealso:
  - module: amazon.aws.s3_bucket
  - module: terraglue.aws.s3_buckets_plan
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Compare buckets with what is wanted
  terraglue.aws.s3_buckets_plan:
    buckets:
      raw: <prefix>-raw-<account_id>-<region>
    prefix: sandbox
    owner: sandbox
  register: plan

- name: Create those that are missing
  terraglue.aws.s3_buckets_create:
    buckets: "{{ plan.to_change | selectattr('status', 'equalto', 'absent') | map(attribute='name') | list }}"
    owner: sandbox
"""

RETURN = r"""
created:
  description: Names of the buckets that were created (in check mode, that would be).
  returned: always
  type: list
  elements: str
  sample: [sandbox-raw-123456789012-us-east-1]
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils.errors import run
from ansible_collections.terraglue.aws.plugins.module_utils.plan import entry
from ansible_collections.terraglue.aws.plugins.module_utils.s3_buckets import create_tagged, exists
from ansible_collections.terraglue.aws.plugins.module_utils.session import (
    caller,
    client,
    in_parallel,
)
from ansible_collections.terraglue.aws.plugins.module_utils.state import drift
from ansible_collections.terraglue.aws.plugins.module_utils.tags import desired_tags


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """Look which buckets are missing, and create those."""
    params = module.params
    s3, region = client(module, "s3"), caller(module).region
    names = list(dict.fromkeys(params["buckets"]))
    tags = desired_tags(params["owner"], params["tags"])
    there = in_parallel(lambda name: exists(s3, name) is not None, names)
    missing = [name for name, found in zip(names, there) if not found]
    if not module.check_mode:
        in_parallel(lambda name: create_tagged(s3, name, region, tags), missing)
    return {
        "changed": bool(missing),
        "created": missing,
        "diff": [entry("bucket", name, drift({"tags": tags}, None)) for name in missing],
    }


def main() -> None:
    """Entry point."""
    module = AnsibleAWSModule(
        argument_spec={
            "buckets": {"type": "list", "elements": "str", "required": True},
            "owner": {"type": "str"},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
        },
        supports_check_mode=True,
    )
    run(module, work)


if __name__ == "__main__":
    main()
