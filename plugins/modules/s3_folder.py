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
  - From 64 files on, what is known of the objects is kept in the bucket, as
    C(.terraglue/OWNER/PREFIX/manifest.json.gz), so that a run that finds nothing to change lists the objects and asks
    for none of them. An object that was written since is asked for, and nothing is changed on the manifest's word alone.
    It may be removed at any time; O(state=absent) removes it. Athena, Hive and Spark pass by what begins with a dot.
  - A key that somebody gave an object by UpdateObjectEncryption, which leaves the object's ETag and time as they were,
    is noticed when the manifest is removed.
  - Large files are sent in parts. Memory does not grow with the size of a file, and an object is replaced as a whole or
    not at all. A run that was cut off, or met an error, is finished by the next one.
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
        delete markers, as far as this module uploaded them for O(owner), and what it noted about them. Everything else
        stays.
    type: str
    choices: [present, absent]
    default: present
  prune:
    description:
      - Remove the objects below O(prefix) that this module uploaded for O(owner), that match O(patterns) and whose file
        is gone. In a bucket with versioning their versions stay.
    type: bool
    default: false
  cure:
    description:
      - Upload cured copies of data files that Athena and Glue would not read as they are. O(src) is then a data folder,
        V(<database>/<table>/<file>), and is judged as M(terraglue.aws.glue_catalog_tables) does.
      - Nothing is cured unasked; the files themselves are never touched.
    type: dict
    version_added: 1.1.0
    suboptions:
      delimiter:
        description: The character between two fields. When empty it is found out.
        type: str
        default: ""
      quote:
        description: The character around a field.
        type: str
        default: '"'
      encoding:
        description: Encoding of the files. When empty it is UTF-8, or what a byte order mark says.
        type: str
        default: ""
      convert:
        description: Make UTF-8 of what is not.
        type: bool
        default: false
      line_breaks:
        description:
          - V(space) puts a space in place of each line break within quotes, where Athena and Glue would break the row.
          - V(report) and V(keep) upload the file as it is.
        type: str
        choices: [report, space, keep]
        default: report
      tables:
        description: Choices for single tables, as O(terraglue.aws.glue_catalog_tables#module:table_options).
        type: dict
        default: {}
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
  - terraglue.aws.progress
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

- name: Upload data of a Windows program as UTF-8, with each row on one line
  terraglue.aws.s3_folder:
    bucket: shop-raw-data
    src: data
    owner: shop
    cure:
      encoding: cp1252
      convert: true
      line_breaks: space

- name: Remove what was uploaded there
  terraglue.aws.s3_folder:
    bucket: shop-glue-assets
    prefix: jobs/nightly/src
    state: absent
    owner: shop
"""

RETURN = r"""
objects:
  description:
    - The objects, sorted by key. When there are more than 1000, only those that changed, and of those the first 1000;
      the counts beside them are of all.
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
from collections.abc import Container, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    csv_scan,
    data_copies,
    folder_files,
    progress,
    s3_manifest,
    s3_objects,
    s3_upload,
    table_options,
)
from ansible_collections.terraglue.aws.plugins.module_utils.errors import (
    TerraglueError,
    run,
    stop_at,
)
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.folder_files import (
    LocalFile,
)
from ansible_collections.terraglue.aws.plugins.module_utils.s3_manifest import Entry
from ansible_collections.terraglue.aws.plugins.module_utils.s3_objects import (
    Listed,
    Place,
    Stored,
)
from ansible_collections.terraglue.aws.plugins.module_utils.s3_upload import (
    Step,
)
from ansible_collections.terraglue.aws.plugins.module_utils.session import client
from ansible_collections.terraglue.aws.plugins.module_utils.state import described

DIFF_LINES = 200
RESULT_OBJECTS = 1000
KEY_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")


def present(module: AnsibleAWSModule) -> dict[str, Any]:
    """Judge the folder, compare it with the bucket, send what differs."""
    options, place = module.params, place_of(module)
    owner, kms_key = options["owner"], options["kms_key_arn"]
    files, faults = folder_files.local_files(
        options["src"], options["patterns"], options["recurse"]
    )
    faults += s3_upload.judge_keys(files, place)
    if kms_key and not KEY_ARN.fullmatch(kms_key):
        message = f"'{kms_key}' is no ARN of a key. Write arn:aws:kms:REGION:ACCOUNT:key/ID."
        faults.append(Fault("kms_key_arn", message))
    stop_at(faults)
    if options["cure"]:
        files = cured(files, options["src"], options["cure"])
    say = progress.Progress(module).say
    # Reading the files and asking S3 do not wait for each other.
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(folder_files.digests_of, files, say)
        s3 = client(module, "s3")
        listing = s3_objects.list_objects(s3, place)
        digests = reading.result()
    if listing is None and not module.check_mode:
        raise TerraglueError(
            f"The bucket {place.bucket} does not exist. Make it first (the role storage does), or"
            " correct the option bucket.",
            error_code=s3_objects.NO_BUCKET,
        )
    listing = listing or {}
    wanted = {place.key(file.name) for file in files}
    candidates = candidates_of(module, place, listing, wanted) if options["prune"] else set()
    entries = {}
    if len(wanted) + len(candidates) >= s3_manifest.WORTH:
        entries = s3_manifest.read(s3, place, owner)

    def plan(stored: Mapping[str, Stored]) -> list[Step]:
        steps = s3_upload.plan_upload(files, digests, stored, place, owner, kms_key)
        gone = {key: found for key, found in stored.items() if key in candidates}
        return steps + s3_upload.plan_prune(gone, owner)

    known = wanted.intersection(listing) | candidates
    vouched = s3_manifest.vouched(entries, listing, known, owner)
    unknown = sorted(known.difference(vouched))
    say(f"asking S3 for {len(unknown):,} of {len(known):,} objects")
    asked = s3_objects.heads(s3, place, unknown)
    steps = plan({**vouched, **asked})
    # The manifest may say that nothing is to be done. Whatever is to be done is decided by asking.
    doubtful = {step.key for step in steps if step.change != "unchanged"}.intersection(vouched)
    if doubtful:
        asked.update(s3_objects.heads(s3, place, sorted(doubtful)))
        sure = {key: found for key, found in vouched.items() if key not in doubtful}
        steps = plan({**sure, **asked})
    if not module.check_mode:
        made = s3_upload.carry_out(s3, place, steps, owner, kms_key, say)
        changed = {step.key for step in steps if step.change != "unchanged"}
        if len(wanted) + len(candidates) >= s3_manifest.WORTH:
            still = {key: found for key, found in asked.items() if key not in changed}
            note(module, s3, place, entries, None if changed else listing, {**still, **made})
    return result(place, steps, kms_key)


def cured(files: Iterable[LocalFile], src: str, options: Mapping[str, Any]) -> list[LocalFile]:
    """The files, those that need it with a copy to be sent instead."""
    repairs = data_copies.repairs(src, table_options.from_options(options, options["tables"]))
    return [
        file._replace(open=partial(csv_scan.repaired, file.path, repairs[file.path]))
        if file.path in repairs
        else file
        for file in files
    ]


def candidates_of(
    module: AnsibleAWSModule, place: Place, listing: Iterable[str], wanted: Container[str]
) -> set[str]:
    """The listed objects that prune may remove when they are ours."""
    patterns, recurse = module.params["patterns"], module.params["recurse"]
    return {
        key
        for key in listing
        if key not in wanted
        and not s3_manifest.is_manifest(key)
        and folder_files.matches(key[len(place.prefix) :], patterns, recurse)
    }


def note(
    module: AnsibleAWSModule,
    s3: Any,
    place: Place,
    entries: Mapping[str, Entry],
    listing: Mapping[str, Listed] | None,
    seen: Mapping[str, Stored],
) -> None:
    """Leave a manifest for the next run, when it would differ. Without ``listing``, list again."""
    owner, kms_key = module.params["owner"], module.params["kms_key_arn"]
    try:
        if listing is None:
            listing = s3_objects.list_objects(s3, place) or {}
        renewed = s3_manifest.renewed(entries, listing, seen, owner)
        if renewed != entries:
            s3_manifest.write(s3, place, owner, kms_key, renewed)
    except TerraglueError as error:
        module.warn(
            f"What was uploaded to {place.uri(place.prefix)} could not be noted there, so the next"
            f" run has to ask for each object: {error}"
        )


def absent(module: AnsibleAWSModule) -> dict[str, Any]:
    """Remove what we uploaded, every version of it."""
    options, place = module.params, place_of(module)
    if not place.prefix and not options["src"]:
        raise TerraglueError("Nothing to remove: give prefix, or src, or both.")
    wanted = None
    if options["src"]:
        files, faults = folder_files.local_files(
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
    steps = s3_upload.plan_prune(ours, options["owner"])
    if not module.check_mode:
        s3_objects.delete(
            s3, place, s3_objects.all_versions(versions, [step.key for step in steps])
        )
        try:
            s3_manifest.remove(s3, place, options["owner"], below=not options["src"])
        except TerraglueError as error:
            module.warn(
                f"The notes below {place.uri(s3_manifest.FOLDER)} could not be removed: {error}"
            )
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
    # Ansible looks at every value of a result several times over.
    told = steps if len(steps) <= RESULT_OBJECTS else changes[:RESULT_OBJECTS]
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
            for step in told
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
            "cure": {
                "type": "dict",
                "options": {
                    "delimiter": {"type": "str", "default": ""},
                    "quote": {"type": "str", "default": '"'},
                    "encoding": {"type": "str", "default": ""},
                    "convert": {"type": "bool", "default": False},
                    "line_breaks": {
                        "type": "str",
                        "choices": ["report", "space", "keep"],
                        "default": "report",
                    },
                    "tables": {"type": "dict", "default": {}},
                },
            },
            # The ARN names a key; it is none.
            "kms_key_arn": {"type": "str", "no_log": False},
            "owner": {"type": "str"},
            "expected_bucket_owner": {"type": "str"},
            **progress.OPTIONS,
        },
        required_if=[("state", "present", ["src"])],
        supports_check_mode=True,
    )
    run(module, present if module.params["state"] == "present" else absent)


if __name__ == "__main__":
    main()
