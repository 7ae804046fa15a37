# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases and tables of the Glue catalog as a whole: what is there, and what to do about it.

The catalog is read before anything is changed; databases and tables are then made and mended in
parallel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Callable, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils import (
    athena_queries,
    catalog_partitions,
    glue_catalog,
)
from ansible_collections.terraglue.aws.plugins.module_utils.catalog_wanted import (
    Wanted,
    WantedTable,
)
from ansible_collections.terraglue.aws.plugins.module_utils.errors import NotOurs, TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.glue_catalog import Database
from ansible_collections.terraglue.aws.plugins.module_utils.outcome import together
from ansible_collections.terraglue.aws.plugins.module_utils.session import Caller, in_parallel
from ansible_collections.terraglue.aws.plugins.module_utils.state import differs, drift
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import (
    OWNER_PARAMETER,
    columns_of,
    is_marked,
    merged,
    outline,
    summary,
)
from ansible_collections.terraglue.aws.plugins.module_utils.tags import (
    desired_tags,
    is_ours,
    left_alone,
    require_ours,
    tag_changes,
)

ADOPT = "catalog_adopt"
# Makes a table that is not there yet, with its partitions: ``create(glue, database, wanted table)``.
Create = Callable[[Any, str, WantedTable], None]


class Rules(NamedTuple):
    """Whose the catalog's things are, and what may be done to others'."""

    owner: str | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = False
    adopt: tuple[str, ...] = ()
    prune: bool = False


class Outcome(NamedTuple):
    """What became of a database, or of a table when ``table`` is set.

    ``change`` is created, updated, unchanged or removed; ``facts`` are for the module's result;
    ``before`` and ``after`` are for its diff.
    """

    database: str
    table: str | None
    change: str
    facts: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def title(self) -> str:
        """How a person calls it."""
        return f"table {self.database}.{self.table}" if self.table else f"database {self.database}"


def create_by_glue(glue: Any, database: str, wanted: WantedTable) -> None:
    """Make a table by Glue's own calls."""
    glue_catalog.create_table(glue, database, wanted.name, wanted.table)
    glue_catalog.create_partitions(glue, database, wanted.name, wanted.partitions)


def create_by_athena(athena: Any, workgroup: str) -> Create:
    """Make tables by running their statements in a workgroup."""

    def create(glue: Any, database: str, wanted: WantedTable) -> None:
        for statement in wanted.statements(database):
            athena_queries.run(athena, statement, workgroup)

    return create


def ensure(
    glue: Any,
    caller: Caller,
    wanted: Sequence[Wanted],
    rules: Rules,
    check_mode: bool,
    create: Create = create_by_glue,
) -> list[Outcome]:
    """Bring the catalog to what is wanted; in check mode, say what would be done."""
    names = [database.name for database in wanted]
    read = in_parallel(lambda name: glue_catalog.read_database(glue, caller, name), names)
    actual = dict(zip(names, read))
    for database in wanted:
        _require_all_ours(database, actual[database.name], rules)
    write = not check_mode
    outcomes = in_parallel(
        lambda database: _ensure_database(
            glue, caller, database, actual[database.name], rules, write
        ),
        wanted,
    )
    jobs = [
        (database.name, table, _tables_of(actual[database.name]).get(name))
        for database in wanted
        for name, table in database.tables.items()
    ]
    # Handing a table to a thread takes longer than seeing that it is as wanted.
    settled = [_as_it_is(*job) for job in jobs]
    outcomes += [outcome for outcome in settled if outcome]
    ensure_table = partial(_ensure_table, glue, rules, write, create)
    left = [job for job, outcome in zip(jobs, settled) if not outcome]
    outcomes += in_parallel(lambda job: ensure_table(*job), left)
    if rules.prune:
        for removed in in_parallel(
            lambda database: _prune(glue, database, actual[database.name], rules, write), wanted
        ):
            outcomes += removed
    return outcomes


def _tables_of(database: Database | None) -> dict[str, dict[str, Any]]:
    return database.tables if database else {}


def _require_all_ours(wanted: Wanted, actual: Database | None, rules: Rules) -> None:
    """Stop before the first change when anything to be changed is somebody else's."""
    if actual is None:
        return
    adopted = wanted.name in rules.adopt
    require_ours("database", wanted.name, actual.tags, rules.owner, adopted, ADOPT)
    for name in wanted.tables:
        if name in actual.tables:
            _require_table_ours(wanted.name, actual.tables[name], rules)


def _require_table_ours(database: str, table: Mapping[str, Any], rules: Rules) -> None:
    if database in rules.adopt or is_marked(table, rules.owner):
        return
    found = (table.get("Parameters") or {}).get(OWNER_PARAMETER)
    whose = f"belongs to the environment '{found}'" if found else "carries no owner"
    raise NotOurs(
        f"The table {database}.{table['Name']} exists and {whose} (parameter"
        f" {OWNER_PARAMETER}={rules.owner} expected); a job or a person may have made it. It was left"
        f" as it is. To take it over, add the name of its database, {database}, to {ADOPT} (in a task"
        " of your own: the module's adopt option); otherwise rename the table's folder.",
        kind="table",
        name=f"{database}.{table['Name']}",
    )


def _ensure_database(
    glue: Any, caller: Caller, wanted: Wanted, actual: Database | None, rules: Rules, write: bool
) -> Outcome:
    tags = desired_tags(rules.owner, rules.tags)
    facts = {
        "name": wanted.name,
        "description": wanted.settings.get("Description"),
        "location": wanted.settings.get("LocationUri"),
    }
    if actual is None:
        try:
            if write:
                glue_catalog.create_database(glue, wanted.name, wanted.settings, tags)
        except TerraglueError as error:
            actual = _appeared(error, lambda: glue_catalog.read_database(glue, caller, wanted.name))
            _require_all_ours(wanted, actual, rules)
        else:
            after = {**_database_summary(wanted.settings), "tags": tags}
            return Outcome(wanted.name, None, "created", facts, {}, after)
    change = drift(_database_summary(wanted.settings), _database_summary(actual.settings))
    changes = tag_changes(actual.tags, tags, rules.purge_tags)
    if write and differs(change):
        glue_catalog.update_database(
            glue, wanted.name, {**_kept_settings(actual.settings), **wanted.settings}
        )
    arn = caller.glue_arn("database", wanted.name)
    if write and changes.to_set:
        glue_catalog.set_tags(glue, arn, changes.to_set)
    if write and changes.to_remove:
        glue_catalog.remove_tags(glue, arn, changes.to_remove)
    if changes:
        touched = {*changes.to_set, *changes.to_remove}
        change["before"]["tags"] = {k: v for k, v in actual.tags.items() if k in touched}
        change["after"]["tags"] = changes.to_set
    done = "updated" if differs(change) else "unchanged"
    return Outcome(wanted.name, None, done, facts, change["before"], change["after"])


def _appeared(error: TerraglueError, look_again: Callable[[], Any]) -> Any:
    """What was made between our look and our call, by a run beside us or by a call sent twice."""
    found = look_again() if error.details.get("error_code") == glue_catalog.EXISTS else None
    if found is None:
        raise error
    return found


def _database_summary(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A database's settings in words; what is not asked for is not compared."""
    words = {"Description": "description", "LocationUri": "location"}
    return {
        word: (settings[key] or "").rstrip("/") for key, word in words.items() if key in settings
    }


def _kept_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What UpdateDatabase would take away if it were not sent back."""
    kept = ("Description", "LocationUri", "Parameters", "CreateTableDefaultPermissions")
    return {key: settings[key] for key in kept if settings.get(key)}


def _as_it_is(
    database: str, wanted: WantedTable, actual: Mapping[str, Any] | None
) -> Outcome | None:
    """The outcome for a table that takes no call: it is as wanted, without partitions to ask for."""
    if actual is None or wanted.table["PartitionKeys"]:
        return None
    if differs(drift(summary(wanted.table), summary(actual))):
        return None
    facts = _table_facts(database, wanted.table)
    return Outcome(database, wanted.name, "unchanged", facts, {}, {})


def _ensure_table(
    glue: Any,
    rules: Rules,
    write: bool,
    create: Create,
    database: str,
    wanted: WantedTable,
    actual: Mapping[str, Any] | None,
) -> Outcome:
    facts, name = _table_facts(database, wanted.table, len(wanted.partitions)), wanted.name
    if actual is None:
        try:
            if write:
                create(glue, database, wanted)
        except TerraglueError as error:
            actual = _appeared(error, lambda: glue_catalog.get_table(glue, database, name))
            _require_table_ours(database, actual, rules)
        else:
            new = catalog_partitions.changes(wanted.partitions, [], prune=False)
            after = {**outline(wanted.table), **_told(wanted, new)["after"]}
            return Outcome(database, name, "created", facts, {}, after)
    change = drift(summary(wanted.table), summary(actual))
    if write and differs(change):
        glue_catalog.update_table(glue, database, name, merged(wanted.table, actual))
    partitions = _ensure_partitions(glue, database, wanted, rules, write)
    change = together(change, _told(wanted, partitions))
    done = "updated" if differs(change) else "unchanged"
    return Outcome(database, name, done, facts, change["before"], change["after"])


def _ensure_partitions(
    glue: Any, database: str, wanted: WantedTable, rules: Rules, write: bool
) -> catalog_partitions.Changes:
    """Bring the partitions of a table that exists to what is wanted."""
    if not wanted.table["PartitionKeys"]:
        return catalog_partitions.Changes([], [], [])
    name = wanted.name
    actual = glue_catalog.list_partitions(glue, database, name) or []
    change = catalog_partitions.changes(wanted.partitions, actual, rules.prune)
    if write:
        glue_catalog.create_partitions(glue, database, name, change.create)
        glue_catalog.update_partitions(glue, database, name, change.update)
        glue_catalog.delete_partitions(glue, database, name, change.remove)
    return change


def _told(wanted: WantedTable, change: catalog_partitions.Changes) -> dict[str, dict[str, Any]]:
    keys = [key["Name"] for key in wanted.table["PartitionKeys"]]
    return catalog_partitions.told(keys, change)


def _table_facts(database: str, table: Mapping[str, Any], partitions: int = 0) -> dict[str, Any]:
    storage = table.get("StorageDescriptor") or {}
    columns = columns_of(storage.get("Columns"))
    return {
        "database": database,
        "name": table["Name"],
        "location": storage.get("Location"),
        "columns": [column["name"] for column in columns],
        "types": [column["type"] for column in columns],
        "partitions": partitions,
    }


def _prune(
    glue: Any, wanted: Wanted, actual: Database | None, rules: Rules, write: bool
) -> list[Outcome]:
    """Remove the tables that we made and that no folder asks for any more."""
    gone = [
        table
        for name, table in sorted(_tables_of(actual).items())
        if name not in wanted.tables and is_marked(table, rules.owner)
    ]
    if write and gone:
        glue_catalog.delete_tables(glue, wanted.name, [table["Name"] for table in gone])
    return [_removed_table(wanted.name, table) for table in gone]


def _removed_table(database: str, table: Mapping[str, Any]) -> Outcome:
    facts = _table_facts(database, table)
    return Outcome(database, table["Name"], "removed", facts, outline(table), {})


def owned_databases(glue: Any, caller: Caller, owner: str) -> list[str]:
    """The names of all databases that carry the owner's tag."""
    names = glue_catalog.list_databases(glue)
    tags = in_parallel(
        lambda name: glue_catalog.get_tags(glue, caller.glue_arn("database", name)) or {}, names
    )
    return [name for name, found in zip(names, tags) if is_ours(found, owner)]


def remove(
    glue: Any, caller: Caller, names: Sequence[str], owner: str | None, check_mode: bool
) -> tuple[list[Outcome], list[str]]:
    """Remove databases with all of their tables, also those that jobs made in them.

    What is somebody else's stays: the second value says so, one sentence each.
    """
    read = in_parallel(lambda name: glue_catalog.read_database(glue, caller, name), names)
    found = [database for database in read if database]
    ours = [database for database in found if is_ours(database.tags, owner)]
    stayed = [
        left_alone("database", database.name, database.tags, str(owner))
        for database in found
        if database not in ours
    ]
    if not check_mode:
        in_parallel(lambda database: _delete(glue, database), ours)
    outcomes = []
    for database in ours:
        outcomes += [_removed_table(database.name, table) for table in database.tables.values()]
        before = {**_database_summary(database.settings), "tags": database.tags}
        facts = {
            "name": database.name,
            "description": database.settings.get("Description"),
            "location": database.settings.get("LocationUri"),
        }
        outcomes.append(Outcome(database.name, None, "removed", facts, before, {}))
    return outcomes, stayed


def _delete(glue: Any, database: Database) -> None:
    """Tables go first, as the API reference asks, so that the database is gone with all it held."""
    glue_catalog.delete_tables(glue, database.name, sorted(database.tables))
    glue_catalog.delete_database(glue, database.name)
