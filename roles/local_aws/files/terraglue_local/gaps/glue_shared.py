# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several areas of Glue need: pages, and the tags that every taggable kind shares."""

from __future__ import annotations

from typing import Any

from ministack.services import glue

from ..dispatch import Answer, Call, Forward, Refusal, answers

_TAGGED = {
    "crawler": glue._crawlers,
    "connection": glue._connections,
    "database": glue._databases,
    "job": glue._jobs,
    "trigger": glue._triggers,
    "workflow": glue._workflows,
}


def page(call: Call, names: list[str], most: int = 1000) -> tuple[list[str], dict[str, str]]:
    """One page of sorted names and the NextToken part of the answer. The token is the next name."""
    token = call.data.get("NextToken")
    rest = [name for name in names if not token or name >= token]
    size = min(call.data.get("MaxResults") or most, most)
    return rest[:size], {"NextToken": rest[size]} if len(rest) > size else {}


def tagged(call: Call, kind: str, names: list[str]) -> list[str]:
    """The names whose resource carries all of the call's Tags (ListJobs, ListTriggers)."""
    wanted: Any = (call.data.get("Tags") or {}).items()
    return [name for name in names if wanted <= glue._tags.get(glue._arn(kind, name), {}).items()]


@answers("glue", "GetTags", "TagResource", "UntagResource")
async def tags_of_what_exists(call: Call, forward: Forward) -> Answer:
    """EntityNotFoundException for a missing resource; MiniStack keeps tags for anything."""
    kind, dummy, name = call.data.get("ResourceArn", "").rpartition(":")[2].partition("/")
    if kind in _TAGGED and name not in _TAGGED[kind]:
        raise Refusal("EntityNotFoundException", f"{kind.title()} {name} not found.")
    return await forward(call)
