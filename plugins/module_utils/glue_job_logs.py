# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log lines of a job run, as they come.

Source: "Logging for AWS Glue jobs": output and error streams carry the run's id; the groups are
``/aws-glue/jobs/output`` and ``/error``, or those of ``--custom-logGroup-prefix``, or have the name
of the job's security configuration in theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.terraglue.aws.plugins.module_utils.errors import api

_DEFAULT = "/aws-glue/jobs"
_PARTS = ("output", "error")
_MISSING = ["ResourceNotFoundException"]


def prefixes(job: Mapping[str, Any], run: Mapping[str, Any]) -> list[str]:
    """What may stand before ``/output`` and ``/error``, the likeliest first."""
    given = {**(job.get("DefaultArguments") or {}), **(run.get("Arguments") or {})}
    custom = str(given.get("--custom-logGroup-prefix") or "").rstrip("/")
    reported = str(run.get("LogGroupName") or "").rstrip("/")
    found = [custom, reported, _DEFAULT]
    return list(dict.fromkeys(prefix for prefix in found if prefix))


@api("logs:GetLogEvents", "log group {group}", missing=_MISSING)
def _events(logs: Any, group: str, stream: str, token: str | None) -> dict[str, Any] | None:
    more = {"nextToken": token} if token else {}
    return logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **more)


@api("logs:DescribeLogGroups", "log groups below {prefix}")
def _groups_below(logs: Any, prefix: str) -> list[str]:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    return [group["logGroupName"] for page in pages for group in page["logGroups"]]


class Follower:
    """Reads what is new in both streams of a run."""

    def __init__(self, logs: Any, job: Mapping[str, Any], run: Mapping[str, Any]) -> None:
        self._logs = logs
        self._stream = run["Id"]
        self._prefixes = prefixes(job, run)
        self._security = str(run.get("SecurityConfiguration") or "")
        self._tokens: dict[str, str | None] = {}

    def new_lines(self) -> list[str]:
        """Lines that have come since the last call, the output's before the error's."""
        return [line for part in _PARTS for line in self._of(part)]

    def _of(self, part: str) -> Iterator[str]:
        for group in [group for group in self._tokens if group.endswith(part)] or [
            f"{prefix}/{part}" for prefix in self._prefixes
        ]:
            lines = list(self._read(group))
            yield from lines
            if group in self._tokens:
                return

    def _read(self, group: str) -> Iterator[str]:
        while True:
            token = self._tokens.get(group)
            page = _events(self._logs, group, self._stream, token)
            if page is None:
                return
            for event in page["events"]:
                yield from event["message"].splitlines()
            self._tokens[group] = page["nextForwardToken"]
            # The end of a stream answers the token that it was asked with.
            if page["nextForwardToken"] == token or not page["events"]:
                return

    def look_further(self) -> None:
        """Take groups of the security configuration's name, when no stream was found so far."""
        if self._tokens or not self._security:
            return
        for group in _groups_below(self._logs, f"{_DEFAULT}/{self._security}"):
            if group.endswith(_PARTS):
                self._prefixes.append(group.rpartition("/")[0])
