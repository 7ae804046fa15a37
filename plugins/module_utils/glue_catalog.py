# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of the Glue Data Catalog: databases, their tables and their tags.

Source: Glue API reference, Catalog and Tag actions. Every function answers None for what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api
from ansible_collections.terraglue.aws.plugins.module_utils.session import Caller

MISSING = "EntityNotFoundException"
EXISTS = "AlreadyExistsException"
BATCH = 100  # what BatchDeleteTable, BatchCreatePartition and BatchUpdatePartition take in one call
DELETE_BATCH = 25  # partitions that BatchDeletePartition takes


class Database(NamedTuple):
    """A database as it is: the API's Database, its tags, and its tables by name."""

    name: str
    settings: dict[str, Any]
    tags: dict[str, str]
    tables: dict[str, dict[str, Any]]


def _as_it_stands(glue: Any, operation: str, member: str) -> None:
    """Let the items of a listing be what its JSON says, which has the same names; times stay numbers.

    botocore looks at every member of every item by the description of the service, and a table or
    partition has all of its columns in it. An answer without such a list is left to it.
    """

    def take(
        response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **dummy: Any
    ) -> None:
        try:
            answer = json.loads(response_dict["body"])
            customized_response_dict[member] = answer.pop(member)
        except (AttributeError, KeyError, TypeError, ValueError):
            return
        response_dict["body"] = json.dumps(answer).encode()

    # A botocore that does not know this event reads the items itself.
    glue.meta.events.register(
        f"before-parse.glue.{operation}", take, unique_id=f"terraglue-{operation}"
    )


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
    _as_it_stands(glue, "GetTables", "TableList")
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


@api("glue:GetPartitions", "the partitions of table {database}.{name}", missing=[MISSING])
def list_partitions(glue: Any, database: str, name: str) -> list[dict[str, Any]] | None:
    """All partitions of a table."""
    _as_it_stands(glue, "GetPartitions", "Partitions")
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=name)
    return [partition for page in pages for partition in page["Partitions"]]


@api("glue:BatchCreatePartition", "the partitions of table {database}.{name}")
def _create_partitions(
    glue: Any, database: str, name: str, batch: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    answer = glue.batch_create_partition(
        DatabaseName=database, TableName=name, PartitionInputList=list(batch)
    )
    return answer.get("Errors") or []


@api("glue:BatchUpdatePartition", "the partitions of table {database}.{name}")
def _update_partitions(
    glue: Any, database: str, name: str, batch: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    entries = [{"PartitionValueList": one["Values"], "PartitionInput": one} for one in batch]
    answer = glue.batch_update_partition(DatabaseName=database, TableName=name, Entries=entries)
    return answer.get("Errors") or []


@api("glue:BatchDeletePartition", "the partitions of table {database}.{name}")
def _delete_partitions(
    glue: Any, database: str, name: str, batch: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    answer = glue.batch_delete_partition(
        DatabaseName=database,
        TableName=name,
        PartitionsToDelete=[{"Values": list(values)} for values in batch],
    )
    return answer.get("Errors") or []


def create_partitions(
    glue: Any, database: str, name: str, partitions: Sequence[Mapping[str, Any]]
) -> None:
    """Register partitions, given as PartitionInputs; those that somebody has just registered are fine."""
    _in_batches(
        _create_partitions, "BatchCreatePartition", glue, database, name, partitions, EXISTS
    )


def update_partitions(
    glue: Any, database: str, name: str, partitions: Sequence[Mapping[str, Any]]
) -> None:
    """Replace partitions by PartitionInputs of the same values."""
    _in_batches(_update_partitions, "BatchUpdatePartition", glue, database, name, partitions)


def delete_partitions(
    glue: Any, database: str, name: str, partitions: Sequence[Sequence[str]]
) -> None:
    """Remove partitions, given by their values."""
    call, action = _delete_partitions, "BatchDeletePartition"
    _in_batches(call, action, glue, database, name, partitions, MISSING, DELETE_BATCH)


def _in_batches(
    call: Callable[..., list[dict[str, Any]]],
    action: str,
    glue: Any,
    database: str,
    name: str,
    items: Sequence[Any],
    fine: str = "",
    size: int = BATCH,
) -> None:
    """``call`` with batches of items. It succeeds when single items fail: their errors, but for those
    of the code ``fine``, are in its answer."""
    errors: list[dict[str, Any]] = []
    for start in range(0, len(items), size):
        errors += call(glue, database, name, items[start : start + size])
    details = [error.get("ErrorDetail") or {} for error in errors]
    failed = [detail for detail in details if detail.get("ErrorCode") != fine]
    if failed:
        raise TerraglueError(
            f"glue:{action} on table {database}.{name} failed for {len(failed)} of {len(items)}"
            f" partitions; the first: {failed[0].get('ErrorMessage')} ({failed[0].get('ErrorCode')})."
        )
