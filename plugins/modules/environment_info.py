#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: environment_info
version_added: 1.0.0
short_description: Who calls AWS, and where
description:
  - Asks whose credentials are in use, in which account and region, before anything is changed there.
  - Fills names in, and finds the key of an environment by its alias.
options:
  names:
    description:
      - Names to fill in, by any key. C(<account_id>), C(<region>), C(<partition>) and C(<prefix>) are known, and O(variables).
    type: dict
    default: {}
  kms_alias:
    description: Alias of the key to look for. It may hold placeholders.
    type: str
  owner:
    description: The environment that the key of O(kms_alias) must belong to. When not given, any key will do.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.info
  - terraglue.aws.plan.names
seealso:
  - module: amazon.aws.aws_caller_info
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: See where this play would work
  terraglue.aws.environment_info:
  register: place

- name: Find the key that the environment has already
  terraglue.aws.environment_info:
    prefix: sandbox
    names:
      raw: <prefix>-raw-<account_id>-<region>
    kms_alias: alias/sandbox-data
    owner: sandbox
  register: place
"""

RETURN = r"""
account_id:
  description: The caller's account.
  returned: always
  type: str
  sample: "123456789012"
account_alias:
  description: The account's alias; null when it has none or the caller may not ask (iam:ListAccountAliases).
  returned: always
  type: str
  sample: example-sandbox
arn:
  description: The caller.
  returned: always
  type: str
  sample: arn:aws:iam::123456789012:user/alice
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
endpoint_url:
  description: Where the calls go when it is not AWS itself, else null.
  returned: always
  type: str
  sample: http://127.0.0.1:4566
names:
  description: The O(names), filled in.
  returned: always
  type: dict
  sample: {"raw": "sandbox-raw-123456789012-us-east-1"}
kms_key_arn:
  description:
    - ARN of the key that belongs to O(kms_alias), also while the alias is missing or moved. It is null when there is none
      that can be used (missing, disabled, pending deletion) or it is not ours.
  returned: always
  type: str
  sample: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
kms_resting_key_arn:
  description:
    - ARN of the key that belongs to O(kms_alias) and is disabled or pending deletion, so that it has to be revived before
      it can be used. It is null when RV(kms_key_arn) is not.
  returned: always
  type: str
  sample: null
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api, run
from ansible_collections.terraglue.aws.plugins.module_utils.kms import (
    Key,
    alias_fault,
    find,
    find_tagged,
    preferred,
)
from ansible_collections.terraglue.aws.plugins.module_utils.placeholders import fill, fill_all
from ansible_collections.terraglue.aws.plugins.module_utils.plan import name_options, stands_for
from ansible_collections.terraglue.aws.plugins.module_utils.session import caller, client
from ansible_collections.terraglue.aws.plugins.module_utils.tags import is_ours

RESTING = ("Disabled", "PendingDeletion")


@api("iam:ListAccountAliases", "the account")
def account_aliases(iam: Any) -> Any:
    """The account's aliases; AWS allows one."""
    return iam.list_account_aliases()["AccountAliases"]


def account_alias(module: AnsibleAWSModule) -> str | None:
    """The account's alias, a kindness to the reader that no run depends on."""
    try:
        return next(iter(account_aliases(client(module, "iam"))), None)
    except TerraglueError:
        return None


def key_of(module: AnsibleAWSModule, alias: str) -> Key | None:
    """The environment's key, also while its alias is missing or moved."""
    fault = alias_fault(alias)
    if fault:
        raise TerraglueError(f"kms_alias: {fault}.")
    kms, owner = client(module, "kms"), module.params["owner"]
    behind = find(kms, alias)
    if behind and is_ours(behind.tags, owner):
        keys = [behind]
    else:
        tagging = client(module, "resourcegroupstaggingapi")
        keys = find_tagged(kms, tagging, owner, alias) if owner else []
    return next(iter(preferred(keys, behind.arn if behind else None)), None)


def look(module: AnsibleAWSModule) -> dict[str, Any]:
    """Who and where, names filled in, and the key."""
    who = caller(module)
    sts = client(module, "sts")
    values = stands_for(who, module.params)
    alias = module.params["kms_alias"]
    key = key_of(module, fill(alias, values)) if alias else None
    return {
        "changed": False,
        "account_id": who.account,
        "account_alias": account_alias(module),
        "arn": who.arn,
        "region": who.region,
        "partition": who.partition,
        "endpoint_url": elsewhere(sts.meta.endpoint_url),
        "names": fill_all(module.params["names"], values),
        "kms_key_arn": key.arn if key and key.state == "Enabled" else None,
        "kms_resting_key_arn": key.arn if key and key.state in RESTING else None,
    }


def elsewhere(endpoint_url: str) -> str | None:
    """The endpoint when it is not one of AWS; it may come from an option, the environment or a profile."""
    host = endpoint_url.partition("://")[2].partition("/")[0]
    of_aws = host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))
    return None if of_aws else endpoint_url


def main() -> None:
    """Entry point."""
    module = AnsibleAWSModule(
        argument_spec={
            **name_options(),
            "names": {"type": "dict", "default": {}},
            "kms_alias": {"type": "str"},
            "owner": {"type": "str"},
        },
        supports_check_mode=True,
    )
    run(module, look)


if __name__ == "__main__":
    main()
