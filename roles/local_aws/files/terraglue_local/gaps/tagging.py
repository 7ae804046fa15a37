# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource Groups Tagging API: GetResources misses workgroups and log groups."""

from __future__ import annotations

from collections.abc import Iterator

from ministack.services import athena, cloudwatch_logs, tagging

_Found = Iterator[tuple[str, list[dict[str, str]]]]


def _pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _athena() -> _Found:
    for name in athena._workgroups:
        arn = athena._arn_workgroup(name)
        if athena._tags.get(arn):
            yield arn, _pairs(athena._tags[arn])


def _logs() -> _Found:
    for name, group in cloudwatch_logs._log_groups.items():
        if group.get("tags"):
            yield cloudwatch_logs._make_group_arn_no_star(name), _pairs(group["tags"])


def mend() -> None:
    """Two collectors more, by the service name that ResourceTypeFilters begin with."""
    tagging._COLLECTORS.update(athena=_athena, logs=_logs)
