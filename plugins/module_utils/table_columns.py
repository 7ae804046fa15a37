# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files of one table hold: its columns with their types, and the SerDe that reads them.

Pure but for reading the files: of each its head, and as many rows as types are inferred from.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils import (
    column_types,
    json_lines,
    table_input,
    text_file,
)
from ansible_collections.terraglue.aws.plugins.module_utils.column_names import plain_name
from ansible_collections.terraglue.aws.plugins.module_utils.csv_header import (
    Header,
    header_line,
    opener,
    read_alike,
    read_header,
)
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import Column, Storage
from ansible_collections.terraglue.aws.plugins.module_utils.table_options import TableOptions
from ansible_collections.terraglue.aws.plugins.module_utils.text_file import TextKind
from ansible_collections.terraglue.aws.plugins.module_utils.text_lines import lines

CONVERT = "terraglue_data_convert=true"
ENCODING = "terraglue_data_encoding"
LEAST_ROWS = 100  # that are looked at in each file of a table, however many files there are


class DataFile(NamedTuple):
    """A file of a table; ``kind`` is csv or json."""

    path: str
    kind: str


class Content(NamedTuple):
    """What a table's files hold; ``keys`` are its partition keys, ``size`` bytes of all files.

    ``delimiter`` is empty for JSON; ``kinds`` are those of the sound files, by path.
    """

    columns: tuple[Column, ...]
    keys: tuple[Column, ...]
    storage: Storage
    size: int
    delimiter: str
    kinds: Mapping[str, TextKind]


class Findings(NamedTuple):
    """What is wrong, and what is not wrong but worth being told."""

    faults: list[Fault]
    notes: list[Fault]


def read_content(
    folder: str, files: Sequence[DataFile], options: TableOptions, keys: Sequence[str]
) -> tuple[Content | None, Findings]:
    """The content of the files in a table's folder; None when there is none that is sound."""
    found = Findings([], [])
    other = next((file for file in files if file.kind != files[0].kind), None)
    if other:
        message = (
            f"is of another format than {os.path.basename(files[0].path)}, and a table has one format."
            " Put it into a table of its own."
        )
        found.faults.append(Fault(other.path, message))
        return None, found
    read = _json_content if files[0].kind == "json" else _csv_content
    content = read(folder, [file.path for file in files], options, found)
    if content is None:
        return None, found
    names = [column.name for column in content.columns]
    _judge_names(folder, names, keys, options, found)
    columns = tuple(_wished(column, options) for column in content.columns)
    if content.storage.serde == table_input.OPEN_CSV_SERDE:
        _judge_types(folder, columns, options, found)
    wanted = tuple(_wished(Column(key), options) for key in keys)
    return content._replace(columns=columns, keys=wanted), found


def _wished(column: Column, options: TableOptions) -> Column:
    wish = dict(options.columns.get(column.name, {}))
    if "type" in wish:
        wish["type"] = column_types.normalised(wish["type"])
    return column._replace(**wish)


def _judge_names(
    folder: str, names: Sequence[str], keys: Sequence[str], options: TableOptions, found: Findings
) -> None:
    """Partition keys are columns too; wishes are for columns that there are."""
    for key in sorted(set(names) & set(keys)):
        message = f"'{key}' is a partition key and a column of the files. Rename one of them."
        found.faults.append(Fault(folder, message))
    for name in sorted(set(options.columns) - set(names) - set(keys)):
        message = (
            f"the choices for columns name '{name}', but there is no such column. There are"
            f" {', '.join([*names, *keys])}."
        )
        found.faults.append(Fault(folder, message))


def _judge_types(
    folder: str, columns: Sequence[Column], options: TableOptions, found: Findings
) -> None:
    """Types that are wished for where the SerDe takes quotes off."""
    for column in columns:
        verdict = table_input.judge_quoted(column) if column.name in options.columns else None
        if verdict:
            (found.faults if verdict.refused else found.notes).append(
                Fault(folder, verdict.message)
            )


# CSV


def _csv_content(
    folder: str, paths: Sequence[str], options: TableOptions, found: Findings
) -> Content | None:
    headers = _csv_headers(paths, options, found)
    if not headers:
        return None
    found.faults.extend(_compare(headers))
    first = headers[0][1]
    columns = tuple(Column(name, comment=text) for name, text in zip(first.columns, first.comments))
    choice = _csv_storage(folder, headers, options, found)
    types = choice.types or (table_input.COLUMN_TYPE,) * len(columns)
    return Content(
        tuple(column._replace(type=kind) for column, kind in zip(columns, types)),
        (),
        choice.storage,
        sum(header.size for dummy, header in headers),
        first.delimiter,
        {path: header.kind for path, header in headers},
    )


def _csv_headers(
    paths: Sequence[str], options: TableOptions, found: Findings
) -> list[tuple[str, Header]]:
    """The files that have a header, the first of which says how the others are to be read."""
    headers: list[tuple[str, Header]] = []
    csv_options, line = options.csv(), b""
    for path in paths:
        alike = read_alike(path, line, headers[0][1]) if line else None
        if alike:
            headers.append((path, alike))
            continue
        header, faults, notes = read_header(path, csv_options, ENCODING)
        found.faults.extend(faults)
        if not header:
            continue
        _judge_encoding(path, header.kind, options, found)
        if not headers:
            found.notes.extend(notes)
            # A table has one delimiter, so it is found once.
            csv_options = csv_options._replace(delimiter=header.delimiter)
            line = header_line(path, header) if len(paths) > 1 else b""
        headers.append((path, header))
    return headers


def _judge_encoding(path: str, kind: TextKind, options: TableOptions, found: Findings) -> None:
    """Athena and Glue read UTF-8 alone, so that the upload has to convert what is not."""
    message = text_file.not_utf8(kind, CONVERT)
    if message and not options.convert:
        found.faults.append(Fault(path, message))


def _compare(headers: Sequence[tuple[str, Header]]) -> list[Fault]:
    """All files of a table have one header, since the table has one list of columns.

    The first that has another is told; it is rarely alone.
    """
    (first_path, first), *rest = headers
    others = [(path, header) for path, header in rest if header.columns != first.columns]
    if not others:
        return []
    path, header = others[0]
    more = f" So it is with {len(others) - 1} more of its files." if len(others) > 1 else ""
    what = _difference(header.columns, first.columns, os.path.basename(first_path))
    message = (
        f"{what}, a file of the same table. Give both the same header, or separate folders.{more}"
    )
    return [Fault(f"{path}:1", message)]


def _difference(columns: Sequence[str], first: Sequence[str], other: str) -> str:
    for number, (here, there) in enumerate(zip(columns, first), 1):
        if here != there:
            return f"column {number} is '{here}' but '{there}' in {other}"
    return f"the header has {len(columns)} columns but {len(first)} in {other}"


class _CsvStorage(NamedTuple):
    """A SerDe, and the types that it reads; without any all are strings."""

    storage: Storage
    types: tuple[str, ...]


def _csv_storage(
    folder: str,
    headers: Sequence[tuple[str, Header]],
    options: TableOptions,
    found: Findings,
) -> _CsvStorage:
    """The SerDe that reads the files, and the types, which are chosen together."""
    delimiter, width = headers[0][1].delimiter, len(headers[0][1].columns)
    typed = options.column_types == "infer" or any(
        "type" in wish for wish in options.columns.values()
    )
    sample = _Sample(folder, headers, options, delimiter) if typed else None
    types = column_types.infer(sample.rows(), width) if sample else ()
    choice = table_input.storage_for(
        options.csv_format(delimiter), typed, sample.quoted if sample else None
    )
    if choice.reason and options.column_types == "infer":
        found.notes.append(Fault(folder, choice.reason))
    if options.column_types != "infer" or not choice.typed:
        types = ()
    return _CsvStorage(choice.storage, types)


class _Sample:
    """Rows of a table's files, some of each; ``quoted`` is where the first quoted field is, if any.

    The rows are split as LazySimpleSerDe does it, which knows no quotes: where there are any, the
    rows end, since types are of no use then.
    """

    def __init__(
        self,
        folder: str,
        headers: Sequence[tuple[str, Header]],
        options: TableOptions,
        delimiter: str,
    ) -> None:
        self._folder, self._headers, self._delimiter = folder, headers, delimiter
        self._opener = opener(delimiter, options.quote) if options.quote else None
        self._wanted = options.sample_rows
        self.quoted: str | None = None

    def rows(self) -> Iterator[list[str]]:
        """The cells of each row."""
        left = max(self._wanted // len(self._headers), LEAST_ROWS) if self._wanted else None
        for path, header in self._headers:
            for number, line in enumerate(islice(lines(path, header.kind), left and left + 1), 1):
                if self._opener and self._opener.search(line):
                    self.quoted = f"{os.path.relpath(path, self._folder)}:{number}"
                    return
                if number > 1:
                    yield line.split(self._delimiter)


# JSON

_JSON_NAMES = {"keep": json_lines.column_name, "underscore": plain_name}


def _json_content(
    folder: str, paths: Sequence[str], options: TableOptions, found: Findings
) -> Content | None:
    """The keys of all files; one that is in some of them only is NULL in the others."""
    heads = []
    for path in paths:
        head, faults = text_file.read_head(path, options.encoding, ENCODING)
        found.faults.extend(faults)
        if head:
            _judge_encoding(path, head.kind, options, found)
            heads.append((path, head))
    if not heads:
        return None
    left = max(options.sample_rows // len(heads), LEAST_ROWS) if options.sample_rows else None
    sample = (
        (f"{path}:{number}", line)
        for path, head in heads
        for number, line in enumerate(islice(lines(path, head.kind), left), 1)
    )
    columns, mapping, faults = json_lines.json_columns(
        sample, folder, options.column_types == "infer", _JSON_NAMES[options.column_names]
    )
    found.faults.extend(faults)
    if faults:
        return None
    return Content(
        columns,
        (),
        table_input.json_lines(mapping),
        sum(head.size for dummy, head in heads),
        "",
        {path: head.kind for path, head in heads},
    )
