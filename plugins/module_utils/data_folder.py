# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data folder, ``<data_dir>/<database>/<table>/<file>.csv``: what it holds and its faults.

Pure but for reading the folder. Links are followed; none can lead in a circle, because nothing is
looked for below a table's folder.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.csv_header import Header, read_header
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault, report

# Glue wants lower case; Athena wants no other special character than the underscore.
NAME = re.compile(r"[a-z0-9_]{1,255}")
LAYOUT = "<database>/<table>/<file>.csv"


class Table(NamedTuple):
    """One table: ``files`` are relative to the data folder, sorted; ``size`` is in bytes."""

    database: str
    name: str
    columns: tuple[str, ...]
    files: tuple[str, ...]
    size: int


class DataFolder(NamedTuple):
    """What a data folder holds, sorted by name."""

    path: str
    databases: tuple[str, ...]
    tables: tuple[Table, ...]


def check(data_dir: str) -> list[Fault]:
    """Every fault of the folder, in the order of its paths."""
    return inspect(data_dir)[1]


def read(data_dir: str) -> DataFolder:
    """The folder, or one TerraglueError that lists all of its faults."""
    folder, faults = inspect(data_dir)
    if faults:
        raise TerraglueError(report(faults), faults=[fault._asdict() for fault in faults])
    return folder


def inspect(
    data_dir: str, delimiter: str = ",", quote: str = '"'
) -> tuple[DataFolder, list[Fault]]:
    """The folder as far as it is sound, and its faults."""
    nothing = DataFolder(data_dir, (), ())
    if not os.path.isdir(data_dir):
        kind = "is not a folder" if os.path.exists(data_dir) else "does not exist"
        message = f"the data folder {kind}. Make it, with your data as {LAYOUT}."
        return nothing, [Fault(data_dir, message)]
    faults: list[Fault] = []
    tables: list[Table] = []
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
            found = _table(data_dir, database.name, table, (delimiter, quote), faults)
            if found:
                tables.append(found)
    if not tables and not faults:
        faults.append(
            Fault(data_dir, f"the data folder has no data. Put files into it as {LAYOUT}.")
        )
    databases = tuple(dict.fromkeys(table.database for table in tables))
    return DataFolder(data_dir, databases, tuple(tables)), faults


def _entries(folder: str, faults: list[Fault]) -> list[os.DirEntry[str]]:
    """What lies in a folder, sorted; hidden names and marks such as _SUCCESS are nobody's data."""
    try:
        with os.scandir(folder) as found:
            seen = [entry for entry in found if not entry.name.startswith((".", "_"))]
    except OSError as error:
        faults.append(Fault(folder, f"cannot be read: {error.strerror or error}."))
        return []
    return sorted(seen, key=lambda entry: entry.name)


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder; a link that leads to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


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


def _table(
    data_dir: str,
    database: str,
    folder: os.DirEntry[str],
    characters: tuple[str, str],
    faults: list[Fault],
) -> Table | None:
    """The table of one folder, its faults added to ``faults``; None without a sound file."""
    headers: list[tuple[str, Header]] = []
    files = []
    for entry in _entries(folder.path, faults):
        if is_folder(entry):
            faults.append(_misplaced(entry, "is a folder within a table's folder"))
        elif not entry.name.lower().endswith(".csv"):
            message = "is no .csv file. Rename it if it is one, or move it out of the data folder."
            faults.append(Fault(entry.path, message))
        else:
            files.append(os.path.relpath(entry.path, data_dir))
            header, found = read_header(entry.path, *characters)
            faults += found
            if header:
                headers.append((entry.path, header))
    if not headers:
        return None
    first_path, first = headers[0]
    for path, header in headers[1:]:
        faults += _compare(path, header.columns, first_path, first.columns)
    size = sum(header.size for path, header in headers)
    return Table(database, folder.name, first.columns, tuple(files), size)


def _compare(
    path: str, columns: tuple[str, ...], first_path: str, first: tuple[str, ...]
) -> list[Fault]:
    """All files of a table have one header, since the table has one list of columns."""
    if columns == first:
        return []
    other = os.path.basename(first_path)
    for number, (here, there) in enumerate(zip(columns, first), 1):
        if here != there:
            what = f"column {number} is '{here}' but '{there}' in {other}"
            break
    else:
        what = f"the header has {len(columns)} columns but {len(first)} in {other}"
    message = f"{what}, a file of the same table. Give both the same header, or separate folders."
    return [Fault(f"{path}:1", message)]


def database_names(data_dir: str) -> list[str]:
    """The names of the database folders, whatever is in them; for removing, faults do not matter."""
    if not os.path.isdir(data_dir):
        return []
    return [entry.name for entry in _entries(data_dir, []) if is_folder(entry)]
