# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Glue would refuse about a job, judged before anything is made. Pure.

Every check answers None for what is fine, otherwise what is wrong and what to write. Sources: Glue
API reference (Job, NameString), developer guide (worker types, version support policy), and what
AWS answers when it refuses ("To use Worker Type G.1X, minimum allowed value of Number of Workers
is 2").
"""

from __future__ import annotations

import re
from typing import NamedTuple

# Versions below 3.0 have reached their end of life: no new jobs, no runs.
GLUE_VERSION = re.compile(r"[0-9]+\.[0-9]+")
OLDEST_VERSION = (3, 0)

NAME = re.compile(r"[\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF\t]{1,255}")
MAX_TIMEOUT = 10080  # minutes, 7 days


class Worker(NamedTuple):
    """A worker type: the jobs that take it, its oldest Glue version, its least number."""

    commands: tuple[str, ...]
    since: tuple[int, int]
    least: int


_SPARK = ("glueetl", "gluestreaming")
WORKERS = {
    "Standard": Worker(_SPARK, (0, 9), 1),
    "G.025X": Worker(("gluestreaming",), (3, 0), 2),
    "G.1X": Worker(_SPARK, (0, 9), 2),
    "G.2X": Worker(_SPARK, (0, 9), 2),
    "G.4X": Worker(_SPARK, (3, 0), 2),
    "G.8X": Worker(_SPARK, (3, 0), 2),
    "G.12X": Worker(_SPARK, (4, 0), 2),
    "G.16X": Worker(_SPARK, (4, 0), 2),
    "R.1X": Worker(_SPARK, (4, 0), 2),
    "R.2X": Worker(_SPARK, (4, 0), 2),
    "R.4X": Worker(_SPARK, (4, 0), 2),
    "R.8X": Worker(_SPARK, (4, 0), 2),
    "Z.2X": Worker(("glueray",), (4, 0), 1),
}


def _version(text: str) -> tuple[int, int]:
    major, _dot, minor = text.partition(".")
    return int(major), int(minor)


def check_name(name: str) -> str | None:
    """A name of a job, trigger or security configuration."""
    if NAME.fullmatch(name):
        return None
    return "has to be 1 to 255 characters long, without line breaks or control characters."


def check_glue_version(version: str) -> str | None:
    """A Glue version of a Spark job, such as "5.0"."""
    if not GLUE_VERSION.fullmatch(version):
        return (
            f"'{version}' is no Glue version; write it as a text of two numbers, such as \"5.0\"."
        )
    if _version(version) < OLDEST_VERSION:
        return f'Glue {version} has reached its end of life; use "5.0".'
    return None


def check_worker_type(
    worker_type: str, glue_version: str = "5.0", command: str = "glueetl"
) -> str | None:
    """A worker type, for a kind of job and its Glue version."""
    worker = WORKERS.get(worker_type)
    fitting = [name for name, each in WORKERS.items() if command in each.commands]
    choice = f"use one of {', '.join(fitting)}" if fitting else "it takes no workers"
    if worker is None:
        return f"'{worker_type}' is no worker type; {choice}."
    if command not in worker.commands:
        return f"{worker_type} workers do not run {command} jobs; {choice}."
    if GLUE_VERSION.fullmatch(glue_version) and _version(glue_version) < worker.since:
        since = ".".join(map(str, worker.since))
        return f"{worker_type} workers need Glue {since} or later, not {glue_version}."
    return None


def check_number_of_workers(number: int, worker_type: str) -> str | None:
    """A number of workers of a type."""
    least = WORKERS[worker_type].least if worker_type in WORKERS else 1
    if number >= least:
        return None
    return f"{number} is too few; a job of {worker_type} workers has at least {least}."


def check_timeout(minutes: int) -> str | None:
    """A run's timeout in minutes."""
    if 1 <= minutes <= MAX_TIMEOUT:
        return None
    return f"{minutes} minutes is out of range; use 1 to {MAX_TIMEOUT} (7 days)."
