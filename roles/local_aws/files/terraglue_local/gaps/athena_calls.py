# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of the Glue catalog that Hive's statements share, and how they fail."""

from __future__ import annotations

from typing import Any

from ..dispatch import Refusal, ask
from . import hive_statements as ddl
from .athena_plans import Context

TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."


class Failed(Exception):
    """A statement that ends as FAILED, with the reason that Athena gives."""


async def glue(action: str, **parameters: Any) -> dict[str, Any]:
    return await ask("glue", action, {k: v for k, v in parameters.items() if v is not None})


async def require_database(name: str) -> None:
    try:
        await glue("GetDatabase", Name=name)
    except Refusal as refusal:
        raise Failed(
            f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}"
        ) from refusal


async def get_table(name: ddl.TableName, context: Context) -> dict[str, Any]:
    database = name.database or context.database
    try:
        return (await glue("GetTable", DatabaseName=database, Name=name.table))["Table"]
    except Refusal as refusal:
        raise Failed(
            f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name.table}"
        ) from refusal


async def every(action: str, member: str, **parameters: Any) -> list[dict[str, Any]]:
    """What all pages of an answer list."""
    found: list[dict[str, Any]] = []
    token: str | None = None
    while True:
        answer = await glue(action, **parameters, NextToken=token)
        found += answer[member]
        token = answer.get("NextToken")
        if not token:
            return found
