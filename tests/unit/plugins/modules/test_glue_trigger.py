# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.modules import glue_trigger
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.fakes import FakeGlue
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    ApiCalls,
    ModuleFailed,
    run_module,
)

pytestmark = pytest.mark.usefixtures("no_pauses")

TRIGGER: dict[str, Any] = {
    "name": "fridays",
    "job_name": "nightly",
    "schedule": "cron(0 21 ? * 6 *)",
    "description": "Runs the job",
    "owner": "terraglue",
}
CONDITIONAL: dict[str, Any] = {
    "name": "after",
    "type": "CONDITIONAL",
    "predicate": {"conditions": [{"job_name": "nightly", "state": "SUCCEEDED"}]},
    "actions": [{"job_name": "reports", "arguments": {"--DAY": 1}, "timeout": 5}],
    "owner": "terraglue",
}
GONE = {"name": "fridays", "owner": "terraglue", "state": "absent"}


@pytest.fixture
def glue(api_calls: ApiCalls) -> FakeGlue:
    return FakeGlue(api_calls)


@pytest.mark.parametrize("args", [TRIGGER, CONDITIONAL], ids=["scheduled", "conditional"])
def test_a_new_trigger_is_predicted_made_started_and_left_alone(
    glue: FakeGlue, args: dict[str, Any]
) -> None:
    predicted = run_module(glue_trigger, args, check=True)
    assert predicted["changed"]
    assert glue.calls.changing() == []
    made = run_module(glue_trigger, args)
    assert made == predicted
    assert made["trigger"]["state"] == glue.triggers[args["name"]]["State"] == "ACTIVATED"
    glue.calls.clear()
    assert run_module(glue_trigger, args)["changes"] == []
    assert glue.calls.changing() == []


def test_an_on_demand_trigger_is_made_and_never_fired(glue: FakeGlue) -> None:
    args = {"name": "by-hand", "type": "ON_DEMAND", "job_name": "nightly"}
    assert run_module(glue_trigger, args)["trigger"]["state"] == "CREATED"
    assert not run_module(glue_trigger, args)["changed"]
    assert not run_module(glue_trigger, {**args, "enabled": False})["changed"]


def test_a_trigger_made_stopped_is_left_stopped_and_can_be_started(glue: FakeGlue) -> None:
    stopped = {**TRIGGER, "enabled": False}
    assert run_module(glue_trigger, stopped)["trigger"]["state"] == "CREATED"
    assert not run_module(glue_trigger, stopped)["changed"]
    assert run_module(glue_trigger, TRIGGER)["changes"] == ["state"]
    result = run_module(glue_trigger, stopped)
    assert (result["changes"], result["trigger"]["state"]) == (["state"], "DEACTIVATED")
    assert not run_module(glue_trigger, stopped)["changed"]


DRIFTS: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    ("stopped", {"State": "DEACTIVATED"}, ["state"], ["StartTrigger"]),
    ("stopping", {"State": "DEACTIVATING"}, ["state"], ["StartTrigger"]),
    ("schedule", {"Schedule": "cron(0 3 * * ? *)"}, ["schedule"], ["UpdateTrigger"]),
    ("description", {"Description": "x"}, ["description"], ["UpdateTrigger"]),
    ("job", {"Actions": [{"JobName": "other"}]}, ["actions"], ["UpdateTrigger"]),
    (
        "argument",
        {"Actions": [{"JobName": "nightly", "Arguments": {"--x": "y"}}]},
        ["actions"],
        ["UpdateTrigger"],
    ),
    (
        "action",
        {"Actions": [{"JobName": "nightly"}, {"CrawlerName": "c"}]},
        ["actions"],
        ["UpdateTrigger"],
    ),
    (
        "both",
        {"Schedule": "cron(0 3 * * ? *)", "State": "CREATED"},
        ["schedule", "state"],
        ["UpdateTrigger", "StartTrigger"],
    ),
]


@pytest.mark.parametrize(
    "change, names, calls", [d[1:] for d in DRIFTS], ids=[d[0] for d in DRIFTS]
)
def test_a_change_by_hand_is_named_and_mended(
    glue: FakeGlue, change: dict[str, Any], names: list[str], calls: list[str]
) -> None:
    run_module(glue_trigger, TRIGGER)
    wanted = dict(glue.triggers["fridays"])
    glue.triggers["fridays"].update(change)
    glue.calls.clear()
    predicted = run_module(glue_trigger, TRIGGER, check=True)
    assert (predicted["changes"], glue.calls.changing()) == (names, [])
    assert run_module(glue_trigger, TRIGGER)["changes"] == names
    assert glue.calls.changing() == calls
    assert glue.triggers["fridays"] == wanted
    assert not run_module(glue_trigger, TRIGGER)["changed"]


def test_conditions_are_compared(glue: FakeGlue) -> None:
    run_module(glue_trigger, CONDITIONAL)
    glue.triggers["after"]["Predicate"]["Conditions"][0]["State"] = "FAILED"
    assert run_module(glue_trigger, CONDITIONAL)["changes"] == ["predicate.conditions"]
    assert not run_module(glue_trigger, CONDITIONAL)["changed"]
    # AWS leaves this out when there is one condition.
    del glue.triggers["after"]["Predicate"]["Logical"]
    assert not run_module(glue_trigger, CONDITIONAL)["changed"]


def test_another_type_needs_another_trigger_with_the_same_tags(glue: FakeGlue) -> None:
    run_module(glue_trigger, TRIGGER)
    glue.tags[glue.arn("trigger", "fridays")]["Theirs"] = "x"
    glue.triggers["fridays"]["WorkflowName"] = "flow"
    glue.calls.clear()
    args = {**CONDITIONAL, "name": "fridays"}
    predicted = run_module(glue_trigger, args, check=True)
    assert glue.calls.changing() == []
    result = run_module(glue_trigger, args)
    assert result["changes"] == predicted["changes"]
    assert "type" in result["changes"]
    assert glue.calls.changing() == ["DeleteTrigger", "CreateTrigger"]
    assert glue.triggers["fridays"]["WorkflowName"] == "flow"
    assert glue.tags[glue.arn("trigger", "fridays")]["Theirs"] == "x"
    assert not run_module(glue_trigger, args)["changed"]


def test_removal_is_predicted_done_once_and_then_nothing(glue: FakeGlue) -> None:
    run_module(glue_trigger, TRIGGER)
    glue.calls.clear()
    assert run_module(glue_trigger, GONE, check=True)["changed"]
    assert glue.calls.changing() == []
    result = run_module(glue_trigger, GONE)
    assert (result["changed"], result["trigger"], glue.triggers) == (True, {}, {})
    assert result["diff"]["before"]["schedule"] == "cron(0 21 ? * 6 *)"
    assert not run_module(glue_trigger, GONE)["changed"]
    assert not run_module(glue_trigger, GONE, check=True)["changed"]


def test_what_is_not_ours_is_neither_changed_nor_removed(glue: FakeGlue) -> None:
    run_module(glue_trigger, {**TRIGGER, "owner": "other"})
    glue.calls.clear()
    with pytest.raises(ModuleFailed, match="environment 'other'.*glue_adopt"):
        run_module(glue_trigger, TRIGGER)
    kept = run_module(glue_trigger, GONE)
    assert (kept["changed"], kept["trigger"]["name"]) == (False, "fridays")
    assert glue.calls.changing() == []
    adopted = run_module(glue_trigger, {**TRIGGER, "adopt": True})
    assert adopted["changes"] == ["tags.terraglue:owner"]
    assert run_module(glue_trigger, GONE)["changed"]


def test_a_denial_names_action_and_trigger(glue: FakeGlue) -> None:
    glue.refuse("GetTrigger", "AccessDeniedException", "User is not authorized")
    with pytest.raises(ModuleFailed, match="glue:GetTrigger on trigger fridays"):
        run_module(glue_trigger, TRIGGER)


@pytest.mark.parametrize(
    "args, words",
    [
        ({"schedule": "rate(5 minutes)"}, "rate"),
        ({"schedule": None}, "For example, cron"),
        ({"type": "CONDITIONAL"}, "needs a predicate"),
        ({"job_name": None}, "job_name, actions"),
        ({"job_name": None, "actions": [{"timeout": 1}]}, "action 1"),
    ],
)
def test_bad_input_is_told_before_any_call(
    glue: FakeGlue, args: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModuleFailed, match=words):
        run_module(glue_trigger, {**TRIGGER, **args})
    assert "GetTrigger" not in glue.calls.names()
