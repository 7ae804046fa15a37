# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glue triggers: MiniStack accepts anything, loses settings and invents others."""

from __future__ import annotations

import re
from typing import Any

from ministack.services import glue

from ..dispatch import Answer, Call, Forward, Refusal, answers, done
from . import glue_firing, glue_job_runs
from .glue_shared import page, tagged

_SETTINGS = ("Description", "Schedule", "Actions", "Predicate", "EventBatchingCondition")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# "Time-based schedules for jobs and crawlers" of the Glue developer guide: the six fields of
# cron(), their limits and names, and the special characters that each may hold.
_FIELDS: tuple[tuple[str, int, int, list[str], str], ...] = (
    ("Minutes", 0, 59, [], ""),
    ("Hours", 0, 23, [], ""),
    ("Day-of-month", 1, 31, [], r"|L|\d{1,2}W"),
    ("Month", 1, 12, _MONTHS, ""),
    ("Day-of-week", 1, 7, _DAYS, r"|L|\dL|\d#[1-5]"),
    ("Year", 1970, 2199, [], ""),
)


def _is_value(text: str, low: int, high: int, names: list[str]) -> bool:
    return text.upper() in names or (text.isdecimal() and low <= int(text) <= high)


def _is_field(text: str, low: int, high: int, names: list[str], special: str) -> bool:
    """One field: ``*``, values, ranges, steps and lists of them, or the field's special forms."""
    for part in text.split(","):
        if special and re.fullmatch(special[1:], part):
            continue
        start, slash, step = part.partition("/")
        if slash and not (step.isdecimal() and int(step) > 0):
            return False
        if start == "*":
            continue
        if not all(_is_value(value, low, high, names) for value in start.split("-", 1)):
            return False
    return True


def is_schedule(text: str) -> bool:
    """Whether Glue takes this schedule: cron() of six fields, ``?`` in exactly one of the days."""
    match = re.fullmatch(r"cron\((.*)\)", text)
    fields = match.group(1).split() if match else []
    if len(fields) != len(_FIELDS):
        return False
    if [fields[2], fields[4]].count("?") != 1:
        return False
    return all(
        (text == "?" and name.startswith("Day")) or _is_field(text, low, high, names, special)
        for text, (name, low, high, names, special) in zip(fields, _FIELDS)
    )


def _check(kind: str, settings: dict[str, Any]) -> None:
    """CreateTrigger: a schedule for SCHEDULED, a predicate for CONDITIONAL, jobs that exist."""
    schedule = settings.get("Schedule")
    if kind == "SCHEDULED" and not schedule:
        raise Refusal(
            "InvalidInputException", "Schedule cannot be null or empty for a SCHEDULED trigger."
        )
    if schedule and not is_schedule(schedule):
        raise Refusal("InvalidInputException", f"Invalid schedule expression: {schedule}")
    if kind == "CONDITIONAL" and not settings.get("Predicate"):
        raise Refusal(
            "InvalidInputException", "Predicate cannot be null for a CONDITIONAL trigger."
        )
    predicate = settings.get("Predicate") or {}
    if len(predicate.get("Conditions") or []) > 1 and not predicate.get("Logical"):
        # Predicate: "If multiple conditions are listed, then this field is required."
        raise Refusal(
            "InvalidInputException", "Predicate with several conditions needs Logical: AND or ANY."
        )
    for action in settings.get("Actions") or []:
        job, crawler = action.get("JobName"), action.get("CrawlerName")
        if job and job not in glue._jobs:
            raise Refusal("EntityNotFoundException", f"Job with name: {job} not found.")
        if crawler and crawler not in glue._crawlers:
            raise Refusal("EntityNotFoundException", f"Crawler with name: {crawler} not found.")


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: settings[name] for name in _SETTINGS if settings.get(name) not in (None, "")}


def _found(call: Call) -> dict[str, Any]:
    name = call.data.get("Name", "")
    trigger = glue._triggers.get(name)
    if trigger is None:
        raise Refusal("EntityNotFoundException", f"Trigger with name: {name} not found.")
    return trigger


@answers("glue", "CreateTrigger")
def create_trigger(call: Call, forward: Forward) -> Answer:
    """State CREATED, or ACTIVATED with StartOnCreation, which ON_DEMAND triggers do not support."""
    name, kind = call.data.get("Name"), call.data.get("Type")
    if not name or not kind:
        raise Refusal("InvalidInputException", "Name and Type are required")
    if name in glue._triggers:
        raise Refusal("AlreadyExistsException", f"Trigger with name {name} already exists.")
    if not call.data.get("Actions"):
        raise Refusal("InvalidInputException", "Actions cannot be null or empty")
    start = bool(call.data.get("StartOnCreation"))
    if start and kind not in ("SCHEDULED", "CONDITIONAL"):
        raise Refusal(
            "InvalidInputException", f"StartOnCreation is not supported for {kind} triggers."
        )
    settings = _given(call.data)
    _check(kind, settings)
    state = "ACTIVATED" if start else "CREATED"
    glue._triggers[name] = {"Name": name, "Type": kind, "State": state, **settings}
    if call.data.get("WorkflowName"):
        glue._triggers[name]["WorkflowName"] = call.data["WorkflowName"]
    if call.data.get("Tags"):
        glue._tags[glue._arn("trigger", name)] = dict(call.data["Tags"])
    return done({"Name": name})


@answers("glue", "UpdateTrigger")
def update_trigger(call: Call, forward: Forward) -> Answer:
    """TriggerUpdate "updates the previous trigger definition by overwriting it completely"."""
    trigger = _found(call)
    settings = _given(call.data.get("TriggerUpdate") or {})
    _check(trigger["Type"], settings)
    for name in _SETTINGS:
        trigger.pop(name, None)
    trigger.update(settings)
    return done({"Trigger": trigger})


@answers("glue", "StartTrigger")
def start_trigger(call: Call, forward: Forward) -> Answer:
    """SCHEDULED and CONDITIONAL become ACTIVATED, ON_DEMAND fires, EVENT is refused."""
    trigger = _found(call)
    if trigger["Type"] == "EVENT":
        raise Refusal("InvalidInputException", "Trigger Type EVENT cannot be started")
    if trigger["Type"] == "ON_DEMAND":
        glue_firing.fire(trigger, glue_job_runs.start, [])
    else:
        trigger["State"] = "ACTIVATED"
    return done({"Name": trigger["Name"]})


@answers("glue", "StopTrigger")
def stop_trigger(call: Call, forward: Forward) -> Answer:
    """ACTIVATED becomes DEACTIVATED; a trigger that was never started cannot be stopped."""
    trigger = _found(call)
    if trigger["State"] == "CREATED":
        raise Refusal(
            "InvalidInputException",
            "The operation is not allowed when trigger is in state: CREATED",
        )
    trigger["State"] = "DEACTIVATED"
    return done({"Name": trigger["Name"]})


@answers("glue", "DeleteTrigger")
def delete_trigger(call: Call, forward: Forward) -> Answer:
    """ "If the trigger is not found, no exception is thrown": MiniStack throws one."""
    name = call.data.get("Name", "")
    glue._triggers.pop(name, None)
    glue._tags.pop(glue._arn("trigger", name), None)
    return done({"Name": name})


def _of_job(call: Call) -> list[str]:
    job = call.data.get("DependentJobName")
    return sorted(
        name
        for name, trigger in glue._triggers.items()
        if not job or any(action.get("JobName") == job for action in trigger.get("Actions", []))
    )


@answers("glue", "GetTriggers")
def get_triggers(call: Call, forward: Forward) -> Answer:
    """By pages."""
    names, token = page(call, _of_job(call), most=200)
    return done({"Triggers": [glue._triggers[name] for name in names], **token})


@answers("glue", "ListTriggers")
def list_triggers(call: Call, forward: Forward) -> Answer:
    """By pages, and by Tags."""
    names, token = page(call, tagged(call, "trigger", _of_job(call)), most=200)
    return done({"TriggerNames": names, **token})
