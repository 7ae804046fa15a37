#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: s3_folder
version_added: 1.0.0
short_description: A local folder as objects under a prefix of an S3 bucket
description:
  - Uploads the files of a folder, in parallel, and only those whose bytes differ from what is in the bucket.
  - Objects are compared by the SHA-256 that the module keeps in their metadata (C(terraglue-sha256)), since an ETag is
    no checksum under SSE-KMS or after a multipart upload. An object that was overwritten by hand is mended.
  - Large files are sent in parts. Memory does not grow with the size of a file, and an object is replaced as a whole or
    not at all.
author:
  - The terraglue.aws contributors (@terraglue)
options:
  bucket:
    description: Name of the bucket. It has to exist, except in check mode.
    type: str
    required: true
  prefix:
    description: Is put before the path of each file below O(src); slashes at its ends do not matter.
    type: str
    default: ""
  src:
    description:
      - The folder. Hidden files and folders are passed by.
      - Required when O(state=present). With O(state=absent), only the objects of this folder's files are removed.
    type: path
  patterns:
    description:
      - Shell patterns; a file is taken when one of them matches its name or its path below O(src).
      - Upper and lower case are told apart.
    type: list
    elements: str
    default: ["*"]
  recurse:
    description: Take the folders within O(src), too.
    type: bool
    default: true
  state:
    description:
      - V(present) uploads what is new or differs.
      - V(absent) removes the objects below O(prefix), or those of the files in O(src), with all of their versions and
        delete markers, as far as this module uploaded them for O(owner). Everything else stays.
    type: str
    choices: [present, absent]
    default: present
  prune:
    description:
      - Remove the objects below O(prefix) that this module uploaded for O(owner), that match O(patterns) and whose file
        is gone. In a bucket with versioning their versions stay.
    type: bool
    default: false
  kms_key_arn:
    description:
      - ARN of the KMS key to encrypt the objects with. An object under another key is encrypted again in place.
      - When not given, the bucket's default encryption holds.
    type: str
  owner:
    description:
      - The environment that the objects belong to, usually its prefix. They carry it in their metadata
        (C(terraglue-owner)).
      - An object that carries another environment's mark is never overwritten; the task fails.
    type: str
  expected_bucket_owner:
    description: Account (12 digits) that has to own the bucket; S3 refuses every call if another one does.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.full
seealso:
  - module: terraglue.aws.glue_catalog_tables
"""

EXAMPLES = r"""
- name: Upload the data
  terraglue.aws.s3_folder:
    bucket: shop-raw-data
    src: data
    patterns: ["*.csv"]
    owner: shop

- name: Upload a job's scripts under a key of ours, and remove those that are gone
  terraglue.aws.s3_folder:
    bucket: shop-glue-assets
    prefix: jobs/nightly/src
    src: glue_app
    patterns: ["*.py"]
    kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    prune: true
    owner: shop

- name: Remove what was uploaded there
  terraglue.aws.s3_folder:
    bucket: shop-glue-assets
    prefix: jobs/nightly/src
    state: absent
    owner: shop
"""

RETURN = r"""
objects:
  description: The objects, sorted by key.
  returned: success
  type: list
  elements: dict
  contains:
    key:
      description: Key of the object.
      type: str
    uri:
      description: Its address.
      type: str
    size:
      description: Its size in bytes.
      type: int
    sha256:
      description: SHA-256 of its bytes, in hexadecimal.
      type: str
    change:
      description: V(created), V(updated), V(reencrypted), V(unchanged) or V(removed).
      type: str
  sample:
    - key: sales/orders/orders.csv
      uri: s3://shop-raw-data/sales/orders/orders.csv
      size: 17211
      sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
      change: created
uploaded:
  description: How many objects were created or updated.
  returned: success
  type: int
  sample: 9
reencrypted:
  description: How many objects were put under another key.
  returned: success
  type: int
  sample: 0
removed:
  description: How many objects were removed.
  returned: success
  type: int
  sample: 0
unchanged:
  description: How many objects were as wanted.
  returned: success
  type: int
  sample: 0
"""

import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import s3_objects
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, run
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault, report
from ansible_collections.terraglue.aws.plugins.module_utils.s3_objects import Place, Step
from ansible_collections.terraglue.aws.plugins.module_utils.session import client
from ansible_collections.terraglue.aws.plugins.module_utils.state import described

DIFF_LINES = 200
KEY_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")


def present(module: AnsibleAWSModule) -> dict[str, Any]:
    """Judge the folder, compare it with the bucket, send what differs."""
    options, place = module.params, place_of(module)
    owner, kms_key = options["owner"], options["kms_key_arn"]
    files, faults = s3_objects.local_files(options["src"], options["patterns"], options["recurse"])
    faults += s3_objects.judge_keys(files, place)
    if kms_key and not KEY_ARN.fullmatch(kms_key):
        message = f"'{kms_key}' is no ARN of a key. Write arn:aws:kms:REGION:ACCOUNT:key/ID."
        faults.append(Fault("kms_key_arn", message))
    if faults:
        raise TerraglueError(report(faults), faults=[fault._asdict() for fault in faults])
    checksums = s3_objects.sha256_of_all(files)
    s3 = client(module, "s3")
    existing = s3_objects.list_keys(s3, place)
    if existing is None and not module.check_mode:
        raise TerraglueError(
            f"The bucket {place.bucket} does not exist. Make it first (the role storage does), or"
            " correct the option bucket.",
            error_code=s3_objects.NO_BUCKET,
        )
    wanted = {place.key(file.name) for file in files}
    candidates = set()
    if options["prune"]:
        candidates = {
            key
            for key in existing or []
            if key not in wanted
            and s3_objects.matches(
                key[len(place.prefix) :], options["patterns"], options["recurse"]
            )
        }
    known = wanted.intersection(existing or []) | candidates
    stored = s3_objects.heads(s3, place, sorted(known))
    steps = s3_objects.plan_upload(files, checksums, stored, place, owner, kms_key)
    gone = {key: found for key, found in stored.items() if key in candidates}
    steps += s3_objects.plan_prune(gone, owner)
    if not module.check_mode:
        s3_objects.carry_out(s3, place, steps, owner, kms_key)
    return result(place, steps, kms_key)


def absent(module: AnsibleAWSModule) -> dict[str, Any]:
    """Remove what we uploaded, every version of it."""
    options, place = module.params, place_of(module)
    if not place.prefix and not options["src"]:
        raise TerraglueError("Nothing to remove: give prefix, or src, or both.")
    wanted = None
    if options["src"]:
        files, faults = s3_objects.local_files(
            options["src"], options["patterns"], options["recurse"]
        )
        for fault in faults:
            module.warn(f"{fault.where}: {fault.message} No object is removed for it.")
        wanted = {place.key(file.name) for file in files}
    s3 = client(module, "s3")
    versions = {
        key: found
        for key, found in (s3_objects.list_versions(s3, place) or {}).items()
        if wanted is None or key in wanted
    }
    ours = s3_objects.marked_versions(s3, place, versions, options["owner"])
    steps = s3_objects.plan_prune(ours, options["owner"])
    if not module.check_mode:
        doomed = [
            {"Key": step.key, "VersionId": version["VersionId"]}
            for step in steps
            for version in versions[step.key]
        ]
        s3_objects.delete(s3, place, doomed)
    return result(place, steps, None)


def place_of(module: AnsibleAWSModule) -> Place:
    """Where the options point; keys never begin with a slash."""
    prefix = module.params["prefix"].strip("/")
    return Place(
        module.params["bucket"],
        f"{prefix}/" if prefix else "",
        module.params["expected_bucket_owner"],
    )


def result(place: Place, steps: Sequence[Step], kms_key: str | None) -> dict[str, Any]:
    """The module's result; the diff has one line for each object that changes."""
    steps = sorted(steps, key=lambda step: step.key)
    changes = [step for step in steps if step.change != "unchanged"]
    before, after = {}, {}
    for step in changes[:DIFF_LINES]:
        new_key = step.change == "reencrypted"
        if step.stored:
            under = f", under {step.stored.kms_key or 'no KMS key'}" if new_key else ""
            before[step.key] = step.stored.outline() + under
        if step.change != "removed":
            under = f", under {kms_key}" if new_key else ""
            after[step.key] = s3_objects.outline(step.size, step.sha256) + under
    if len(changes) > DIFF_LINES:
        after["..."] = f"and {len(changes) - DIFF_LINES} more"
    counts = {
        change: sum(step.change == change for step in steps)
        for change in ("created", "updated", "reencrypted", "removed", "unchanged")
    }
    return {
        "changed": bool(changes),
        "objects": [
            {
                "key": step.key,
                "uri": place.uri(step.key),
                "size": step.size,
                "sha256": step.sha256,
                "change": step.change,
            }
            for step in steps
        ],
        "uploaded": counts["created"] + counts["updated"],
        "reencrypted": counts["reencrypted"],
        "removed": counts["removed"],
        "unchanged": counts["unchanged"],
        "diff": [described(place.uri(place.prefix), before, after)] if changes else [],
    }


def main() -> None:
    """Declare the options and hand over."""
    module = AnsibleAWSModule(
        argument_spec={
            "bucket": {"type": "str", "required": True},
            "prefix": {"type": "str", "default": ""},
            "src": {"type": "path"},
            "patterns": {"type": "list", "elements": "str", "default": ["*"]},
            "recurse": {"type": "bool", "default": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "prune": {"type": "bool", "default": False},
            # The ARN names a key; it is none.
            "kms_key_arn": {"type": "str", "no_log": False},
            "owner": {"type": "str"},
            "expected_bucket_owner": {"type": "str"},
        },
        required_if=[("state", "present", ["src"])],
        supports_check_mode=True,
    )
    run(module, present if module.params["state"] == "present" else absent)


if __name__ == "__main__":
    main()
