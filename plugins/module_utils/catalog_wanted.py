# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a data folder and options ask of the Glue catalog, as the API's inputs. Pure but for reading
the folder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils import data_folder, table_ddl
from ansible_collections.terraglue.aws.plugins.module_utils.errors import stop_at
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import (
    partition_input,
    table_input,
)
from ansible_collections.terraglue.aws.plugins.module_utils.table_options import Choices

_LOCATION = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")


class WantedTable(NamedTuple):
    """A table that there should be: its TableInput, and the PartitionInput of each partition."""

    table: dict[str, Any]
    partitions: tuple[dict[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.table["Name"])

    def statements(self, database: str) -> list[str]:
        """What makes the same table when Athena runs it."""
        made = [table_ddl.create_table(database, self.table)]
        if self.partitions:
            made += table_ddl.add_partitions(database, self.table, self.partitions)
        return made


class Wanted(NamedTuple):
    """A database that there should be: ``settings`` of DatabaseInput, and its tables by name."""

    name: str
    settings: dict[str, str]
    tables: dict[str, WantedTable]


def wanted_databases(
    data_dir: str | None,
    choices: Choices,
    location: str | None,
    prefix: str,
    extra: Sequence[Mapping[str, Any]],
    owner: str | None,
    parameters: Mapping[str, str] | None,
) -> tuple[list[Wanted], list[Fault]]:
    """What the options ask for, and what is worth being told of the files; or one error with all
    faults of the options and the folder.

    ``extra`` are mappings with name, description and location; one that bears the name of a folder
    describes that folder's database.
    """
    faults = _option_faults(location, prefix, extra)
    folder = None
    if data_dir is not None:
        folder, found = data_folder.inspect(data_dir, choices)
        faults += found
        faults += _too_long(data_dir, prefix, folder.databases)
    stop_at(faults)
    base = (location or "").rstrip("/")
    settings: dict[str, dict[str, str]] = {}
    tables: dict[str, dict[str, WantedTable]] = {}
    for table in folder.tables if folder else ():
        settings[table.database] = {
            "Description": f"Tables of the data folder {table.database}",
            "LocationUri": f"{base}/{table.database}",
        }
        place = f"{base}/{table.database}/{table.name}"
        tables.setdefault(table.database, {})[table.name] = _wanted(table, place, owner, parameters)
    for item in extra:
        named = {"Description": item.get("description"), "LocationUri": item.get("location")}
        settings.setdefault(item["name"], {}).update({k: v for k, v in named.items() if v})
    databases = [
        Wanted(prefix + name, settings[name], tables.get(name, {})) for name in sorted(settings)
    ]
    return databases, list(folder.notes if folder else ())


def _wanted(
    table: data_folder.Table,
    location: str,
    owner: str | None,
    parameters: Mapping[str, str] | None,
) -> WantedTable:
    content = table.content
    description = table.options.description
    made = table_input(
        table.name,
        content.columns,
        location,
        content.storage,
        partition_keys=table.partition_keys,
        owner=owner,
        # What Hive and Athena show as a table's comment.
        parameters={**({"comment": description} if description else {}), **(parameters or {})},
    )
    partitions = tuple(
        partition_input(one.values, f"{location}/{one.folder}", content.storage, content.columns)
        for one in table.partitions
    )
    return WantedTable(made, partitions)


def _option_faults(
    location: str | None, prefix: str, extra: Sequence[Mapping[str, Any]]
) -> list[Fault]:
    """What is wrong with the options, before any file is read."""
    faults = []
    name_rule = "use lower-case letters, digits and underscores only, at most 255"
    if location is not None and not _LOCATION.fullmatch(location):
        message = f"'{location}' is no place in S3. Write s3://BUCKET or s3://BUCKET/PREFIX."
        faults.append(Fault("location", message))
    if prefix and not data_folder.NAME.fullmatch(prefix):
        faults.append(Fault("database_prefix", f"Glue refuses '{prefix}': {name_rule}."))
    for number, item in enumerate(extra):
        where = f"databases[{number}]"
        if not data_folder.NAME.fullmatch(prefix + item["name"]):
            faults.append(Fault(f"{where}.name", f"Glue refuses '{item['name']}': {name_rule}."))
        if item.get("location") and not _LOCATION.fullmatch(item["location"]):
            message = f"'{item['location']}' is no place in S3. Write s3://BUCKET/PREFIX."
            faults.append(Fault(f"{where}.location", message))
    names = [item["name"] for item in extra]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.append(Fault("databases", f"'{name}' is listed twice. Keep one of them."))
    return faults


def _too_long(data_dir: str, prefix: str, names: Sequence[str]) -> list[Fault]:
    return [
        Fault(
            f"{data_dir}/{name}",
            f"with database_prefix '{prefix}' its name is over 255 characters.",
        )
        for name in names
        if len(prefix + name) > 255
    ]
