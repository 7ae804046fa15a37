# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data folder judged as a whole: the heads of its files, every byte of them, or every value.

Pure but for reading the folder.
"""

from __future__ import annotations

import csv
import enum
from collections.abc import Iterator

from ansible_collections.terraglue.aws.plugins.module_utils import (
    column_types,
    csv_scan,
    data_folder,
    table_input,
    text_file,
)
from ansible_collections.terraglue.aws.plugins.module_utils.csv_header import opener
from ansible_collections.terraglue.aws.plugins.module_utils.data_folder import Table
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.table_columns import ENCODING
from ansible_collections.terraglue.aws.plugins.module_utils.table_options import (
    NO_CHOICES,
    Choices,
)
from ansible_collections.terraglue.aws.plugins.module_utils.text_file import TextKind
from ansible_collections.terraglue.aws.plugins.module_utils.text_lines import lines

CURE = "terraglue_data_line_breaks=space"
MISFITS = 5  # of a file that are told one by one

_QUOTED = (
    "holds a quoted field, beyond the rows that the types were inferred from: the SerDe that reads types"
    " (LazySimpleSerDe) leaves quotes in the values. Set catalog_sample_rows=0, or"
    " catalog_column_types=string, for this table."
)


class Depth(enum.Enum):
    """How deep a look goes: the heads of the files, every byte, or every value."""

    HEADS = 1
    BYTES = 2
    VALUES = 3


def check(data_dir: str, choices: Choices = NO_CHOICES, depth: Depth = Depth.HEADS) -> list[Fault]:
    """Every fault of the folder; those beyond the heads come after those of the heads."""
    folder, faults = data_folder.inspect(data_dir, choices)
    if depth is not Depth.HEADS:
        look = _misfits if depth is Depth.VALUES else _scan
        # What is wrong with a head is told already, and would be met again.
        for table in folder.tables:
            for path, kind in table.content.kinds.items():
                faults += look(table, path, kind)
    return faults


def _scan(table: Table, path: str, kind: TextKind) -> list[Fault]:
    """What only reading every byte shows: broken characters, line breaks within quotes."""
    is_csv = bool(table.content.delimiter)
    if is_csv and kind == TextKind("utf-8") and csv_scan.is_plain(path, table.options.quote):
        return []
    options = table.options.csv()._replace(delimiter=table.content.delimiter)
    if table.options.line_breaks == "report":
        return csv_scan.scan(path, options, CURE, ENCODING)
    return csv_scan.check_text(path, options, ENCODING)


def _misfits(table: Table, path: str, kind: TextKind) -> list[Fault]:
    """The values that miss their column's type, and quotes where the SerDe knows none."""
    columns, storage = table.content.columns, table.content.storage
    if storage.serde == table_input.JSON_SERDE or all(
        column.type == table_input.COLUMN_TYPE for column in columns
    ):
        return []
    faults: list[Fault] = []
    try:
        rows = _rows(table, path, kind, faults)
        for number, misfit in enumerate(column_types.misfits(rows, columns)):
            if number == MISFITS:
                message = "and more values that do not fit their columns."
                faults.append(Fault(f"{path}:{misfit.line}", message))
                break
            faults.append(Fault(f"{path}:{misfit.line}", f"{column_types.explained(misfit)}"))
    except text_file.READ_ERRORS as error:
        faults.append(text_file.unreadable(path, error))
    return faults


def _rows(
    table: Table, path: str, kind: TextKind, faults: list[Fault]
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file as the table's SerDe splits them, with their lines."""
    options, delimiter = table.options, table.content.delimiter
    numbered = enumerate(lines(path, kind), 1)
    next(numbered, None)
    if table.content.storage.serde == table_input.OPEN_CSV_SERDE:
        for number, line in numbered:
            for row in csv.reader(
                [line], delimiter=delimiter, quotechar=options.quote, escapechar=options.escape
            ):
                yield number, row
        return
    quoted = opener(delimiter, options.quote)
    told = False
    for number, line in numbered:
        if not told and quoted.search(line):
            told = True
            faults.append(Fault(f"{path}:{number}", _QUOTED))
        yield number, line.split(delimiter)


class Memory:
    """``check`` that remembers, for one task, what it has found: two roles ask about one folder."""

    def __init__(self) -> None:
        self._known: dict[str, list[Fault]] = {}

    def __call__(self, data_dir: str, choices: Choices, depth: Depth) -> list[Fault]:
        """As ``check``."""
        key = repr((data_dir, choices, depth))
        if key not in self._known:
            self._known[key] = check(data_dir, choices, depth)
        return self._known[key]
