# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log lines of a job run, as they come or the last ones alone.

A run has two logs: "output" is what the script prints and its traceback, "error" what Glue, Spark
and the Glue logger say, which on AWS are thousands of lines. Source: "Logging for AWS Glue jobs";
the names under a security configuration: JobRun (LogGroupName) and what AWS makes of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.terraglue.aws.plugins.module_utils.errors import api

KEPT = 1000  # lines of a log that are looked at for the reason of a failure
PARTS = ("output", "error")
_DEFAULT = "/aws-glue/jobs"
_MISSING = ["ResourceNotFoundException"]
# What Spark says of itself: a line of level INFO or below that is not the Glue logger's.
_CHATTER = re.compile(r"^(?!.*GlueLogger)\S+ \S+ (?:TRACE|DEBUG|INFO) ")


def is_chatter(line: str) -> bool:
    """Whether a line of the error log is of no use to somebody who watches."""
    return bool(_CHATTER.match(line))


def prefixes(job: Mapping[str, Any], run: Mapping[str, Any]) -> list[str]:
    """What may stand before ``/output`` and ``/error``, the likeliest first."""
    custom = _argument(job, run, "--custom-logGroup-prefix").rstrip("/")
    reported = str(run.get("LogGroupName") or "").rstrip("/")
    found = [custom, reported]
    security = run.get("SecurityConfiguration")
    if security:
        role = str(job.get("Role") or "").rpartition(":role/")[2]
        found.append(f"{_DEFAULT}/{security}-role/{role}")
        found.append(f"{_DEFAULT}/{security}-role/{role.rpartition('/')[2]}")
    return list(dict.fromkeys(prefix for prefix in [*found, _DEFAULT] if prefix))


def streams(job: Mapping[str, Any], run: Mapping[str, Any]) -> list[str]:
    """The names that the driver's stream may have, the likeliest first."""
    custom = _argument(job, run, "--custom-logStream-prefix")
    names = [run["Id"], f"{run['Id']}-driver"]
    return (
        [f"{custom}-driver", *(f"{custom}-{name}" for name in names), *names] if custom else names
    )


def _argument(job: Mapping[str, Any], run: Mapping[str, Any], name: str) -> str:
    """An argument of a run, as Glue hands it on."""
    for given in (
        job.get("NonOverridableArguments"),
        run.get("Arguments"),
        job.get("DefaultArguments"),
    ):
        if given and name in given:
            return str(given[name] or "")
    return ""


@api("logs:GetLogEvents", "log group {group}", missing=_MISSING)
def _events(logs: Any, group: str, stream: str, more: Mapping[str, Any]) -> dict[str, Any] | None:
    return logs.get_log_events(logGroupName=group, logStreamName=stream, **more)


@api("logs:DescribeLogGroups", "log groups below {prefix}")
def _groups_below(logs: Any, prefix: str) -> list[str]:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    return [group["logGroupName"] for page in pages for group in page["logGroups"]]


def _lines(events: Iterable[Mapping[str, Any]]) -> list[str]:
    return [line for event in events for line in event["message"].splitlines()]


class Log:
    """One of the two logs of a run, wherever it is. It is looked for until it is found."""

    def __init__(
        self, logs: Any, part: str, job: Mapping[str, Any], run: Mapping[str, Any]
    ) -> None:
        self._logs = logs
        self._part = part
        self._security = str(run.get("SecurityConfiguration") or "")
        names = streams(job, run)
        self._places = [(f"{one}/{part}", name) for one in prefixes(job, run) for name in names]
        self._place: tuple[str, str] | None = None
        self._token: str | None = None
        # A stream that has not the name of the run has the lines of others, too.
        began = run.get("StartedOn")
        self._since = {"startTime": int(began.timestamp() * 1000)} if began else {}
        self._run_id = run["Id"]

    def new_lines(self) -> list[str]:
        """The lines that have come since the last call."""
        found: list[str] = []
        while True:
            token = self._token
            page = self._ask(startFromHead=True, **({"nextToken": token} if token else {}))
            if page is None:
                return found
            found += _lines(page["events"])
            self._token = page["nextForwardToken"]
            # A page may be empty with more behind it. The end answers the token that it was asked with.
            if self._token == token:
                return found

    def last_lines(self) -> list[str]:
        """The last lines of a run that has ended, without a look at those before."""
        page = self._ask(limit=KEPT) or self._ask_further(limit=KEPT)
        return _lines(page["events"]) if page else []

    def _ask(self, **more: Any) -> dict[str, Any] | None:
        for place in [self._place] if self._place else self._places:
            group, stream = place
            since = {} if self._run_id in stream else self._since
            page = _events(self._logs, group, stream, {**since, **more})
            if page is not None:
                self._place = place
                return page
        return None

    def _ask_further(self, **more: Any) -> dict[str, Any] | None:
        """Look in whatever group has the security configuration in its name."""
        if not self._security:
            return None
        below = _groups_below(self._logs, f"{_DEFAULT}/{self._security}")
        groups = [group for group in below if group.endswith(f"/{self._part}")]
        names = list(dict.fromkeys(stream for group, stream in self._places))
        self._places = [(group, name) for group in groups for name in names]
        return self._ask(**more)
