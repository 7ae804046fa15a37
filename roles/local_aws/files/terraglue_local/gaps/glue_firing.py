# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Triggers fire: on demand, when runs that they watch have ended, by the clock."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import glue

from ..dispatch import Refusal, changed
from ..engines import settings
from ..folder import Refused
from ..jobs import clock

logger = logging.getLogger("terraglue")
Start = Callable[..., str]

# What conditional triggers have seen since they last fired: (trigger's key) → condition → run.
_seen: dict[tuple[str, str, str], dict[int, dict[str, str]]] = {}


def fire(trigger: dict[str, Any], start: Start, predecessors: list[dict[str, str]]) -> None:
    """Start the jobs that a trigger names, as far as they can be started."""
    for action in trigger.get("Actions") or []:
        if not action.get("JobName"):
            continue  # a crawler
        given = {
            key: action[key]
            for key in ("Arguments", "Timeout", "SecurityConfiguration", "NotificationProperty")
            if action.get(key)
        }
        try:
            start(
                action["JobName"],
                given,
                TriggerName=trigger["Name"],
                PredecessorRuns=predecessors,
            )
        except Refusal as refusal:
            # Nobody waits for an answer; on AWS too the run is simply not there.
            logger.warning("Trigger %s: %s", trigger["Name"], refusal.message)
    changed("glue")


def met(condition: dict[str, Any], run: dict[str, Any]) -> bool:
    """Whether a run's end is what a condition waits for. EQUALS is the only operator."""
    return bool(
        condition.get("JobName") == run["JobName"] and condition.get("State") == run["JobRunState"]
    )


def is_complete(predicate: dict[str, Any], seen: set[int]) -> bool:
    """AND wants every condition, ANY the first. One condition needs no Logical."""
    if predicate.get("Logical") == "ANY":
        return bool(seen)
    return len(seen) == len(predicate.get("Conditions") or [])


def ended(run: dict[str, Any], start: Start) -> None:
    """Fire the conditional triggers that waited for this end.

    On AWS a run that somebody started by hand fires none of them ("Triggering jobs and crawlers" of
    the developer guide).
    """
    if not run.get("TriggerName"):
        return
    for name, trigger in list(glue._triggers.items()):
        if trigger["Type"] != "CONDITIONAL" or trigger["State"] != "ACTIVATED":
            continue
        predicate = trigger.get("Predicate") or {}
        seen = _seen.setdefault(glue._triggers._scoped(name), {})
        for number, condition in enumerate(predicate.get("Conditions") or []):
            if met(condition, run):
                seen[number] = {"JobName": run["JobName"], "RunId": run["Id"]}
        if seen and is_complete(predicate, set(seen)):
            predecessors = list(seen.values())
            seen.clear()
            fire(trigger, start, predecessors)


def fire_due(now: datetime.datetime, start: Start) -> None:
    """Fire the scheduled triggers of this minute, of every account and region."""
    for (account, region, dummy), trigger in list(glue._triggers._data.items()):
        active = trigger["Type"] == "SCHEDULED" and trigger["State"] == "ACTIVATED"
        if active and clock.is_due(trigger["Schedule"], now):
            set_request_account_id(account)
            set_request_region(region)
            fire(trigger, start, [])


async def _keep_time(state_dir: str, start: Start) -> None:
    """Look at every minute once. A minute that the machine slept through does not fire."""
    one = datetime.timedelta(minutes=1)
    minute = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
    while True:
        now = datetime.datetime.now(datetime.timezone.utc)
        # A clock that is being set may have us wake a little before the minute: it is not begun anew.
        minute = max(minute, now.replace(second=0, microsecond=0)) + one
        await asyncio.sleep((minute - now).total_seconds())
        if datetime.datetime.now(datetime.timezone.utc) >= minute + one:
            continue
        try:
            if settings.of(state_dir).clock:
                fire_due(minute, start)
        except (Refused, OSError) as error:
            logger.warning("The clock stands still: %s", error)


@asynccontextmanager
async def keeping_time(state_dir: str, start: Start) -> AsyncIterator[None]:
    """The clock of scheduled triggers runs while the block does, if the settings say so."""
    task = asyncio.create_task(_keep_time(state_dir, start))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
