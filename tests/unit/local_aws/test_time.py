# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What time does to triggers and runs, with clocks that tests move."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import json
import os
import sys
import time
import types
from pathlib import Path
from typing import Any

import pytest
from terraglue_local.gaps import glue_firing
from terraglue_local.jobs import errors, life

from .conftest import of_session

UTC = datetime.timezone.utc


class Clock:
    """A wall clock that only sleep moves, for so many sleeps; each may be off by some seconds."""

    def __init__(self, now: str, *off: float) -> None:
        self.time = datetime.datetime.fromisoformat(now).replace(tzinfo=UTC)
        self.off = list(off)
        self.min = datetime.datetime.min

    def now(self, zone: datetime.timezone) -> datetime.datetime:
        assert zone is UTC
        return self.time

    async def sleep(self, seconds: float) -> None:
        if not self.off:
            raise asyncio.CancelledError
        assert 0 < seconds < 61
        self.time += datetime.timedelta(seconds=seconds + self.off.pop(0))


def started(
    monkeypatch: pytest.MonkeyPatch, folder: Path, clock: Clock, is_on: bool = True, **trigger: Any
) -> list[str]:
    """When the clock has started the job of a trigger."""
    (folder / "settings.json").write_text(json.dumps({"clock": is_on}))
    given = {
        "Name": "every-five",
        "Type": "SCHEDULED",
        "State": "ACTIVATED",
        "Schedule": "cron(0/5 * * * ? *)",
        "Actions": [{"JobName": "nightly", "Arguments": {"--a": "1"}}],
        **trigger,
    }
    triggers = types.SimpleNamespace(_data={("000000000000", "us-east-1", "every-five"): given})
    namespace = types.SimpleNamespace(
        datetime=clock, timezone=datetime.timezone, timedelta=datetime.timedelta
    )
    monkeypatch.setattr(glue_firing.glue, "_triggers", triggers)
    monkeypatch.setattr(glue_firing, "datetime", namespace)
    monkeypatch.setattr(glue_firing, "asyncio", types.SimpleNamespace(sleep=clock.sleep))
    monkeypatch.setattr(glue_firing, "changed", lambda area: None)
    times = []

    def start(job: str, arguments: dict[str, Any], **about: Any) -> str:
        assert (job, arguments, about["TriggerName"]) == (
            "nightly",
            {"Arguments": {"--a": "1"}},
            "every-five",
        )
        times.append(clock.time.strftime("%H:%M:%S.%f")[:11])
        return "jr_1"

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(glue_firing._keep_time(str(folder), start))
    return times


def test_a_schedule_fires_at_its_minutes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # From 21:03:30.25 on: 21:04, 21:05 … 21:11.
    clock = Clock("2026-11-26T21:03:30.250000", *[0.0] * 8)
    assert started(monkeypatch, tmp_path, clock) == ["21:05:00.00", "21:10:00.00"]


def test_a_minute_fires_once_when_sleep_is_short_or_long(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Twice awake 30 ms before 21:05, then 2 s after 21:06.
    clock = Clock("2026-11-26T21:04:10", -0.03, -0.03, 2.0, 0.0)
    assert started(monkeypatch, tmp_path, clock) == ["21:04:59.97"]


def test_a_minute_that_was_slept_through_does_not_fire(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The machine is away from 21:04:10 to 21:13:20, and 21:15 comes in two minutes.
    clock = Clock("2026-11-26T21:04:10", 500.0, 0.0, 0.0)
    assert started(monkeypatch, tmp_path, clock) == ["21:15:00.00"]


@pytest.mark.parametrize(
    ("is_on", "trigger"),
    [(False, {}), (True, {"State": "DEACTIVATED"}), (True, {"State": "CREATED"})],
)
def test_nothing_fires_that_is_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_on: bool, trigger: dict[str, str]
) -> None:
    clock = Clock("2026-11-26T21:03:30", *[0.0] * 8)
    assert started(monkeypatch, tmp_path, clock, is_on, **trigger) == []


def plan(folder: Path, minutes: float) -> life.Plan:
    given: dict[str, Any] = {field.name: "" for field in dataclasses.fields(life.Plan)}
    given.update(run_id="jr_1", state_dir=str(folder), timeout_minutes=minutes)
    return life.Plan(**given)


@pytest.mark.parametrize(("seconds", "code"), [(600, None), (0, 0)])
def test_a_run_ends_when_its_minutes_are_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: int, code: int | None
) -> None:
    """Whole, with what it has started. The minutes are a fraction of one here."""
    run = plan(tmp_path, 3 / 60)
    for name in ("work", "script"):
        (run.folder / name).mkdir(parents=True)
    script = run.folder / "script" / "s.py"
    script.write_text(
        "import os, subprocess, time\n"
        "subprocess.Popen(['sleep', '600'])\n"
        "open('pid', 'w').write(str(os.getpid()))\n"
        f"time.sleep({seconds})\n"
    )
    note = {"script": str(script), "argv": ["s.py"], "spark": False, "history": False}
    (run.folder / "run.json").write_text(json.dumps(note))

    async def prepare(plan: life.Plan, say: Any) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}

    monkeypatch.setattr(life, "_prepare", prepare)
    began: list[bool] = []
    assert asyncio.run(life._work(run, lambda: began.append(True))) == code
    assert began == [True]
    leader = int((run.folder / "work" / "pid").read_text())
    deadline = time.monotonic() + 10
    while of_session(leader) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert of_session(leader) == []


def test_the_end_of_a_run_that_took_too_long() -> None:
    ended = errors.timed_out(7)
    assert (ended.state, "Timeout is 7 min" in ended.message) == ("TIMEOUT", True)
