# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Athena's lists by pages: the history of queries, named queries, prepared statements.

MiniStack answers everything at once, the oldest query first, and named queries of all workgroups
when none is named.
"""

from __future__ import annotations

from typing import Any

from ministack.services import athena

from ..dispatch import Answer, Call, Forward, Refusal, answers, done
from .athena import found_group

_PAGE = 50  # MaxResults: "Maximum value of 50"


def page(call: Call, found: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """(one page, the NextToken part of the answer). The token is the place in the list."""
    token, most = call.data.get("NextToken") or "0", call.data.get("MaxResults") or _PAGE
    if not token.isdecimal():
        raise Refusal("InvalidRequestException", f"NextToken is not valid: {token}")
    start, size = int(token), min(most, _PAGE)
    behind = start + size
    return found[start:behind], {"NextToken": str(behind)} if len(found) > behind else {}


def _of_group(call: Call, store: Any, member: str) -> list[dict[str, Any]]:
    """What a workgroup has, "primary" when none is named."""
    group = found_group(call.data.get("WorkGroup") or "primary")
    return [one for one in store.values() if one.get(member) == group["Name"]]


@answers("athena", "ListQueryExecutions")
def list_query_executions(call: Call, forward: Forward) -> Answer:
    """The newest first."""
    found = _of_group(call, athena._executions, "WorkGroup")
    shown, token = page(call, [one["QueryExecutionId"] for one in reversed(found)])
    return done({"QueryExecutionIds": shown, **token})


@answers("athena", "ListNamedQueries")
def list_named_queries(call: Call, forward: Forward) -> Answer:
    """The workgroup's, in the order in which they were saved."""
    found = _of_group(call, athena._named_queries, "WorkGroup")
    shown, token = page(call, [one["NamedQueryId"] for one in found])
    return done({"NamedQueryIds": shown, **token})


@answers("athena", "ListPreparedStatements")
def list_prepared_statements(call: Call, forward: Forward) -> Answer:
    """The workgroup's, by name."""
    found = _of_group(call, athena._prepared_statements, "WorkGroupName")
    found.sort(key=lambda one: str(one["StatementName"]))
    shown, token = page(call, found)
    names = ("StatementName", "LastModifiedTime")
    statements = [{name: one[name] for name in names} for one in shown]
    return done({"PreparedStatements": statements, **token})
