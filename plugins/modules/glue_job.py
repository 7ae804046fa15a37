#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: glue_job
version_added: 1.0.0
short_description: Manage a Glue job
description:
  - Creates, changes and removes a Glue job with all its settings, including security configuration, execution class, run queuing and tags.
  - What an option does not name is not set on the job, and what somebody else set there is removed, arguments included. Only O(timeout), O(runtime) and,
    for jobs other than Spark jobs, O(glue_version) and the capacity are left to AWS when they are not given.
options:
  name:
    description: Name of the job.
    type: str
    required: true
  state:
    description: Whether the job exists.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: Description of the job.
    type: str
  role:
    description:
      - ARN or name of the role that runs assume.
      - Required when O(state=present).
    type: str
  role_wait_timeout:
    description: Seconds for which creating or changing the job is tried again while Glue cannot assume O(role), as happens with a role that was only just made.
    type: int
    default: 60
  command_name:
    description: Kind of the job; V(glueetl) is Spark, V(gluestreaming) Spark streaming, V(pythonshell) a plain Python script, V(glueray) Ray.
    type: str
    choices: [glueetl, gluestreaming, pythonshell, glueray]
    default: glueetl
  script_location:
    description:
      - S3 location of the script, C(s3://bucket/key).
      - Required when O(state=present).
    type: str
  python_version:
    description: Python version of the script.
    type: str
    choices: ['2', '3', '3.9']
    default: '3'
  runtime:
    description: Versions of Ray and Python, such as V(Ray2.4). For Ray jobs alone.
    type: str
  glue_version:
    description: Glue version. Spark jobs get V(5.0) when it is not given.
    type: str
  worker_type:
    description: Type of the workers. Spark jobs get V(G.1X) when neither it nor O(max_capacity) is given.
    type: str
    choices: [Standard, G.025X, G.1X, G.2X, G.4X, G.8X, G.12X, G.16X, R.1X, R.2X, R.4X, R.8X, Z.2X]
  number_of_workers:
    description: Number of workers. Spark jobs get 2 when neither it nor O(max_capacity) is given.
    type: int
  max_capacity:
    description: Capacity in DPU instead of workers, as Python shell jobs have it (0.0625 or 1).
    type: float
  timeout:
    description: Minutes after which a run is ended. AWS has a default of its own when it is not given.
    type: int
  max_retries:
    description: How often a failed run is tried again.
    type: int
    default: 0
  max_concurrent_runs:
    description: How many runs may run at the same time.
    type: int
    default: 1
  execution_class:
    description: V(FLEX) runs on spare capacity, cheaper and with a later start. For Spark ETL jobs from Glue 3.0 on.
    type: str
    choices: [STANDARD, FLEX]
    default: STANDARD
  job_run_queuing_enabled:
    description: Queue runs that exceed the limits of the account instead of failing them.
    type: bool
    default: false
  default_arguments:
    description:
      - Arguments of every run, names with their leading C(--).
      - Compared as a whole. An argument that the job has besides is removed.
      - Arguments may be logged by AWS. They are no place for secrets.
    type: dict
    default: {}
  non_overridable_arguments:
    description: Arguments that a run cannot override. Compared as a whole.
    type: dict
    default: {}
  connections:
    description: Names of Glue connections that the job uses.
    type: list
    elements: str
    default: []
  security_configuration:
    description: Name of the security configuration for logs, bookmarks and S3.
    type: str
  notify_delay_after:
    description: Minutes after which a running job sends a delay notification.
    type: int
  maintenance_window:
    description: Day and hour (GMT) of a streaming job's weekly restart, such as V(Sun:10).
    type: str
  stop_runs:
    description: Stop the runs of the job before it is removed, so that they no longer cost or write anything.
    type: bool
    default: true
  stop_timeout:
    description: Seconds to wait for stopped runs to end.
    type: int
    default: 180
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.full
  - terraglue.aws.ownership
seealso:
  - module: terraglue.aws.glue_job_info
  - module: terraglue.aws.glue_trigger
  - module: terraglue.aws.glue_security_configuration
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: A Spark job of two small workers
  terraglue.aws.glue_job:
    name: gluejob-sot-ecommerce-br
    role: arn:aws:iam::123456789012:role/terraglue-glue-execution-role
    script_location: s3://terraglue-glue-assets-123456789012-us-east-1/jobs/gluejob-sot-ecommerce-br/src/main.py
    timeout: 10
    max_concurrent_runs: 2
    security_configuration: gluejob-sot-ecommerce-br-security-config
    default_arguments:
      --job-language: python
      --enable-metrics: "true"
      --OUTPUT_TABLE: tbsot_ecommerce_br
    owner: terraglue
    tags:
      Project: terraglue

- name: A Python shell job
  terraglue.aws.glue_job:
    name: tidy-up
    command_name: pythonshell
    python_version: "3.9"
    max_capacity: 0.0625
    role: tidy-up-role
    script_location: s3://my-scripts/tidy_up.py

- name: Stop what runs and remove the job
  terraglue.aws.glue_job:
    name: gluejob-sot-ecommerce-br
    owner: terraglue
    state: absent
"""

RETURN = r"""
job:
  description: The job as AWS has it, in snake case; as it would be in check mode; empty when it is absent.
  returned: success
  type: dict
  sample:
    arn: arn:aws:glue:us-east-1:123456789012:job/gluejob-sot-ecommerce-br
    command: {name: glueetl, python_version: "3", script_location: s3://scripts/main.py}
    default_arguments: {--job-language: python}
    glue_version: "5.0"
    name: gluejob-sot-ecommerce-br
    number_of_workers: 2
    tags: {"terraglue:owner": terraglue}
    worker_type: G.1X
changes:
  description: Names of the settings that differed, arguments and tags each by its own name; V(state) for a removal.
  returned: success
  type: list
  elements: str
  sample: [default_arguments.--TempDir, number_of_workers]
stopped_runs:
  description: Ids of the runs that were stopped (in check mode, that would be).
  returned: when O(state=absent)
  type: list
  elements: str
msg:
  description: Why a job was not removed.
  returned: when it is not the owner's
  type: str
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    errors,
    glue_api,
    glue_job,
    glue_job_runs,
    glue_rules,
    outcome,
    session,
    state,
    tags,
)

KEPT_ON_UPDATE = ("CreatedOn", "LastModifiedOn")


def ensure_present(module: AnsibleAWSModule, glue: Any, arn: str) -> dict[str, Any]:
    """Create or mend the job and its tags."""
    options = module.params
    name, owner = options["name"], options["owner"]
    job = glue_job.get(glue, name)
    current = glue_api.get_tags(glue, arn) if job else {}
    if job:
        tags.require_ours("Glue job", name, current, owner, options["adopt"], "glue_adopt")

    wanted = glue_job.settings(options)
    wanted_tags = tags.desired_tags(owner, options["tags"])
    change = glue_job.drift(wanted, job)
    tagging = tags.tag_changes(current, wanted_tags, options["purge_tags"])
    body = glue_job.payload(wanted, job)
    timeout = options["role_wait_timeout"]

    if not module.check_mode:
        if job is None:
            glue_job.create(glue, name, body, wanted_tags, timeout)
        elif state.differs(change):
            glue_job.update_with_role(glue, name, body, timeout)
        if job:
            glue_api.change_tags(glue, arn, tagging)
        resource = glue_job.get(glue, name) or {}
        now_tags = glue_api.get_tags(glue, arn)
    else:
        kept = {key: job[key] for key in KEPT_ON_UPDATE if key in job} if job else {}
        resource = {"Name": name, **kept, **body}
        now_tags = tags.after(current, tagging)
    whole = outcome.together(change, outcome.tagging(current, tagging))
    return outcome.changed("job", name, whole, outcome.snake(resource, arn, now_tags))


def ensure_absent(module: AnsibleAWSModule, glue: Any, arn: str) -> dict[str, Any]:
    """Remove the job and what of it still runs."""
    options = module.params
    name, owner = options["name"], options["owner"]
    job = glue_job.get(glue, name)
    if job is None:
        return {**outcome.gone("job", name, None), "stopped_runs": []}
    current = glue_api.get_tags(glue, arn)
    if not tags.is_ours(current, owner):
        why = tags.left_alone("Glue job", name, current, owner)
        module.warn(why)
        resource = outcome.snake(job, arn, current)
        return {**outcome.kept("job", name, resource, why), "stopped_runs": []}

    stopped: list[str] = []
    if module.check_mode:
        stopped = glue_job_runs.active(glue, name) if options["stop_runs"] else []
    else:
        if options["stop_runs"]:
            stopped = glue_job_runs.stop_all(glue, name, options["stop_timeout"])
        glue_job.delete(glue, name)
    return {**outcome.gone("job", name, glue_job.described(job)), "stopped_runs": stopped}


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """The result of the module."""
    glue = session.client(module, "glue")
    arn = session.caller(module).glue_arn("job", module.params["name"])
    ensure = ensure_present if module.params["state"] == "present" else ensure_absent
    return ensure(module, glue, arn)


def main() -> None:
    """Declare the options and do the work."""
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "description": {"type": "str"},
            "role": {"type": "str"},
            "role_wait_timeout": {"type": "int", "default": 60},
            "command_name": {
                "type": "str",
                "choices": ["glueetl", "gluestreaming", "pythonshell", "glueray"],
                "default": "glueetl",
            },
            "script_location": {"type": "str"},
            "python_version": {"type": "str", "choices": ["2", "3", "3.9"], "default": "3"},
            "runtime": {"type": "str"},
            "glue_version": {"type": "str"},
            "worker_type": {"type": "str", "choices": list(glue_rules.WORKERS)},
            "number_of_workers": {"type": "int"},
            "max_capacity": {"type": "float"},
            "timeout": {"type": "int"},
            "max_retries": {"type": "int", "default": 0},
            "max_concurrent_runs": {"type": "int", "default": 1},
            "execution_class": {
                "type": "str",
                "choices": ["STANDARD", "FLEX"],
                "default": "STANDARD",
            },
            "job_run_queuing_enabled": {"type": "bool", "default": False},
            "default_arguments": {"type": "dict", "default": {}},
            "non_overridable_arguments": {"type": "dict", "default": {}},
            "connections": {"type": "list", "elements": "str", "default": []},
            "security_configuration": {"type": "str"},
            "notify_delay_after": {"type": "int"},
            "maintenance_window": {"type": "str"},
            "stop_runs": {"type": "bool", "default": True},
            "stop_timeout": {"type": "int", "default": 180},
            **tags.OWNERSHIP_OPTIONS,
        },
        mutually_exclusive=[("max_capacity", "worker_type"), ("max_capacity", "number_of_workers")],
        required_if=[("state", "present", ("role", "script_location"))],
        supports_check_mode=True,
    )
    errors.run(module, work)


if __name__ == "__main__":
    main()
