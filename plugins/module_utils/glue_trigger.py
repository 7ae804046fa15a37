# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glue triggers: their settings in the words of the module's options, and the API calls.

Source: Glue API reference, Triggers (Trigger, TriggerUpdate, Action, Predicate). An on-demand
trigger is always CREATED, and StartTrigger fires it; the others are ACTIVATED or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.terraglue.aws.plugins.module_utils import state, waiting
from ansible_collections.terraglue.aws.plugins.module_utils.errors import api
from ansible_collections.terraglue.aws.plugins.module_utils.glue_api import MISSING
from ansible_collections.terraglue.aws.plugins.module_utils.glue_job import arguments

IN_BETWEEN = ("CREATING", "ACTIVATING", "DEACTIVATING", "UPDATING", "DELETING")
STOPPED = ("CREATED", "DEACTIVATED")

_ACTION = {
    "job_name": "JobName",
    "crawler_name": "CrawlerName",
    "timeout": "Timeout",
    "security_configuration": "SecurityConfiguration",
}
_CONDITION = {
    "logical_operator": "LogicalOperator",
    "job_name": "JobName",
    "state": "State",
    "crawler_name": "CrawlerName",
    "crawl_state": "CrawlState",
}


def _action(given: Mapping[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {name: given.get(name) or None for name in _ACTION}
    wanted["arguments"] = arguments(given.get("arguments"))
    wanted["notify_delay_after"] = given.get("notify_delay_after") or None
    return wanted


def _condition(given: Mapping[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {name: given.get(name) or None for name in _CONDITION}
    wanted["logical_operator"] = wanted["logical_operator"] or "EQUALS"
    return wanted


def settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the module's options ask for; ``state`` is what AWS calls it, None where it has none."""
    actions = options.get("actions") or [{"job_name": options.get("job_name")}]
    predicate = options.get("predicate")
    kind = options.get("type") or "SCHEDULED"
    started = "ACTIVATED" if options.get("enabled", True) else "DEACTIVATED"
    return {
        "type": kind,
        "description": options.get("description") or None,
        "schedule": (options.get("schedule") or None) if kind == "SCHEDULED" else None,
        "actions": [_action(action) for action in actions],
        "predicate": None
        if not predicate
        else {
            "logical": predicate.get("logical") or "AND",
            "conditions": [_condition(each) for each in predicate.get("conditions") or []],
        },
        "state": None if kind == "ON_DEMAND" else started,
    }


def described(trigger: Mapping[str, Any]) -> dict[str, Any]:
    """A Trigger of the API in the words of the options."""
    predicate = trigger.get("Predicate") or {}
    actions = [
        {
            **{name: action.get(key) for name, key in _ACTION.items()},
            "arguments": dict(action.get("Arguments") or {}),
            "notify_delay_after": (action.get("NotificationProperty") or {}).get(
                "NotifyDelayAfter"
            ),
        }
        for action in trigger.get("Actions") or []
    ]
    conditions = [
        {name: condition.get(key) for name, key in _CONDITION.items()}
        for condition in predicate.get("Conditions") or []
    ]
    return {
        "type": trigger.get("Type"),
        "description": trigger.get("Description"),
        "schedule": trigger.get("Schedule"),
        "actions": actions,
        # AWS may leave out how a single condition is combined.
        "predicate": {"logical": predicate.get("Logical") or "AND", "conditions": conditions}
        if conditions
        else None,
        "state": trigger.get("State"),
    }


def brief(trigger: Mapping[str, Any]) -> dict[str, Any]:
    """A Trigger in the words of the options, without what is not set."""
    return _short(described(trigger))


def returned(trigger: Mapping[str, Any], arn: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """A Trigger as modules return it."""
    return {"name": trigger["Name"], **brief(trigger), "arn": arn, "tags": dict(tags)}


def drift(
    wanted: Mapping[str, Any], trigger: Mapping[str, Any] | None
) -> dict[str, dict[str, Any]]:
    """What differs between ``settings()`` and a Trigger."""
    if trigger is None:
        return state.drift(_short(wanted), None)
    found = described(trigger)
    desired = dict(wanted)
    if wanted["state"] is None or (wanted["state"] == "DEACTIVATED" and found["state"] in STOPPED):
        desired["state"] = found["state"]
    here = [action["arguments"] for action in found["actions"]]
    desired["actions"] = [
        {**action, "arguments": state.exactly(action["arguments"], here[index])}
        if index < len(here)
        else action
        for index, action in enumerate(wanted["actions"])
    ]
    change = state.drift(desired, found)
    if "actions" in change["after"]:
        change["after"]["actions"] = wanted["actions"]
    return {side: _short(values) for side, values in change.items()}


def _short(value: Any) -> Any:
    """Without what is not set, at any depth."""
    if isinstance(value, Mapping):
        short = {key: _short(item) for key, item in value.items()}
        return {key: item for key, item in short.items() if item not in (None, {})}
    return [_short(item) for item in value] if isinstance(value, list) else value


def payload(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The TriggerUpdate of ``settings()``, complete, because it overwrites the trigger."""
    actions = [
        {
            **{key: action[name] for name, key in _ACTION.items()},
            "Arguments": action["arguments"] or None,
            "NotificationProperty": {"NotifyDelayAfter": action["notify_delay_after"]}
            if action["notify_delay_after"]
            else None,
        }
        for action in wanted["actions"]
    ]
    predicate = wanted["predicate"] and {
        "Logical": wanted["predicate"]["logical"],
        "Conditions": [
            {key: each[name] for name, key in _CONDITION.items()}
            for each in wanted["predicate"]["conditions"]
        ],
    }
    body = {
        "Description": wanted["description"],
        "Schedule": wanted["schedule"],
        "Actions": actions,
        "Predicate": predicate,
    }
    return state.drop_none(body)


@api("glue:GetTrigger", "trigger {name}", missing=[MISSING])
def get(glue: Any, name: str) -> dict[str, Any] | None:
    """The Trigger, or None."""
    return glue.get_trigger(Name=name)["Trigger"]


@api("glue:GetTriggers", "the triggers of the account")
def list_all(glue: Any) -> list[dict[str, Any]]:
    """Every Trigger of the account in the region."""
    pages = glue.get_paginator("get_triggers").paginate()
    return [trigger for page in pages for trigger in page.get("Triggers") or []]


@api("glue:CreateTrigger", "trigger {name}")
def _create(glue: Any, name: str, request: Mapping[str, Any]) -> None:
    glue.create_trigger(Name=name, **request)


@api("glue:UpdateTrigger", "trigger {name}")
def _update(glue: Any, name: str, body: Mapping[str, Any]) -> None:
    glue.update_trigger(Name=name, TriggerUpdate=dict(body))


@api("glue:StartTrigger", "trigger {name}")
def _start(glue: Any, name: str) -> None:
    glue.start_trigger(Name=name)


@api("glue:StopTrigger", "trigger {name}")
def _stop(glue: Any, name: str) -> None:
    glue.stop_trigger(Name=name)


@api("glue:DeleteTrigger", "trigger {name}", missing=[MISSING])
def _delete(glue: Any, name: str) -> None:
    glue.delete_trigger(Name=name)


def settled(glue: Any, name: str, timeout: float) -> dict[str, Any] | None:
    """The Trigger once it is in no state in between; None when it is gone."""

    def ask() -> tuple[dict[str, Any] | None] | None:
        trigger = get(glue, name)
        return None if trigger and trigger.get("State") in IN_BETWEEN else (trigger,)

    found: tuple[dict[str, Any] | None] = waiting.wait_until(
        ask, f"trigger {name} to leave the state it passes through", timeout
    )
    return found[0]


def create(
    glue: Any,
    name: str,
    wanted: Mapping[str, Any],
    tags: Mapping[str, str],
    timeout: float,
    workflow: str | None = None,
) -> dict[str, Any] | None:
    """Create a trigger, started when it is to be; answers it when it has settled."""
    request = {**payload(wanted), "Type": wanted["type"], "Tags": dict(tags)}
    if workflow:
        request["WorkflowName"] = workflow
    if wanted["state"] == "ACTIVATED":
        request["StartOnCreation"] = True
    _create(glue, name, request)
    return _in_state(glue, name, wanted["state"], timeout)


def update(
    glue: Any, name: str, wanted: Mapping[str, Any], change: Mapping[str, Any], timeout: float
) -> dict[str, Any] | None:
    """Overwrite a trigger's definition where that differs, then start or stop it."""
    if set(change["before"]) | set(change["after"]) != {"state"}:
        _update(glue, name, payload(wanted))
    return _in_state(glue, name, wanted["state"], timeout)


def _in_state(glue: Any, name: str, wanted: str | None, timeout: float) -> dict[str, Any] | None:
    """Start or stop a trigger unless it is as wanted; None as state leaves it as it is."""
    trigger = settled(glue, name, timeout)
    current = (trigger or {}).get("State")
    if wanted == "ACTIVATED" and current in STOPPED:
        _start(glue, name)
    elif wanted == "DEACTIVATED" and current == "ACTIVATED":
        # StopTrigger refuses what was never started.
        _stop(glue, name)
    else:
        return trigger
    return settled(glue, name, timeout)


def delete(glue: Any, name: str, timeout: float) -> None:
    """Delete a trigger and wait until its name is free."""
    _delete(glue, name)
    waiting.wait_until(lambda: get(glue, name) is None, f"trigger {name} to be gone", timeout)
