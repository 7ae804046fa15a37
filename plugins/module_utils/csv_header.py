# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of a CSV file: its first record, read from the head of the file. Pure but for reading.

Python's csv module says what a record is. It is asked for the names, and for the delimiter too: the
one that makes columns of the first rows. What the rest of the file holds is for ``csv_scan``.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils import text_file
from ansible_collections.terraglue.aws.plugins.module_utils.column_names import (
    NAME_RULES,
    column_names,
    judge_names,
)
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.text_file import TextKind

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 20  # rows that are compared with the header to find the delimiter

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_TAB_ENDINGS = (".tsv", ".tab")


class CsvOptions(NamedTuple):
    """How CSV files are to be read.

    ``delimiter`` and ``quote`` are single ASCII characters; an empty delimiter is found out for each
    file, without a quote nothing is quoted. ``encoding`` is a Python codec; empty, it is what the
    byte order mark says, else UTF-8. ``names`` is one of NAME_RULES. ``line_break`` stands in place of
    line breaks in names, where the upload replaces them; None leaves them.
    """

    delimiter: str = ""
    quote: str = '"'
    encoding: str = ""
    names: str = "keep"
    line_break: str | None = None


DEFAULTS = CsvOptions()


class Header(NamedTuple):
    """The first record of a file: ``written`` as in the file, ``columns`` as the catalog has them.

    ``comments`` has, for each column, the original where the name rule changed more than case and
    blanks or had to tell two names apart, else "". ``size`` is in bytes on disk.
    """

    written: tuple[str, ...]
    columns: tuple[str, ...]
    comments: tuple[str, ...]
    delimiter: str
    kind: TextKind
    size: int

    @property
    def encoding(self) -> str:
        """The Python codec that decodes the file."""
        return self.kind.encoding


class Reading(NamedTuple):
    """What the head of a file holds: its header, when there is one to speak of, and its faults.

    ``notes`` are no faults: what the name rule did that users would want to know.
    """

    header: Header | None
    faults: list[Fault]
    notes: list[Fault]


class _Found(NamedTuple):
    """The first record under a delimiter; without ``header``, ``fault`` says why there is none.

    ``agreement`` is how well the delimiter explains the rows after it: the better, the greater.
    """

    delimiter: str
    header: list[str] | None
    agreement: tuple[float, float, int] = (0, 0, 0)
    fault: str = ""


def read_header(path: str, options: CsvOptions = DEFAULTS, encoding_variable: str = "") -> Reading:
    """Read and judge the head of a file; an unreadable file is a fault, not an exception.

    A header of a file that is not UTF-8 is none the less read; ``text_file.not_utf8(header.kind)``
    says what that means. ``encoding_variable`` is how users tell the encoding, for the messages.
    """
    wrong = options_fault(options)
    if wrong:
        return Reading(None, [Fault(path, wrong)], [])
    head, faults = text_file.read_head(path, options.encoding, encoding_variable)
    if head is None:
        return Reading(None, faults, [])
    found: list[text_file.TextFault] = []
    parts = text_file.as_utf8(head.pieces(), head.kind, found, head.whole, encoding_variable)
    data = b"".join(parts)
    broken = [text_file.locate(path, head.kind, fault) for fault in found]
    # What cannot be decoded is a fault already; the names are judged all the same. At a NUL the text ends.
    whole = head.whole and not any(fault.offset == len(data) for fault in found)
    text = data.decode("utf-8", errors="replace")
    first = _first_record(text, path, options, whole)
    if first.header is None:
        # Where the text itself is broken, that may be the reason.
        return Reading(None, broken or [Fault(f"{path}:1", first.fault)], [])
    written = [_cured(name, options.line_break) for name in first.header]
    names = column_names(written, options.names)
    where = f"{path}:1"
    header = Header(
        tuple(written),
        names.columns,
        names.comments,
        first.delimiter,
        head.kind,
        head.size,
    )
    faults = [*broken, *judge_names(names.columns, where)]
    return Reading(None if broken else header, faults, [Fault(where, note) for note in names.notes])


def header_line(path: str, header: Header) -> bytes:
    """The line of a header that was read, with its end, as it stands in the file.

    Empty where the line alone does not tell how the rest is written: in another encoding than plain
    UTF-8, packed, or with a line break within a name.
    """
    if header.kind != TextKind("utf-8") or any(map(_LINE_BREAK.search, header.written)):
        return b""
    try:
        with open(path, "rb") as stream:
            line = stream.readline(text_file.HEAD)
    except OSError:
        return b""
    return line if line.endswith(b"\n") and b"\r" not in line[:-2] else b""


def read_alike(path: str, line: bytes, header: Header) -> Header | None:
    """The header of a file that begins with the same ``header_line`` as another of its table, at a
    fraction of the price; None where the file has to be looked at for itself."""
    if not line or path.endswith(".gz"):
        return None
    try:
        # A table may have very many files: without Python's own files, and no room for more than there is.
        descriptor = os.open(path, os.O_RDONLY)
        try:
            size = os.fstat(descriptor).st_size
            head = os.read(descriptor, min(size, text_file.HEAD))
        finally:
            os.close(descriptor)
    except OSError:
        return None
    if not head.startswith(line) or b"\x00" in head:
        return None
    try:
        codecs.utf_8_decode(head, "strict", len(head) == size)
    except UnicodeDecodeError:
        return None
    return header._replace(size=size)


def _cured(name: str, line_break: str | None) -> str:
    return name if line_break is None else _LINE_BREAK.sub(lambda dummy: line_break, name)


def options_fault(options: CsvOptions) -> str:
    """What is wrong with options, as a sentence; empty when nothing is."""
    for name, value in (("delimiter", options.delimiter), ("quote", options.quote)):
        if len(value) > 1 or not value.isascii() or value in ("\n", "\r", "\x00"):
            return f"cannot be read with {value!a} as the {name}. Use a single ASCII character."
    if options.delimiter and options.delimiter == options.quote:
        return f"cannot be read with {options.quote!a} as delimiter and as quote. Change one."
    if options.names not in NAME_RULES:
        return f"cannot be named by the rule '{options.names}'. Use one of {', '.join(NAME_RULES)}."
    return ""


def never_closed(quote: str) -> str:
    """The message about a quote that swallows what comes after it."""
    return (
        f"the line opens a quote ({quote}) that is never closed. Close it, or double a quote that"
        " belongs to the text."
    )


def dialect(delimiter: str, quote: str) -> dict[str, Any]:
    """How csv.reader reads our files; blanks before a field are no part of it."""
    quoting = {"quotechar": quote} if quote else {"quotechar": None, "quoting": csv.QUOTE_NONE}
    return {"delimiter": delimiter, "skipinitialspace": delimiter != " ", **quoting}


def opener(delimiter: str, quote: str) -> re.Pattern[str]:
    """What opens a quoted field: a quote at the start of a field. Exact for the first one of a text."""
    blanks = "" if delimiter == " " else " *"
    return re.compile(rf"(?:\A|[\r\n{re.escape(delimiter)}]){blanks}{re.escape(quote)}")


# The first record


def _first_record(text: str, path: str, options: CsvOptions, whole: bool) -> _Found:
    """The first record under the delimiter that was told, or that makes columns of the first rows."""
    lines = _plain_lines(text, options.quote, whole)

    def found_with(delimiter: str) -> _Found:
        if lines:
            return _split(lines, delimiter)
        return _parse(text, delimiter, options.quote, whole)

    if options.delimiter:
        return found_with(options.delimiter)
    tabs = path.lower().removesuffix(".gz").endswith(_TAB_ENDINGS)
    preferred = sorted(DELIMITERS, key=lambda delimiter: tabs and delimiter != "\t")
    candidates = [found_with(delimiter) for delimiter in preferred if delimiter != options.quote]
    # max keeps the first of equals, so the preferred one.
    several = [found for found in candidates if found.header and len(found.header) > 1]
    if several:
        return max(several, key=lambda found: found.agreement)
    # One column, or a quote that one of the delimiters opens and nothing closes.
    return next((found for found in candidates if found.header is None), candidates[0])


def _plain_lines(text: str, quote: str, whole: bool) -> list[str]:
    """The header's line and those of the first rows; none where a parser has to say what a record is.

    Without a quote a record is a line. What the end of the head cuts off is not counted.
    """
    lines: list[str] = []
    read, limit = 0, csv.field_size_limit()
    for line in io.StringIO(text, newline=""):
        read += len(line)
        if (quote and quote in line) or len(line) > limit:
            return []
        if read == len(text) and not whole:
            break
        if line.strip("\r\n"):
            lines.append(line)
        elif not lines:
            break
        if len(lines) > SAMPLE:
            break
    return lines


def _split(lines: Sequence[str], delimiter: str) -> _Found:
    """What ``_parse`` finds in lines without quotes, in a fraction of the time."""
    header = lines[0].rstrip("\r\n").split(delimiter)
    if delimiter != " ":
        header = [name.lstrip(" ") for name in header]
    counts = [line.count(delimiter) for line in lines]
    same = counts.count(counts[0])
    return _Found(delimiter, header, (0.0, same / len(lines), len(header)))


def _agreement(rows: Sequence[Sequence[str]], quote: str) -> tuple[float, float, int]:
    """How well a delimiter explains the rows, the first of which is the header.

    First the share of rows without half a pair of quotes in a field, as a delimiter within quotes
    leaves it; then the share with as many fields as the header; then how many fields there are.
    """
    width = len(rows[0])
    halves = sum(any(field.count(quote) % 2 for field in row) for row in rows) if quote else 0
    same = sum(len(row) == width for row in rows)
    return -halves / len(rows), same / len(rows), width


def _parse(text: str, delimiter: str, quote: str, whole: bool) -> _Found:
    """The first record under a delimiter, and how the rows after it agree.

    What the end of the head cuts off is not counted.
    """
    read, ended = 0, False

    def lines() -> Iterator[str]:
        nonlocal read, ended
        for line in io.StringIO(text, newline=""):
            read += len(line)
            yield line
        # The parser asks for one line more than there are only while a quote is open.
        ended = True

    reader = csv.reader(lines(), **dialect(delimiter, quote))
    try:
        header = next(reader, [])
        too_long = not whole and read == len(text) and not ended
    except csv.Error:  # a field over the parser's limit of 128 KiB
        too_long = not (quote and opener(delimiter, quote).search(text, 0, read))
        header, ended = [""], True
    if too_long:
        message = (
            f"the first line does not end within its first {read} bytes."
            " Is the file CSV, with a header as its first line?"
        )
        return _Found(delimiter, None, fault=message)
    if ended and header:
        return _Found(delimiter, None, fault=never_closed(quote))
    rows = [header]
    while len(rows) <= SAMPLE:
        try:
            row = next(reader, None)
        except csv.Error:
            break
        if row is None or ended or (read == len(text) and not whole):
            break
        if row:
            rows.append(row)
    return _Found(delimiter, header, _agreement(rows, quote))
