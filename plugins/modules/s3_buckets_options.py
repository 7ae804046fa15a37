#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: s3_buckets_options
version_added: 1.0.0
short_description: Housekeeping, access logging and events of a set of S3 buckets
description:
  - Sets what M(amazon.aws.s3_bucket) cannot, on any number of buckets side by side in one call. One lifecycle rule
    (C(terraglue-housekeeping)) that lets old versions and unfinished uploads go, access logging, and EventBridge.
  - Lifecycle rules and notifications of others are kept.
options:
  buckets:
    description: Names of the buckets.
    type: list
    elements: str
    required: true
  noncurrent_days:
    description: Days after which old versions of objects go. With V(0) they stay.
    type: int
    default: 1
  abort_multipart_days:
    description: Days after which unfinished uploads go. With V(0) they stay.
    type: int
    default: 1
  access_logging_target:
    description:
      - Where requests to the buckets are logged. Access logging is left as it is when this is not given.
      - A bucket that is its own target does not log.
    type: dict
    suboptions:
      bucket:
        description: Name of the bucket that takes the logs. With an empty name access is not logged.
        type: str
        required: true
      prefix:
        description: Begin of the logs' keys. C(<bucket>) stands for the name of the logged bucket.
        type: str
        default: <bucket>/
  event_bridge:
    description: Whether events of the buckets go to EventBridge. Left as it is when not given.
    type: bool
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
- name: Let old versions go after a week
  terraglue.aws.s3_buckets_options:
    buckets:
      - sandbox-raw-123456789012-us-east-1
      - sandbox-curated-123456789012-us-east-1
    noncurrent_days: 7

- name: Log access and send events
  terraglue.aws.s3_buckets_options:
    buckets:
      - sandbox-raw-123456789012-us-east-1
    access_logging_target:
      bucket: sandbox-access-logs-123456789012-us-east-1
    event_bridge: true

- name: Stop logging access
  terraglue.aws.s3_buckets_options:
    buckets:
      - sandbox-raw-123456789012-us-east-1
    access_logging_target:
      bucket: ""
"""

RETURN = r"""
changed_buckets:
  description: The buckets that were changed, each with what differed.
  returned: always
  type: list
  elements: dict
  sample: [{"name": "sandbox-raw-123456789012-us-east-1", "changes": ["lifecycle rule"]}]
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, run
from ansible_collections.terraglue.aws.plugins.module_utils.plan import entry, touched, words
from ansible_collections.terraglue.aws.plugins.module_utils.s3_buckets import (
    Options,
    delete_lifecycle,
    exists,
    get_lifecycle,
    get_logging,
    get_notifications,
    housekeeping_rule,
    lifecycle_with,
    logging_target,
    our_rule,
    put_lifecycle,
    put_logging,
    put_notifications,
    rule_differs,
)
from ansible_collections.terraglue.aws.plugins.module_utils.session import client, in_parallel
from ansible_collections.terraglue.aws.plugins.module_utils.state import differs

EVENT_BRIDGE = "EventBridgeConfiguration"


class Found(NamedTuple):
    """What a bucket has now; all None and empty for one that does not exist."""

    lifecycle: Mapping[str, Any] | None
    logging: Mapping[str, Any] | None
    notifications: Mapping[str, Any]


def read(s3: Any, name: str, options: Options) -> Found:
    """What is asked about, and no more."""
    return Found(
        lifecycle=get_lifecycle(s3, name),
        logging=None if options.logging_bucket is None else get_logging(s3, name),
        notifications={} if options.event_bridge is None else get_notifications(s3, name),
    )


def compare(name: str, found: Found, options: Options) -> dict[str, dict[str, Any]]:
    """What differs between a bucket and what is wanted."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    rule, wanted = our_rule(found.lifecycle), housekeeping_rule(options)
    if rule_differs(rule, wanted):
        before["lifecycle_rule"], after["lifecycle_rule"] = rule, wanted
    if options.logging_bucket is not None:
        target = logging_target(name, options)
        current = found.logging and {
            key: found.logging.get(key, "") for key in ("TargetBucket", "TargetPrefix")
        }
        if (current or None) != target:
            before["access_logging"], after["access_logging"] = current, target
    if options.event_bridge is not None:
        is_on = EVENT_BRIDGE in found.notifications
        if is_on != options.event_bridge:
            before["event_bridge"], after["event_bridge"] = is_on, options.event_bridge
    return {
        "before": {key: value for key, value in before.items() if value is not None},
        "after": {key: value for key, value in after.items() if value is not None},
    }


def mend(s3: Any, name: str, found: Found, options: Options, settings: list[str]) -> None:
    """Set on one bucket what differs."""
    if "lifecycle_rule" in settings:
        current = found.lifecycle or {}
        rules = lifecycle_with(list(current.get("Rules", [])), housekeeping_rule(options))
        if rules:
            put_lifecycle(s3, name, rules, current.get("TransitionDefaultMinimumObjectSize"))
        else:
            delete_lifecycle(s3, name)
    if "access_logging" in settings:
        put_logging(s3, name, logging_target(name, options))
    if "event_bridge" in settings:
        kept = {key: item for key, item in found.notifications.items() if key != EVENT_BRIDGE}
        put_notifications(s3, name, {**kept, EVENT_BRIDGE: {}} if options.event_bridge else kept)


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """Read all buckets, then set what differs."""
    params = module.params
    target = params["access_logging_target"]
    options = Options(
        noncurrent_days=params["noncurrent_days"],
        abort_multipart_days=params["abort_multipart_days"],
        logging_bucket=target["bucket"] if target else None,
        logging_prefix=target["prefix"] if target else "",
        event_bridge=params["event_bridge"],
    )
    if min(options.noncurrent_days, options.abort_multipart_days) < 0:
        raise TerraglueError("noncurrent_days and abort_multipart_days cannot be negative.")
    s3 = client(module, "s3")
    names = list(dict.fromkeys(params["buckets"]))
    there = dict(zip(names, in_parallel(lambda name: exists(s3, name) is not None, names)))
    missing = [name for name in names if not there[name]]
    if missing and not module.check_mode:
        raise TerraglueError(
            f"There is no bucket {', '.join(missing)}. Make it first (amazon.aws.s3_bucket)."
            " Nothing was changed.",
            missing=missing,
        )
    # In check mode a missing bucket is one that a skipped task would have made.
    nothing = Found(None, None, {})
    found = dict(
        zip(
            names,
            in_parallel(lambda name: read(s3, name, options) if there[name] else nothing, names),
        )
    )
    changes = {name: compare(name, found[name], options) for name in names}
    differing = {name: change for name, change in changes.items() if differs(change)}
    if not module.check_mode:
        in_parallel(
            lambda name: mend(s3, name, found[name], options, touched(differing[name])), differing
        )
    return {
        "changed": bool(differing),
        "changed_buckets": [
            {"name": name, "changes": words(change)} for name, change in differing.items()
        ],
        "diff": [entry("bucket", name, change) for name, change in differing.items()],
    }


def main() -> None:
    """Entry point."""
    module = AnsibleAWSModule(
        argument_spec={
            "buckets": {"type": "list", "elements": "str", "required": True},
            "noncurrent_days": {"type": "int", "default": 1},
            "abort_multipart_days": {"type": "int", "default": 1},
            "access_logging_target": {
                "type": "dict",
                "options": {
                    "bucket": {"type": "str", "required": True},
                    "prefix": {"type": "str", "default": "<bucket>/"},
                },
            },
            "event_bridge": {"type": "bool"},
        },
        supports_check_mode=True,
    )
    run(module, work)


if __name__ == "__main__":
    main()
