# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readers of CSV files against Python's csv module, for any header, rows, dialect and pieces."""

from __future__ import annotations

import csv
import gzip
import io
import re
from pathlib import Path

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import (
    csv_header,
    csv_scan,
    text_file,
)
from ansible_collections.terraglue.aws.plugins.module_utils.column_names import (
    column_names,
    plain_name,
)
from ansible_collections.terraglue.aws.plugins.module_utils.csv_header import (
    DELIMITERS,
    CsvOptions,
    dialect,
    read_header,
)

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

settings = hypothesis.settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)

# Letters that mean something to a CSV parser come often.
LETTERS = st.sampled_from("\",;\t|\n\r ' aé€𝄞\x85\u2028\\")
CELL = st.text(LETTERS, max_size=6)
NAME = st.text(st.one_of(st.sampled_from('ab",;|\t é€𝄞'), st.characters(codec="utf-8", categories=["L", "N"])), min_size=1, max_size=8)  # fmt: skip
TABLE = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8)
)
LINE_END = st.sampled_from(["\n", "\r\n", "\r"])
PIECE = st.sampled_from([3, 4, 7, 16, 1000])


def as_csv(rows: list[list[str]], delimiter: str, line_end: str, quoting: int) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(
        rows
    )
    return stream.getvalue()


def cells(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), **dialect(delimiter, '"')))


def broken_rows(text: str) -> list[int]:
    """The first line of each record that has more than one, as csv.reader counts lines."""
    reader, before, found = csv.reader(io.StringIO(text, newline=""), **dialect(",", '"')), 0, []
    for _row in reader:
        if reader.line_num > before + 1:
            found.append(before + 1)
        before = reader.line_num
    return found


@settings
@hypothesis.given(
    names=st.lists(NAME.map(str.strip).filter(bool), min_size=1, max_size=6),
    rows=st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=4),
    delimiter=st.sampled_from(DELIMITERS),
    line_end=LINE_END,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    packed=st.booleans(),
)
def test_names_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    rows: list[list[str]],
    delimiter: str,
    line_end: str,
    quoting: int,
    encoding: str,
    packed: bool,
) -> None:
    path = tmp_path_factory.getbasetemp() / ("names.csv" + ".gz" * packed)
    data = as_csv([names, *rows], delimiter, line_end, quoting).encode(encoding)
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    header, _faults, _notes = read_header(str(path), CsvOptions(delimiter))
    assert header.written == tuple(names)
    assert header.columns == tuple(name.strip().lower() for name in names)


@settings
@hypothesis.given(
    names=st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True), min_size=2, max_size=6),
    rows=st.integers(0, 30),
    data=st.data(),
    delimiter=st.sampled_from(DELIMITERS),
    line_end=LINE_END,
)
def test_the_delimiter_is_found_out(
    tmp_path: Path, names: list[str], rows: int, data: object, delimiter: str, line_end: str
) -> None:
    table = [data.draw(st.lists(CELL, min_size=len(names), max_size=len(names))) for dummy in range(rows)]  # fmt: skip
    path = tmp_path / "found.csv"
    path.write_bytes(as_csv([names, *table], delimiter, line_end, csv.QUOTE_MINIMAL).encode())
    header = read_header(str(path)).header
    assert (header.delimiter, header.written) == (delimiter, tuple(names))


@hypothesis.settings(settings, max_examples=500)
@hypothesis.given(
    text=st.text(st.sampled_from(",;\t| ab'\n\r\\\x0b\x1c\x85\u2028é"), min_size=1, max_size=60),
    many=st.sampled_from([1, 9]),
    quote=st.sampled_from(['"', "'", ""]),
    whole=st.booleans(),
)
def test_lines_without_quotes_are_split_as_they_are_parsed(
    text: str, many: int, quote: str, whole: bool
) -> None:
    lines = csv_header._plain_lines(text * many, quote, whole)
    for delimiter in (*DELIMITERS, " ", "\\", "a") if lines else ():
        parsed = csv_header._parse(text * many, delimiter, quote, whole)
        assert csv_header._split(lines, delimiter) == parsed


@settings
@hypothesis.given(rows=TABLE, line_end=LINE_END, quoting=st.sampled_from([0, 1]), piece=PIECE)
def test_line_breaks_are_found_and_cured(
    tmp_path: Path, rows: list[list[str]], line_end: str, quoting: int, piece: int
) -> None:
    text = as_csv(rows, ",", line_end, quoting)
    path = tmp_path / "scan.csv"
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_file, "PIECE", piece)
        patch.setattr(csv_scan, "TOLD", 1000)
        found = csv_scan.scan(str(path), CsvOptions(","))
        with csv_scan.repaired(str(path), csv_scan.Repair("utf-8", line_break="~")) as stream:
            cured = stream.read()
        path.write_bytes(cured)
        left = csv_scan.scan(str(path), CsvOptions(","))
    assert [fault.where for fault in found] == [f"{path}:{line}" for line in broken_rows(text)]
    assert left == []
    assert cells(cured.decode()) == [
        [re.sub("\r\n|\r|\n", "~", cell) for cell in row] for row in cells(text)
    ]


@settings
@hypothesis.given(
    text=st.text(st.sampled_from('""",,\n\n\r ax'), min_size=1, max_size=60), piece=PIECE
)
def test_any_text_is_scanned_as_csv_reads_it(tmp_path: Path, text: str, piece: int) -> None:
    ended = False

    def lines() -> object:
        nonlocal ended
        yield from io.StringIO(text, newline="")
        ended = True

    reader = csv.reader(lines(), **dialect(",", '"'))
    open_quote = any(ended for _row in reader)
    path = tmp_path / "any.csv"
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_file, "PIECE", piece)
        patch.setattr(csv_scan, "TOLD", 1000)
        found = csv_scan.scan(str(path), CsvOptions(","))
    assert any("never closed" in fault.message for fault in found) == open_quote
    if not open_quote:
        assert [fault.where for fault in found] == [f"{path}:{line}" for line in broken_rows(text)]


@settings
@hypothesis.given(names=st.lists(st.text(max_size=12), min_size=1, max_size=8))
def test_plain_names_are_plain_and_distinct(names: list[str]) -> None:
    found = column_names(names, "underscore")
    if any(name.strip() for name in names):
        assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", column) for column in found.columns)
        assert len(set(found.columns)) == len(names)
    for column in found.columns:
        assert plain_name(column) == column
