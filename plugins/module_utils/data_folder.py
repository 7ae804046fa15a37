# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data folder, ``<data_dir>/<database>/<table>/[<key>=<value>/…]<file>``: what it holds and its faults.

Pure but for reading the folder. Links are followed; none can lead in a circle, because below a
table's folder only partitions are looked for, and no key may come twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from ansible_collections.terraglue.aws.plugins.module_utils.errors import stop_at
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.folders import is_folder
from ansible_collections.terraglue.aws.plugins.module_utils.table_columns import (
    Content,
    DataFile,
    read_content,
)
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import Column
from ansible_collections.terraglue.aws.plugins.module_utils.table_options import (
    NO_CHOICES,
    Choices,
    TableOptions,
    of_table,
)

# Glue wants lower case; Athena wants no other special character than the underscore.
NAME = re.compile(r"[a-z0-9_]{1,255}")
LAYOUT = "<database>/<table>/<file>.csv"

# How a file is to be read, by its extension; .gz may follow, and is what Hive goes by.
KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}


class File(NamedTuple):
    """A data file: ``name`` is its path below the data folder."""

    path: str
    name: str
    kind: str


class Partition(NamedTuple):
    """A partition: the values of the table's keys, and its folder below the table's, as it is named."""

    values: tuple[str, ...]
    folder: str


class Table(NamedTuple):
    """One table: ``files`` are relative to the data folder, sorted; ``size`` is in bytes."""

    database: str
    name: str
    files: tuple[str, ...]
    content: Content
    partition_keys: tuple[Column, ...]
    partitions: tuple[Partition, ...]
    options: TableOptions

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns in the files."""
        return tuple(column.name for column in self.content.columns)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self.content.size


class DataFolder(NamedTuple):
    """What a data folder holds, sorted by name; ``notes`` are no faults, but worth being told."""

    path: str
    databases: tuple[str, ...]
    tables: tuple[Table, ...]
    notes: tuple[Fault, ...]


class _Folder(NamedTuple):
    """A table's folder as it lies there."""

    database: str
    name: str
    path: str
    options: TableOptions
    keys: tuple[str, ...]
    partitions: tuple[Partition, ...]
    files: tuple[File, ...]


def read(data_dir: str, choices: Choices = NO_CHOICES) -> DataFolder:
    """The folder, or one TerraglueError that lists all of its faults."""
    folder, faults = inspect(data_dir, choices)
    stop_at(faults)
    return folder


def inspect(data_dir: str, choices: Choices = NO_CHOICES) -> tuple[DataFolder, list[Fault]]:
    """The folder as far as it is sound, and its faults. Of each file only the head is read, and as
    many rows as the choice of types wants."""
    faults: list[Fault] = []
    notes: list[Fault] = []
    tables = []
    for folder in _folders(data_dir, choices, faults):
        data_files = [DataFile(file.path, file.kind) for file in folder.files]
        content, found = read_content(folder.path, data_files, folder.options, folder.keys)
        faults += found.faults
        notes += found.notes
        if content:
            tables.append(_table(folder, content))
    if not tables and not faults:
        faults.append(
            Fault(data_dir, f"the data folder has no data. Put files into it as {LAYOUT}.")
        )
    databases = tuple(dict.fromkeys(table.database for table in tables))
    return DataFolder(data_dir, databases, tuple(tables), tuple(notes)), faults


def _table(folder: _Folder, content: Content) -> Table:
    return Table(
        folder.database,
        folder.name,
        tuple(file.name for file in folder.files),
        content,
        tuple(content.keys),
        folder.partitions,
        folder.options,
    )


def files(data_dir: str, choices: Choices = NO_CHOICES) -> list[tuple[File, TableOptions]]:
    """Every data file with the choices for its table, whatever is wrong with others."""
    return [
        (file, folder.options)
        for folder in _folders(data_dir, choices, [])
        for file in folder.files
    ]


def _folders(data_dir: str, choices: Choices, faults: list[Fault]) -> list[_Folder]:
    """The folders of tables that have files, faults added to ``faults``."""
    if not os.path.isdir(data_dir):
        kind = "is not a folder" if os.path.exists(data_dir) else "does not exist"
        message = f"the data folder {kind}. Make it, with your data as {LAYOUT}."
        faults.append(Fault(data_dir, message))
        return []
    found = []
    for database in _entries(data_dir, faults):
        if not is_folder(database):
            faults.append(_misplaced(database, "lies directly in the data folder"))
            continue
        faults += _judge_name(database, "database")
        for table in _entries(database.path, faults):
            if not is_folder(table):
                faults.append(_misplaced(table, "lies directly in a database's folder"))
                continue
            faults += _judge_name(table, "table")
            folder = _folder(data_dir, database.name, table, choices, faults)
            if folder.files:
                found.append(folder)
    _unknown_tables(choices, found, faults)
    return found


def _unknown_tables(choices: Choices, found: Iterable[_Folder], faults: list[Fault]) -> None:
    """Choices for a table that is not there are a slip of the pen, which would go unnoticed."""
    names = {f"{folder.database}.{folder.name}" for folder in found}
    for name in sorted(set(choices.tables) - names):
        if name.count(".") == 1:  # another form is a fault of the variable itself
            place = f"terraglue_data_tables['{name}']"
            faults.append(Fault(place, "the data folder has no such table. Correct the name."))


def _folder(
    data_dir: str, database: str, entry: os.DirEntry[str], choices: Choices, faults: list[Fault]
) -> _Folder:
    options, found = of_table(choices, f"{database}.{entry.name}", entry.path)
    faults += found
    files: list[File] = []
    layouts: dict[tuple[str, ...], str] = {}
    partitions: list[Partition] = []
    _walk(data_dir, entry.path, (), files, layouts, partitions, faults)
    if len(layouts) > 1:
        (keys, first), (others, other) = list(layouts.items())[:2]
        message = (
            f"lies below {_keys(others)}, but {os.path.relpath(first, entry.path)} of the same table below"
            f" {_keys(keys)}. All files of a table have the same partition keys, in the same order."
        )
        faults.append(Fault(other, message))
    keys = next(iter(layouts), ())
    partitions = [one for one in partitions if len(one.values) == len(keys)]
    return _Folder(database, entry.name, entry.path, options, keys, tuple(partitions), tuple(files))


def _keys(keys: Sequence[str]) -> str:
    return "/".join(f"{key}=…" for key in keys) if keys else "no partition"


def _walk(
    data_dir: str,
    path: str,
    pairs: tuple[tuple[str, str], ...],
    files: list[File],
    layouts: dict[tuple[str, ...], str],
    partitions: list[Partition],
    faults: list[Fault],
) -> None:
    """Collect the files below a table's folder; ``layouts`` are the lists of keys met, each with a file."""
    keys = tuple(key for key, dummy in pairs)
    values = tuple(value for dummy, value in pairs)
    above = os.path.join(data_dir, "")
    here = []
    for entry in _entries(path, faults):
        if is_folder(entry):
            pair = _partition(entry, keys, faults)
            if pair:
                below = (*pairs, pair)
                _walk(data_dir, entry.path, below, files, layouts, partitions, faults)
            continue
        kind = _kind(entry.name)
        if kind is None:
            faults.append(Fault(entry.path, _NO_DATA))
            continue
        layouts.setdefault(keys, entry.path)
        here.append(File(entry.path, entry.path[len(above) :], kind))
    if here:
        files += here
        if keys:
            depth = len(keys)
            folder = "/".join(path.split(os.sep)[-depth:])
            partitions.append(Partition(values, folder))


_NO_DATA = (
    f"is no data file: {', '.join(KINDS)} are, and the same with .gz. Rename it if it is one, or move"
    " it out of the data folder."
)


def _kind(name: str) -> str | None:
    stem = name.lower()
    stem = stem[:-3] if stem.endswith(".gz") else stem
    return KINDS.get(os.path.splitext(stem)[1])


def _partition(
    entry: os.DirEntry[str], above: Sequence[str], faults: list[Fault]
) -> tuple[str, str] | None:
    """Key and value of a partition's folder; the value is escaped in its name as Hive does."""
    key, equals, value = entry.name.partition("=")
    if not equals:
        message = "is a folder within a table's folder, and its name is no partition such as day=2024-01-31."
        faults.append(_misplaced(entry, message.rstrip(".")))
        return None
    if not NAME.fullmatch(key):
        message = f"'{key}' cannot be the name of a partition key: lower-case letters, digits and underscores."
        faults.append(Fault(entry.path, f"{message} Rename the folder."))
        return None
    if key in above:
        faults.append(Fault(entry.path, f"the partition key '{key}' stands twice in this path."))
        return None
    if not value:
        faults.append(
            Fault(entry.path, f"the partition key '{key}' has no value. Rename the folder.")
        )
        return None
    return key, unquote(value)


def _entries(folder: str, faults: list[Fault]) -> list[os.DirEntry[str]]:
    """What lies in a folder, sorted; hidden names and marks such as _SUCCESS are nobody's data."""
    try:
        with os.scandir(folder) as found:
            seen = [entry for entry in found if not entry.name.startswith((".", "_"))]
    except OSError as error:
        faults.append(Fault(folder, f"cannot be read: {error.strerror or error}."))
        return []
    return sorted(seen, key=lambda entry: entry.name)


def _misplaced(entry: os.DirEntry[str], what: str) -> Fault:
    return Fault(entry.path, f"{what}. Move it to {LAYOUT}, or out of the data folder.")


def _judge_name(entry: os.DirEntry[str], kind: str) -> list[Fault]:
    if NAME.fullmatch(entry.name):
        return []
    proposal = re.sub(r"[^a-z0-9_]+", "_", entry.name.lower())[:255]
    message = (
        f"'{entry.name}' cannot be the name of a {kind}: Glue and Athena want lower-case letters,"
        f" digits and underscores, at most 255. Rename the folder, for example to '{proposal}'."
    )
    return [Fault(entry.path, message)]


def database_names(data_dir: str) -> list[str]:
    """The names of the database folders, whatever is in them; for removing, faults do not matter."""
    if not os.path.isdir(data_dir):
        return []
    return [entry.name for entry in _entries(data_dir, []) if is_folder(entry)]
