#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: glue_trigger
version_added: 1.0.0
short_description: Manage a Glue trigger
description:
  - Creates, changes, starts, stops and removes a trigger that starts Glue jobs or crawlers.
  - What an option does not name is not set on the trigger, and what somebody else set there is removed. A trigger that somebody stopped is started again.
  - AWS cannot change the type of a trigger. With another O(type) the trigger is removed and made again.
options:
  name:
    description: Name of the trigger.
    type: str
    required: true
  state:
    description: Whether the trigger exists.
    type: str
    choices: [present, absent]
    default: present
  type:
    description: What makes the trigger fire.
    type: str
    choices: [SCHEDULED, ON_DEMAND, CONDITIONAL]
    default: SCHEDULED
  description:
    description: Description of the trigger.
    type: str
  schedule:
    description:
      - When a V(SCHEDULED) trigger fires, in UTC, C(cron(minutes hours day-of-month month day-of-week year)).
      - One of the two day fields is C(?). Nothing runs more often than every 5 minutes.
      - Required when O(type=SCHEDULED) and O(state=present).
    type: str
  job_name:
    description: The job to start, when that is all there is to do. Short for one entry of O(actions).
    type: str
  actions:
    description: What the trigger starts.
    type: list
    elements: dict
    suboptions:
      job_name:
        description: Job to start.
        type: str
      crawler_name:
        description: Crawler to start.
        type: str
      arguments:
        description: Arguments of the run; they replace the default ones of the job. Compared as a whole.
        type: dict
      timeout:
        description: Minutes after which the run is ended.
        type: int
      security_configuration:
        description: Security configuration of the run.
        type: str
      notify_delay_after:
        description: Minutes after which a running job sends a delay notification.
        type: int
  predicate:
    description:
      - What a V(CONDITIONAL) trigger waits for.
      - Required when O(type=CONDITIONAL) and O(state=present).
    type: dict
    suboptions:
      logical:
        description: Whether all conditions have to be met or any one.
        type: str
        choices: [AND, ANY]
        default: AND
      conditions:
        description: The conditions.
        type: list
        elements: dict
        required: true
        suboptions:
          job_name:
            description: Job that is watched.
            type: str
          state:
            description: State of the job's run that meets the condition.
            type: str
            choices: [SUCCEEDED, STOPPED, FAILED, TIMEOUT]
          crawler_name:
            description: Crawler that is watched.
            type: str
          crawl_state:
            description: State of the crawl that meets the condition.
            type: str
            choices: [SUCCEEDED, FAILED, CANCELLED]
          logical_operator:
            description: How the state is compared.
            type: str
            choices: [EQUALS]
            default: EQUALS
  enabled:
    description:
      - Whether the trigger is started. A trigger that is not does not fire.
      - Says nothing for V(ON_DEMAND) triggers, which fire when they are started by hand. The module never starts them.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for the trigger to leave a state that it passes through, such as C(ACTIVATING).
    type: int
    default: 120
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.full
  - terraglue.aws.ownership
seealso:
  - module: terraglue.aws.glue_trigger_info
  - module: terraglue.aws.glue_job
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Start the job on Fridays at 21:00 UTC
  terraglue.aws.glue_trigger:
    name: trigger-gluejob-sot-ecommerce-br
    job_name: gluejob-sot-ecommerce-br
    schedule: cron(0 21 ? * 6 *)
    owner: terraglue

- name: Start a second job when the first has succeeded
  terraglue.aws.glue_trigger:
    name: after-sot
    type: CONDITIONAL
    predicate:
      conditions:
        - job_name: gluejob-sot-ecommerce-br
          state: SUCCEEDED
    actions:
      - job_name: gluejob-spec-reports
        arguments:
          --DAY: yesterday
    owner: terraglue

- name: Let the schedule rest
  terraglue.aws.glue_trigger:
    name: trigger-gluejob-sot-ecommerce-br
    job_name: gluejob-sot-ecommerce-br
    schedule: cron(0 21 ? * 6 *)
    enabled: false
    owner: terraglue

- name: Remove the schedule
  terraglue.aws.glue_trigger:
    name: trigger-gluejob-sot-ecommerce-br
    owner: terraglue
    state: absent
"""

RETURN = r"""
trigger:
  description: The trigger as AWS has it, in snake case; as it would be in check mode; empty when it is absent.
  returned: success
  type: dict
  sample:
    actions: [{job_name: gluejob-sot-ecommerce-br}]
    arn: arn:aws:glue:us-east-1:123456789012:trigger/trigger-gluejob-sot-ecommerce-br
    name: trigger-gluejob-sot-ecommerce-br
    schedule: cron(0 21 ? * 6 *)
    state: ACTIVATED
    tags: {"terraglue:owner": terraglue}
    type: SCHEDULED
changes:
  description: Names of the settings that differed, tags each by its own name; V(state) also for a removal.
  returned: success
  type: list
  elements: str
  sample: [schedule, state]
msg:
  description: Why a trigger was not removed.
  returned: when it is not the owner's
  type: str
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    cron,
    errors,
    glue_api,
    glue_trigger,
    outcome,
    session,
    state,
    tags,
)


def check(options: dict[str, Any]) -> None:
    """Refuse what AWS would refuse, before anything is called."""
    if options["type"] == "SCHEDULED":
        wrong = cron.check_schedule(options["schedule"] or "")
        if wrong:
            raise errors.TerraglueError(f"schedule of trigger {options['name']}: {wrong}")
    if options["type"] == "CONDITIONAL" and not options["predicate"]:
        raise errors.TerraglueError(
            f"trigger {options['name']} is CONDITIONAL and needs a predicate with its conditions."
        )
    for number, action in enumerate(options["actions"] or [], 1):
        if bool(action.get("job_name")) == bool(action.get("crawler_name")):
            raise errors.TerraglueError(
                f"actions of trigger {options['name']}: action {number} has to name either"
                " job_name or crawler_name."
            )


def ensure_present(module: AnsibleAWSModule, glue: Any, arn: str) -> dict[str, Any]:
    """Create or mend the trigger, its state and its tags."""
    options = module.params
    name, owner, timeout = options["name"], options["owner"], options["wait_timeout"]
    check(options)
    trigger = glue_trigger.settled(glue, name, timeout)
    current = glue_api.get_tags(glue, arn) if trigger else {}
    if trigger:
        tags.require_ours("Glue trigger", name, current, owner, options["adopt"], "glue_adopt")

    wanted = glue_trigger.settings(options)
    wanted_tags = tags.desired_tags(owner, options["tags"])
    change = glue_trigger.drift(wanted, trigger)
    tagging = tags.tag_changes(current, wanted_tags, options["purge_tags"])
    now_tags = tags.after(current, tagging)

    if module.check_mode:
        resource = {"Name": name, **glue_trigger.payload(wanted), "Type": wanted["type"]}
        resource["State"] = wanted["state"] or "CREATED"
    elif trigger is None:
        made = glue_trigger.create(glue, name, wanted, wanted_tags, timeout)
        resource = made or {}
    elif "type" in change["after"]:
        glue_trigger.delete(glue, name, timeout)
        workflow = trigger.get("WorkflowName")
        made = glue_trigger.create(glue, name, wanted, now_tags, timeout, workflow)
        resource = made or {}
    else:
        if state.differs(change):
            trigger = glue_trigger.update(glue, name, wanted, change, timeout) or {}
        glue_api.change_tags(glue, arn, tagging)
        resource = trigger
    whole = outcome.together(change, outcome.tagging(current, tagging))
    return outcome.changed("trigger", name, whole, glue_trigger.returned(resource, arn, now_tags))


def ensure_absent(module: AnsibleAWSModule, glue: Any, arn: str) -> dict[str, Any]:
    """Remove the trigger."""
    options = module.params
    name, owner, timeout = options["name"], options["owner"], options["wait_timeout"]
    trigger = glue_trigger.settled(glue, name, timeout)
    if trigger is None:
        return outcome.gone("trigger", name, None)
    current = glue_api.get_tags(glue, arn)
    if not tags.is_ours(current, owner):
        why = tags.left_alone("Glue trigger", name, current, owner)
        module.warn(why)
        return outcome.kept("trigger", name, glue_trigger.returned(trigger, arn, current), why)
    if not module.check_mode:
        glue_trigger.delete(glue, name, timeout)
    return outcome.gone("trigger", name, glue_trigger.brief(trigger))


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """The result of the module."""
    glue = session.client(module, "glue")
    arn = session.caller(module).glue_arn("trigger", module.params["name"])
    ensure = ensure_present if module.params["state"] == "present" else ensure_absent
    return ensure(module, glue, arn)


def main() -> None:
    """Declare the options and do the work."""
    action = {
        "job_name": {"type": "str"},
        "crawler_name": {"type": "str"},
        "arguments": {"type": "dict"},
        "timeout": {"type": "int"},
        "security_configuration": {"type": "str"},
        "notify_delay_after": {"type": "int"},
    }
    condition = {
        "job_name": {"type": "str"},
        "state": {"type": "str", "choices": ["SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT"]},
        "crawler_name": {"type": "str"},
        "crawl_state": {"type": "str", "choices": ["SUCCEEDED", "FAILED", "CANCELLED"]},
        "logical_operator": {"type": "str", "choices": ["EQUALS"], "default": "EQUALS"},
    }
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "type": {
                "type": "str",
                "choices": ["SCHEDULED", "ON_DEMAND", "CONDITIONAL"],
                "default": "SCHEDULED",
            },
            "description": {"type": "str"},
            "schedule": {"type": "str"},
            "job_name": {"type": "str"},
            "actions": {"type": "list", "elements": "dict", "options": action},
            "predicate": {
                "type": "dict",
                "options": {
                    "logical": {"type": "str", "choices": ["AND", "ANY"], "default": "AND"},
                    "conditions": {
                        "type": "list",
                        "elements": "dict",
                        "required": True,
                        "options": condition,
                    },
                },
            },
            "enabled": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int", "default": 120},
            **tags.OWNERSHIP_OPTIONS,
        },
        mutually_exclusive=[("job_name", "actions")],
        required_if=[("state", "present", ("job_name", "actions"), True)],
        supports_check_mode=True,
    )
    errors.run(module, work)


if __name__ == "__main__":
    main()
