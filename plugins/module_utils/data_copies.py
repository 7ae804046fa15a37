# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a data folder are uploaded as cured copies, because Athena and Glue would not read
them as they are. Pure but for reading the files, which are never touched."""

from __future__ import annotations

from ansible_collections.terraglue.aws.plugins.module_utils import csv_scan, data_folder
from ansible_collections.terraglue.aws.plugins.module_utils.csv_scan import Repair
from ansible_collections.terraglue.aws.plugins.module_utils.data_folder import Table
from ansible_collections.terraglue.aws.plugins.module_utils.table_options import (
    SPACE,
    Choices,
)
from ansible_collections.terraglue.aws.plugins.module_utils.text_file import TextKind


def repairs(data_dir: str, choices: Choices) -> dict[str, Repair]:
    """What the copies have otherwise than the files, by the paths of the files; the others need none.

    Raises one TerraglueError that lists all faults of the folder.
    """
    if not _any_cure(choices, data_dir):
        return {}
    found = {}
    for table in data_folder.read(data_dir, choices).tables:
        for path, kind in table.content.kinds.items():
            repair = _repair(table, path, kind)
            if repair:
                found[path] = repair
    return found


def _any_cure(choices: Choices, data_dir: str) -> bool:
    """Whether any table asks for copies; files are not read for nothing."""
    wanted = [
        choices.general,
        *(options for dummy, options in data_folder.files(data_dir, choices)),
    ]
    return any(options.convert or options.line_breaks == "space" for options in wanted)


def _repair(table: Table, path: str, kind: TextKind) -> Repair | None:
    """The cure of one file; None when it is fine as it is."""
    options, delimiter = table.options, table.content.delimiter
    convert = options.convert and not kind.is_utf8
    replace = bool(
        options.line_breaks == "space"
        and delimiter
        and csv_scan.breaks_rows(path, kind, delimiter, options.quote)
    )
    if not convert and not replace:
        return None
    return Repair(kind.encoding, options.quote, delimiter or ",", SPACE if replace else None)
