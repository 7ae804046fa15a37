#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: glue_job_run
version_added: 1.1.0
short_description: Run a Glue job and wait for its end
description:
  - Starts a run of a Glue job, shows its log while it goes, and returns how it ended, how long it took and what it costs.
  - What a run would fail for after a minute is found within seconds - a job, a script or a role that does not exist, or a role that Glue
    cannot assume.
  - The run is stopped when O(wait_timeout) is over and when the play is interrupted.
  - A run is started once. When Glue's answer is lost, the task fails and says so, instead of asking again and starting another.
options:
  name:
    description: The job.
    type: str
    required: true
  state:
    description:
      - With V(finished) a run is started and waited for; one that does not succeed fails the task.
      - With V(started) a run is started and not waited for.
      - With V(stopped) the run of O(run_id), or every run of the job that is at work, is stopped.
    type: str
    choices: [finished, started, stopped]
    default: finished
  run_id:
    description: With O(state=finished) a run that was started before, which is waited for; no other is started. With O(state=stopped) the run to stop.
    type: str
  arguments:
    description:
      - Arguments of this run; they replace those of the job with the same names.
      - The two dashes before a name may be left out.
    type: dict
    default: {}
  worker_type:
    description: The kind of workers, instead of the job's.
    type: str
  number_of_workers:
    description: The number of workers, instead of the job's.
    type: int
  timeout:
    description: Minutes after which Glue ends the run, instead of the job's.
    type: int
  execution_class:
    description: V(FLEX) is cheaper and may start late.
    type: str
    choices: [STANDARD, FLEX]
  security_configuration:
    description: The security configuration of this run, instead of the job's.
    type: str
  follow_retries:
    description:
      - Whether a run that failed is waited for until the last attempt, when Glue tries it again because of the job's C(MaxRetries).
      - Otherwise the first failed attempt fails the task, which says that Glue tries it again. That costs whether it is waited for or not.
    type: bool
    default: true
  wait_timeout:
    description: Seconds after which the run is stopped, its start and all attempts included.
    type: int
    default: 28800
  delay:
    description: Seconds between two looks at the run.
    type: float
    default: 2
  log_lines:
    description: How many of the last lines of each log are returned, a thousand at most.
    type: int
    default: 30
  price_per_dpu_hour:
    description: USD for a DPU-hour. The default is the list price in us-east-1 of the run's execution class.
    type: float
notes:
  - In check mode the same is found out beforehand, and nothing is started or stopped.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.progress
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
    details: Every call starts a run, unless O(run_id) names one.
seealso:
  - module: terraglue.aws.glue_job
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Run a job for a day
  terraglue.aws.glue_job_run:
    name: nightly-orders
    arguments:
      DAY: "2024-05-01"
  register: nightly

- name: Say what it was
  ansible.builtin.debug:
    msg: "{{ nightly.execution_seconds }} s, {{ nightly.cost_usd }} USD"

- name: Start a run and go on
  terraglue.aws.glue_job_run:
    name: nightly-orders
    state: started
  register: started

- name: Wait for it
  terraglue.aws.glue_job_run:
    name: nightly-orders
    run_id: "{{ started.run_id }}"

- name: Fail at the first failed attempt of a job that Glue tries again
  terraglue.aws.glue_job_run:
    name: nightly-orders
    follow_retries: false

- name: Stop whatever is at work
  terraglue.aws.glue_job_run:
    name: nightly-orders
    state: stopped
"""

RETURN = r"""
run_id:
  description: The id of the run.
  returned: when a run was started or waited for
  type: str
  sample: jr_1b0f2f4f0ab0d5d5f8f1a8f6f3b9a3a4b7c4a1d6e0c2b8f7a6d5c4b3a2918070
job_name:
  description: The job.
  returned: when a run was waited for
  type: str
  sample: nightly-orders
state:
  description: JobRunState. A run that was waited for and did not end with V(SUCCEEDED) fails the task.
  returned: when a run was started or waited for
  type: str
  sample: SUCCEEDED
attempt:
  description: V(0) for a first attempt, the number of the retry otherwise.
  returned: when a run was waited for
  type: int
  sample: 0
failed_attempts:
  description: The attempts that failed before this one, the first of them first. All other values are those of the last attempt.
  returned: when a run was waited for and earlier attempts of it failed
  type: list
  elements: dict
  contains:
    run_id:
      description: The id of the attempt.
      type: str
    error_message:
      description: Why it failed, in the words of Glue.
      type: str
    execution_seconds:
      description: How long it had the resources that are paid for.
      type: int
    dpu_hours:
      description: DPU-hours of this attempt.
      type: float
    cost_usd:
      description: An estimate of what this attempt costs.
      type: float
arguments:
  description: The arguments that the run was given; those of the job alone are not among them.
  returned: when a run was waited for
  type: dict
  sample: {"--DAY": "2024-05-01"}
started_on:
  description: When it was started, ISO 8601.
  returned: when a run was waited for
  type: str
  sample: "2024-05-02T03:00:00+00:00"
completed_on:
  description: When it ended, ISO 8601.
  returned: when a run was waited for
  type: str
  sample: "2024-05-02T03:01:40+00:00"
execution_seconds:
  description: How long it had the resources that are paid for.
  returned: when a run was waited for
  type: int
  sample: 83
dpu_hours:
  description: DPU-hours, as Glue counts them or else by capacity and time, a minute at least.
  returned: when a run was waited for
  type: float
  sample: 0.0461
cost_usd:
  description: An estimate by O(price_per_dpu_hour) of what the run costs. Requests and storage of S3 and logs are not in it.
  returned: when a run was waited for
  type: float
  sample: 0.0203
error_message:
  description: Why it failed, in the words of Glue.
  returned: when a run was waited for
  type: str
  sample: ""
failed_line:
  description: The line of the script that raised.
  returned: when it failed and the line is known
  type: int
  sample: 42
log:
  description: The last lines of the run's output log, which the script prints, O(log_lines) of them at most.
  returned: when a run was waited for
  type: list
  elements: str
  sample: ["800 orders read"]
error_log:
  description: The last lines of the run's error log, in which Spark and the Glue logger write, O(log_lines) of them at most.
  returned: when a run was waited for
  type: list
  elements: str
  sample: ["2024-05-02 03:01:20,123 INFO GlueLogger: Writing 800 orders"]
stopped:
  description: The ids of the runs that were stopped, or would be.
  returned: when O(state=stopped)
  type: list
  elements: str
"""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    errors,
    glue_job,
    glue_job_logs,
    glue_job_runs,
    progress,
    session,
)
from ansible_collections.terraglue.aws.plugins.module_utils.interruptions import (
    Interrupted,
    Interruptions,
)

# List prices of us-east-1; source: "AWS Glue pricing".
PRICES = {"STANDARD": 0.44, "FLEX": 0.29}
OF_AN_ATTEMPT = ("run_id", "error_message", "execution_seconds", "dpu_hours", "cost_usd")


class Watch:
    """Tells the lines of a run's logs as they come, and keeps the last ones."""

    def __init__(self, module: AnsibleAWSModule, job: Mapping[str, Any]) -> None:
        self._client = session.client(module, "logs")
        self._job = job
        self._progress = progress.Progress(module)
        self._began = time.monotonic()
        self._logs: dict[str, glue_job_logs.Log] = {}
        self._run_id = ""
        self.kept: dict[str, deque[str]] = {}

    def look(self, run: Mapping[str, Any]) -> None:
        """Called at every look at the run. Each attempt has logs of its own."""
        if run["Id"] != self._run_id:
            self._run_id = run["Id"]
            self._logs.clear()
            self.kept = {part: deque(maxlen=glue_job_logs.KEPT) for part in glue_job_logs.PARTS}
        self._progress.say(f"{run['JobRunState'].lower()} {time.monotonic() - self._began:.0f} s")
        ended = run["JobRunState"] not in glue_job_runs.ACTIVE
        # The logs of a run that nobody watches are only read at their end.
        if not ended and not self._progress.is_watched:
            return
        for part in glue_job_logs.PARTS:
            if part not in self._logs:
                self._logs[part] = glue_job_logs.Log(self._client, part, self._job, run)
            self._read(part, ended)

    def _read(self, part: str, ended: bool) -> None:
        log, kept = self._logs[part], self.kept[part]
        try:
            lines = log.new_lines() if self._progress.is_watched else []
            if ended and not lines and not kept:
                lines = log.last_lines()
        except errors.TerraglueError as error:
            # A job can be run without a permission to read logs.
            lines = [f"The log cannot be read: {error}"] if ended else []
        for line in lines:
            if part == "output" or not glue_job_logs.is_chatter(line):
                self._progress.tell(line)
            kept.append(line)

    def tell_retry(self, run: Mapping[str, Any], left: int) -> None:
        """Say that Glue tries a failed run again."""
        why = errors.one_line(run.get("ErrorMessage") or "no reason given").rstrip(".")
        self._progress.tell(
            f"The run {run['Id']} failed: {why}. Glue tries it again, {left} time(s) at most."
        )

    def last(self, part: str, most: int) -> list[str]:
        """The last lines of a log."""
        return list(self.kept[part])[-most:] if most else []


def check(options: dict[str, Any]) -> None:
    """Refuse what cannot be done."""
    wrong = ""
    if options["state"] == "started" and options["run_id"]:
        wrong = "run_id is for state=finished and state=stopped"
    elif options["wait_timeout"] <= 0 or options["delay"] <= 0:
        wrong = "wait_timeout and delay have to be more than 0"
    elif options["log_lines"] < 0:
        wrong = f"log_lines {options['log_lines']} has to be 0 or more"
    if wrong:
        raise errors.TerraglueError(f"{wrong}.")


def existing_job(glue: Any, name: str) -> dict[str, Any]:
    """The job, which must exist."""
    job = glue_job.get(glue, name)
    if job is None:
        raise errors.TerraglueError(
            f"The job {name} does not exist. Deploy it (playbooks/site.yml, role glue, module"
            " glue_job), or check the name, the region and the account."
        )
    return job


def stop(module: AnsibleAWSModule, glue: Any) -> dict[str, Any]:
    """Stop one run, or all that are at work."""
    name, run_id = module.params["name"], module.params["run_id"]
    existing_job(glue, name)
    if run_id:
        state = glue_job_runs.get(glue, name, run_id)["JobRunState"]
        at_work = [run_id] if state in glue_job_runs.ACTIVE else []
    else:
        at_work = glue_job_runs.active(glue, name)
    if not module.check_mode:
        glue_job_runs.stop(glue, name, at_work)
    return {"changed": bool(at_work), "stopped": at_work}


def wait(
    module: AnsibleAWSModule,
    glue: Any,
    job: Mapping[str, Any],
    run_id: str,
    interruptions: Interruptions,
    watch: Watch,
) -> list[dict[str, Any]]:
    """The JobRun of each attempt when the last one has ended."""
    options, began = module.params, time.monotonic()
    attempts: list[dict[str, Any]] = []
    following: str | None = run_id
    while following:
        run = glue_job_runs.wait(
            glue,
            options["name"],
            following,
            interruptions,
            watch.look,
            options["wait_timeout"],
            options["delay"],
            began,
        )
        attempts.append(run)
        left = glue_job_runs.retries_left(job, run)
        if not left or not options["follow_retries"]:
            break
        watch.tell_retry(run, left)
        following = glue_job_runs.await_retry(glue, run, interruptions, options["delay"])
    return attempts


def about_attempts(
    job: Mapping[str, Any], attempts: Sequence[Mapping[str, Any]], is_followed: bool
) -> str:
    """What a failed task says of retries."""
    left = glue_job_runs.retries_left(job, attempts[-1])
    if left and not is_followed:
        return (
            f" Glue tries it again, {left} time(s) at most, for the job has MaxRetries"
            f" {job['MaxRetries']}: wait for that with follow_retries, or end it with state=stopped."
        )
    if left:
        return (
            f" The job has MaxRetries {job['MaxRetries']}, but no retry was seen. If one begins"
            " later, end it with state=stopped."
        )
    if len(attempts) > 1:
        return f" It was the last of {len(attempts)} attempts."
    return ""


def ended(
    module: AnsibleAWSModule,
    job: Mapping[str, Any],
    attempts: Sequence[Mapping[str, Any]],
    watch: Watch,
) -> dict[str, Any]:
    """The result of a run that has ended; an error when it did not succeed."""
    run = attempts[-1]
    options = module.params
    price, most = options["price_per_dpu_hour"], options["log_lines"]
    if price is None:
        price = PRICES[run.get("ExecutionClass") or "STANDARD"]
    earlier = [glue_job_runs.figures(one, price) for one in attempts[:-1]]
    result = {
        # Who waits for a run of somebody else's has changed nothing.
        "changed": not options["run_id"],
        **glue_job_runs.figures(run, price),
        "log": watch.last("output", most),
        "error_log": watch.last("error", most),
    }
    if earlier:
        result["failed_attempts"] = [{key: one[key] for key in OF_AN_ATTEMPT} for one in earlier]
    if run["JobRunState"] == glue_job_runs.SUCCEEDED:
        return result
    why = result["error_message"].strip().rstrip(".") or (
        "it was stopped" if run["JobRunState"] == "STOPPED" else "Glue gave no reason"
    )
    script = (job.get("Command") or {}).get("ScriptLocation") or ""
    line = glue_job_runs.failed_line(why, watch.kept["output"], script)
    place = f" It raised in line {line} of {script}." if line else ""
    retries = about_attempts(job, attempts, options["follow_retries"])
    raise errors.TerraglueError(
        f"The run {run['Id']} of job {run['JobName']} ended with {run['JobRunState']}: {why}."
        f"{place}{retries}",
        **{**result, **({"failed_line": line} if line else {})},
    )


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """The result of the module."""
    options = module.params
    check(options)
    session.region_of(module)
    glue = session.client(module, "glue")
    name, run_id = options["name"], options["run_id"]
    if options["state"] == "stopped":
        return stop(module, glue)
    job = existing_job(glue, name)
    if not run_id:
        faults = glue_job_runs.missing_parts(
            job, session.client(module, "s3"), session.client(module, "iam")
        )
        if faults:
            raise errors.TerraglueError(" ".join(faults))
    if module.check_mode:
        return {"changed": not run_id, "job_name": name}

    watch = Watch(module, job)
    with Interruptions() as interruptions:
        if not run_id:
            starter = session.client_of_one_try(module, "glue")
            run_id = glue_job_runs.start(glue, starter, glue_job_runs.request(options))
        if options["state"] == "started":
            return {"changed": True, "run_id": run_id, "job_name": name, "state": "STARTING"}
        try:
            attempts = wait(module, glue, job, run_id, interruptions, watch)
        except Interrupted as signal:
            raise errors.TerraglueError(
                f"The play was interrupted ({signal}). The run {run_id} is being stopped.",
                run_id=run_id,
            ) from signal
    return ended(module, job, attempts, watch)


def main() -> None:
    """Declare the options and do the work."""
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {
                "type": "str",
                "choices": ["finished", "started", "stopped"],
                "default": "finished",
            },
            "run_id": {"type": "str"},
            "arguments": {"type": "dict", "default": {}},
            "worker_type": {"type": "str"},
            "number_of_workers": {"type": "int"},
            "timeout": {"type": "int"},
            "execution_class": {"type": "str", "choices": ["STANDARD", "FLEX"]},
            "security_configuration": {"type": "str"},
            "follow_retries": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int", "default": 28800},
            "delay": {"type": "float", "default": 2},
            "log_lines": {"type": "int", "default": 30},
            "price_per_dpu_hour": {"type": "float"},
            **progress.OPTIONS,
        },
        required_together=[["worker_type", "number_of_workers"]],
        supports_check_mode=True,
    )
    errors.run(module, work)


if __name__ == "__main__":
    main()
