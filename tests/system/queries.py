# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Athena's queries: started, awaited, read."""

from __future__ import annotations

from typing import Any

from .waiting import tries

# A first query gets its engine and starts it.
SECONDS = 240.0
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


def rows_of(page: dict[str, Any]) -> list[list[str | None]]:
    """The rows of an answer of GetQueryResults; NULL is None."""
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]


class Queries:
    """Queries that are started with the same settings: members of StartQueryExecution."""

    def __init__(self, athena: Any, **settings: Any) -> None:
        self.athena = athena
        self.settings = settings

    def start(self, sql: str, **more: Any) -> str:
        """The id of a query. More settings go before those of all."""
        given = {"QueryString": sql, **self.settings, **more}
        return str(self.athena.start_query_execution(**given)["QueryExecutionId"])

    def execution(self, query: str) -> dict[str, Any]:
        found = self.athena.get_query_execution(QueryExecutionId=query)
        return dict(found["QueryExecution"])

    def until(self, query: str, *states: str) -> dict[str, Any]:
        """The execution once it is in one of the states. It may not end in another one."""
        for dummy in tries(SECONDS, pause=0.05):
            found = self.execution(query)
            if found["Status"]["State"] in states:
                return found
            assert found["Status"]["State"] not in ENDED, found["Status"]
        raise TimeoutError(f"{found['Status']} for {SECONDS:.0f} seconds")

    def done(self, sql: str, **more: Any) -> dict[str, Any]:
        """The execution of a query that succeeds."""
        return self.until(self.start(sql, **more), "SUCCEEDED")

    def pages(self, query: str) -> list[dict[str, Any]]:
        """All answers of GetQueryResults."""
        return list(self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query))

    def rows(self, query: str) -> list[list[str | None]]:
        """All rows, a header that there is among them."""
        return [row for page in self.pages(query) for row in rows_of(page)]

    def answer(self, sql: str, **more: Any) -> list[list[str | None]]:
        """The rows of a SELECT without the header."""
        return self.rows(self.done(sql, **more)["QueryExecutionId"])[1:]
