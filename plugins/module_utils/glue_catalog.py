# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of the Glue Data Catalog: databases, their tables and their tags.

Source: Glue API reference, Catalog and Tag actions. Every function answers None for what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api
from ansible_collections.terraglue.aws.plugins.module_utils.session import Caller

MISSING = "EntityNotFoundException"
EXISTS = "AlreadyExistsException"
BATCH = 100  # tables that BatchDeleteTable takes in one call


class Database(NamedTuple):
    """A database as it is: the API's Database, its tags, and its tables by name."""

    name: str
    settings: dict[str, Any]
    tags: dict[str, str]
    tables: dict[str, dict[str, Any]]


def read_database(glue: Any, caller: Caller, name: str) -> Database | None:
    """A database with all that belongs to it, in three calls; None when it does not exist."""
    settings = get_database(glue, name)
    if settings is None:
        return None
    tags = get_tags(glue, caller.glue_arn("database", name))
    tables = list_tables(glue, name) or []
    return Database(name, settings, tags or {}, {table["Name"]: table for table in tables})


@api("glue:GetDatabase", "database {name}", missing=[MISSING])
def get_database(glue: Any, name: str) -> dict[str, Any] | None:
    """The database's settings."""
    return glue.get_database(Name=name)["Database"]


@api("glue:GetDatabases", "the catalog")
def list_databases(glue: Any) -> list[str]:
    """The names of all databases of the account's catalog in the region."""
    pages = glue.get_paginator("get_databases").paginate()
    return sorted(database["Name"] for page in pages for database in page["DatabaseList"])


@api("glue:GetTags", "{arn}", missing=[MISSING])
def get_tags(glue: Any, arn: str) -> dict[str, str] | None:
    """The tags of a Glue resource."""
    return glue.get_tags(ResourceArn=arn).get("Tags") or {}


@api("glue:GetTables", "the tables of database {database}", missing=[MISSING])
def list_tables(glue: Any, database: str) -> list[dict[str, Any]] | None:
    """All tables of a database."""
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
    return [table for page in pages for table in page["TableList"]]


@api("glue:GetTable", "table {database}.{name}", missing=[MISSING])
def get_table(glue: Any, database: str, name: str) -> dict[str, Any] | None:
    """One table."""
    return glue.get_table(DatabaseName=database, Name=name)["Table"]


@api("glue:CreateDatabase", "database {name}")
def create_database(
    glue: Any, name: str, settings: Mapping[str, Any], tags: Mapping[str, str]
) -> None:
    """Make a database with its tags."""
    glue.create_database(DatabaseInput={"Name": name, **settings}, Tags=dict(tags))


@api("glue:UpdateDatabase", "database {name}")
def update_database(glue: Any, name: str, settings: Mapping[str, Any]) -> None:
    """Replace a database's settings."""
    glue.update_database(Name=name, DatabaseInput={"Name": name, **settings})


@api("glue:DeleteDatabase", "database {name}", missing=[MISSING])
def delete_database(glue: Any, name: str) -> None:
    """Remove a database."""
    glue.delete_database(Name=name)


@api("glue:TagResource", "{arn}")
def set_tags(glue: Any, arn: str, tags: Mapping[str, str]) -> None:
    """Add or change tags."""
    glue.tag_resource(ResourceArn=arn, TagsToAdd=dict(tags))


@api("glue:UntagResource", "{arn}")
def remove_tags(glue: Any, arn: str, names: Iterable[str]) -> None:
    """Take tags off."""
    glue.untag_resource(ResourceArn=arn, TagsToRemove=sorted(names))


@api("glue:CreateTable", "table {database}.{name}")
def create_table(glue: Any, database: str, name: str, table: Mapping[str, Any]) -> None:
    """Make a table."""
    glue.create_table(DatabaseName=database, TableInput=dict(table))


@api("glue:UpdateTable", "table {database}.{name}")
def update_table(glue: Any, database: str, name: str, table: Mapping[str, Any]) -> None:
    """Replace a table's definition; Glue keeps the one before as a version."""
    glue.update_table(DatabaseName=database, TableInput=dict(table))


@api("glue:BatchDeleteTable", "the tables of database {database}", missing=[MISSING])
def _delete_batch(glue: Any, database: str, names: Sequence[str]) -> list[dict[str, Any]] | None:
    answer = glue.batch_delete_table(DatabaseName=database, TablesToDelete=list(names))
    return answer.get("Errors") or []


def delete_tables(glue: Any, database: str, names: Sequence[str]) -> None:
    """Remove tables; Glue removes their partitions and versions itself, some time later.

    The call succeeds when single tables fail: their errors are in its answer.
    """
    errors: list[dict[str, Any]] = []
    for start in range(0, len(names), BATCH):
        errors += _delete_batch(glue, database, names[start : start + BATCH]) or []
    failed = {
        error["TableName"]: error.get("ErrorDetail") or {}
        for error in errors
        if (error.get("ErrorDetail") or {}).get("ErrorCode") != MISSING
    }
    if failed:
        told = "; ".join(
            f"{name}: {detail.get('ErrorMessage')} ({detail.get('ErrorCode')})"
            for name, detail in sorted(failed.items())
        )
        raise TerraglueError(
            f"glue:BatchDeleteTable on database {database} could not remove {len(failed)} of"
            f" {len(names)} tables: {told}."
        )
