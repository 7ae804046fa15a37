#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: s3_buckets_plan
version_added: 1.0.0
short_description: Compare S3 buckets with what is wanted
description:
  - Reads a set of buckets side by side, judges whose they are, and says which are to be made, mended or removed.
  - It changes nothing. M(amazon.aws.s3_bucket) does what RV(to_change) and RV(to_remove) say; when there is nothing to do,
    this is the only call.
  - A wanted bucket is private, owned and encrypted, and has one policy, the one that this plan gives it.
options:
  buckets:
    description: The buckets, key to name. Names may hold placeholders.
    type: dict
    required: true
  log_buckets:
    description:
      - Keys of those O(buckets) that take access logs. S3 may deliver logs of this account's buckets to them, and they are
        encrypted with SSE-S3.
    type: list
    elements: str
    default: []
  kms_key_arn:
    description: Key of the default encryption. When not given it is the key of S3 that AWS manages.
    type: str
  bucket_key:
    description: Use S3 bucket keys, which save calls to KMS.
    type: bool
    default: true
  versioning:
    description: Keep versions of objects.
    type: bool
    default: true
  tls_only:
    description: Refuse requests that do not come by TLS.
    type: bool
    default: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.plan
seealso:
  - module: amazon.aws.s3_bucket
  - module: terraglue.aws.s3_buckets_options
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Compare the buckets with what is wanted
  terraglue.aws.s3_buckets_plan:
    buckets:
      raw: <prefix>-raw-<account_id>-<region>
      curated: <prefix>-curated-<account_id>-<region>
    prefix: sandbox
    owner: sandbox
  register: plan

- name: Make or mend the buckets
  amazon.aws.s3_bucket:
    name: "{{ item.name }}"
    encryption: "{{ item.encryption }}"
    encryption_key_id: "{{ item.kms_key_id | default(omit, true) }}"
    bucket_key_enabled: "{{ item.bucket_key }}"
    versioning: "{{ item.versioning }}"
    object_ownership: "{{ item.object_ownership }}"
    public_access: "{{ item.public_access }}"
    policy: "{{ item.policy }}"
    tags: "{{ item.tags }}"
    purge_tags: false
  loop: "{{ plan.to_change }}"
  when: not ansible_check_mode

- name: Find the buckets that are ours
  terraglue.aws.s3_buckets_plan:
    state: absent
    buckets:
      raw: <prefix>-raw-<account_id>-<region>
    prefix: sandbox
    owner: sandbox
  register: plan
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
buckets:
  description: Key to name, placeholders filled in.
  returned: always
  type: dict
  sample: {"raw": "sandbox-raw-123456789012-us-east-1"}
arns:
  description: Key to ARN.
  returned: always
  type: dict
  sample: {"raw": "arn:aws:s3:::sandbox-raw-123456789012-us-east-1"}
to_change:
  description:
    - The buckets to make or mend, with all that M(amazon.aws.s3_bucket) needs. C(status) is C(absent) or C(present);
      C(changes) is what differs, in short words.
  returned: always
  type: list
  elements: dict
  sample:
    - key: raw
      name: sandbox-raw-123456789012-us-east-1
      arn: arn:aws:s3:::sandbox-raw-123456789012-us-east-1
      status: present
      changes: [encryption]
      encryption: aws:kms
      kms_key_id: null
      bucket_key: true
      versioning: true
      object_ownership: BucketOwnerEnforced
      public_access:
        block_public_acls: true
        ignore_public_acls: true
        block_public_policy: true
        restrict_public_buckets: true
      policy: '{"Version":"2012-10-17","Statement":[]}'
      tags: {"terraglue:owner": sandbox, "ManagedBy": terraglue.aws}
to_remove:
  description: The buckets to remove.
  returned: always
  type: list
  elements: dict
  sample: [{"key": "raw", "name": "sandbox-raw-123456789012-us-east-1"}]
left_alone:
  description: Buckets that a removal passes by, each with the reason.
  returned: always
  type: list
  elements: dict
  sample: []
"""

from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, run
from ansible_collections.terraglue.aws.plugins.module_utils.placeholders import fill
from ansible_collections.terraglue.aws.plugins.module_utils.plan import (
    Found,
    Ownership,
    conclude,
    entry,
    plan_options,
    stands_for,
    words,
)
from ansible_collections.terraglue.aws.plugins.module_utils.s3_buckets import (
    Settings,
    bucket_drift,
    locate,
    name_faults,
    read_tags,
    settings_readers,
    to_change,
    wanted_state,
)
from ansible_collections.terraglue.aws.plugins.module_utils.session import (
    Caller,
    caller,
    client,
    in_parallel,
)
from ansible_collections.terraglue.aws.plugins.module_utils.state import differs, removal
from ansible_collections.terraglue.aws.plugins.module_utils.tags import desired_tags


class Place(NamedTuple):
    """Where a bucket stands (see ``locate``), and its tags when it is here."""

    stands: str
    tags: dict[str, str]


def find(s3: Any, name: str, who: Caller) -> Place:
    """Look for one bucket."""
    stands = locate(s3, name, who.account, who.region)
    return Place(stands, read_tags(s3, name) if stands == "here" else {})


def out_of_reach(name: str, stands: str) -> str | None:
    """Why a bucket that exists cannot be used, or None."""
    if stands == "elsewhere":
        return (
            f"The bucket name {name} is taken: the bucket belongs to another account, or this"
            " identity may not see it (s3:ListBucket). Bucket names are shared by all accounts of"
            " AWS: choose another prefix"
        )
    if stands not in ("missing", "here"):
        return (
            f"The bucket {name} exists in {stands}, not in the region of this run. Choose that"
            " region, another prefix, or <region> in its name"
        )
    return None


def present(
    module: AnsibleAWSModule, who: Caller, names: dict[str, str], places: dict[str, Place], s3: Any
) -> dict[str, Any]:
    """What makes the buckets as they should be."""
    params = module.params
    settings = Settings(
        kms_key_arn=params["kms_key_arn"] or None,
        bucket_key=params["bucket_key"],
        versioning=params["versioning"],
        tls_only=params["tls_only"],
        tags=desired_tags(params["owner"], params["tags"]),
        purge_tags=params["purge_tags"],
    )
    here = [name for name, place in places.items() if place.stands == "here"]
    readers = [
        (name, setting, read)
        for name in here
        for setting, read in settings_readers(s3, name).items()
    ]
    answers = in_parallel(lambda reader: reader[2](), readers)
    actual: dict[str, dict[str, Any]] = {name: {"tags": places[name].tags} for name in here}
    for (name, setting, _read), answer in zip(readers, answers):
        actual[name][setting] = answer
    changes, diff = [], []
    for key, name in names.items():
        logs_of = who.account if key in params["log_buckets"] else None
        wanted = wanted_state(name, settings, who.partition, logs_of)
        change = bucket_drift(wanted, actual.get(name), settings.purge_tags)
        if not differs(change):
            continue
        new = name not in actual
        said, status = (["create"], "absent") if new else (words(change), "present")
        changes.append(to_change(key, name, who.partition, wanted, said, status))
        diff.append(entry("bucket", name, change))
    return {"diff": diff, "to_change": changes, "to_remove": []}


def plan(module: AnsibleAWSModule) -> dict[str, Any]:
    """Read, judge, compare."""
    params = module.params
    who = caller(module)
    values = stands_for(who, params)
    names = {key: fill(str(name), values) for key, name in params["buckets"].items()}
    faults = name_faults(names)
    faults += [
        f"log_buckets: '{key}' is no key of buckets"
        for key in params["log_buckets"]
        if key not in names
    ]
    if faults:
        raise TerraglueError("Nothing was changed: " + "; ".join(faults) + ".", faults=faults)
    s3 = client(module, "s3")
    places = dict(
        zip(names.values(), in_parallel(lambda name: find(s3, name, who), names.values()))
    )
    found = [
        Found("bucket", name, place.tags)
        for name, place in places.items()
        if place.stands == "here"
    ]
    unreachable = {
        name: reason
        for name, reason in ((name, out_of_reach(name, at.stands)) for name, at in places.items())
        if reason
    }
    ownership = Ownership.of(params, "storage_adopt", values)
    left: list[dict[str, str]] = []
    if params["state"] == "present":
        if unreachable:
            raise TerraglueError(
                ". ".join(unreachable.values()) + ". Nothing was changed.",
                unreachable=list(unreachable),
            )
        ownership.require(found)
        outcome = present(module, who, names, places, s3)
    else:
        left += [
            {"name": name, "reason": f"{reason}. It was not removed."}
            for name, reason in unreachable.items()
        ]
        ours = {bucket.name for bucket in found if ownership.removable(bucket, left)}
        outcome = {
            "diff": [
                removal(f"bucket {name}", {"tags": places[name].tags}) for name in sorted(ours)
            ],
            "to_change": [],
            "to_remove": [
                {"key": key, "name": name} for key, name in names.items() if name in ours
            ],
        }
    return conclude(
        module,
        who,
        left=left,
        buckets=names,
        arns={key: f"arn:{who.partition}:s3:::{name}" for key, name in names.items()},
        **outcome,
    )


def main() -> None:
    """Entry point."""
    module = AnsibleAWSModule(
        argument_spec={
            **plan_options(),
            "buckets": {"type": "dict", "required": True},
            "log_buckets": {"type": "list", "elements": "str", "default": [], "no_log": False},
            "kms_key_arn": {"type": "str", "no_log": False},
            "bucket_key": {"type": "bool", "default": True, "no_log": False},
            "versioning": {"type": "bool", "default": True},
            "tls_only": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    run(module, plan)


if __name__ == "__main__":
    main()
