# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of a CSV file: its first record, read with constant memory. Pure but for reading.

The whole file is looked at once, in pieces, because a byte that is no UTF-8 in the last row breaks
a query just as one in the first row does; only the head is parsed.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault

PIECE = 1024 * 1024  # bytes read at a time; a header has to end within the first piece
NAME_BYTES = 255  # Glue API reference, Column: Name

# First bytes of files that are often met under the name of a CSV file, and what to do about each.
_KINDS = (
    (b"\x1f\x8b", "gzip", "unpack it with gunzip"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook", "unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"),
    (b"BZh91AY&SY", "bzip2", "unpack it with bunzip2"),
    (b"\xfd7zXZ\x00", "xz", "unpack it with unxz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard", "unpack it with unzstd"),
    (b"PAR1\x15", "Parquet", "save it as CSV"),
    (b"%PDF-", "PDF", "save its data as CSV"),
    (b"SQLite format 3\x00", "a SQLite database", "export the table as CSV"),
)
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32LE"),  # begins like UTF-16LE, so it is asked first
    (codecs.BOM_UTF32_BE, "UTF-32BE"),
    (codecs.BOM_UTF16_LE, "UTF-16LE"),
    (codecs.BOM_UTF16_BE, "UTF-16BE"),
)
# Line breaks and other control characters are outside of Glue's "single-line string". Everything
# else, a comma too, is a name that Athena reads when it stands in double quotes.
_ILLEGAL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")


class Header(NamedTuple):
    """The first record of a file: ``written`` as in the file, ``columns`` as the catalog has them.

    ``encoding`` is "utf-8", or "utf-8-sig" when the file begins with a byte order mark; ``size`` is
    in bytes.
    """

    written: tuple[str, ...]
    columns: tuple[str, ...]
    delimiter: str
    encoding: str
    size: int


class Reading(NamedTuple):
    """What a file holds: its header, when there is one to speak of, and its faults."""

    header: Header | None
    faults: list[Fault]


def column_name(written: str) -> str:
    """A column's name in the catalog: Glue lower-cases, and blanks around a name are no part of it."""
    return written.strip().lower()


def read_header(path: str, delimiter: str = ",", quote: str = '"') -> Reading:
    """Read and judge a file; an unreadable file is a fault, not an exception."""
    try:
        with open(path, "rb") as stream:
            return _read(stream, path, delimiter, quote)
    except OSError as error:
        return Reading(None, [Fault(path, f"cannot be read: {error.strerror or error}.")])


def _read(stream: BinaryIO, path: str, delimiter: str, quote: str) -> Reading:
    head = stream.read(PIECE)
    if not head:
        message = "is empty. Write a header with the column names as its first line, or remove it."
        return Reading(None, [Fault(path, message)])
    foreign = _not_text(head)
    if foreign:
        return Reading(None, [Fault(path, foreign)])
    size, broken = _check_text(head, stream, path)
    encoding = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    # What cannot be decoded is a fault already; the names are judged all the same.
    text = head.decode(encoding, errors="replace")
    written = _first_record(text, delimiter, quote)
    if written is None:
        message = (
            f"the first line opens a quote ({quote}) that is never closed"
            f" (looked at the first {len(head)} bytes). Close it, or double a quote inside a name."
        )
        return Reading(None, [*broken, Fault(f"{path}:1", message)])
    columns = tuple(map(column_name, written))
    faults = [*broken, *_judge(columns, f"{path}:1")]
    header = Header(tuple(written), columns, delimiter, encoding, size)
    return Reading(None if broken else header, faults)


def _not_text(head: bytes) -> str:
    """What a file is instead of UTF-8 text, judged by its first bytes; empty when it may be text."""
    for start, kind, remedy in _KINDS:
        if head.startswith(start):
            return f"is not text: it looks like {kind}. To use it as CSV, {remedy}."
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return _convert(f"is {encoding} (by its byte order mark), not UTF-8", encoding)
    if b"\x00" in head:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        half = len(head) / 4  # a quarter of all bytes: half of every other byte
        if odd > half > even:
            return _convert("is not UTF-8: it looks like UTF-16LE", "UTF-16LE")
        if even > half > odd:
            return _convert("is not UTF-8: it looks like UTF-16BE", "UTF-16BE")
    return ""


def _convert(what: str, encoding: str) -> str:
    return f"{what}. Convert it: iconv -f {encoding} -t UTF-8 FILE > NEW_FILE."


def _check_text(head: bytes, rest: BinaryIO, path: str) -> tuple[int, list[Fault]]:
    """The size of the file and, at most, one fault: the first byte that is no text."""
    size, line, carried = 0, 1, b""
    for piece in _pieces(head, rest):
        if b"\x00" in piece:
            at = piece.index(0)
            line += piece.count(b"\n", 0, at)
            message = (
                f"is not text: byte {size + at + 1} is NUL. Remove it, or save it as CSV again."
            )
            return size + len(piece), [Fault(f"{path}:{line}", message)]
        # Pure ASCII, the most of most files, needs no decoding.
        if carried or not piece.isascii():
            data = carried + piece
            try:
                done = codecs.utf_8_decode(data, "strict", False)[1]
            except UnicodeDecodeError as error:
                line += data.count(b"\n", 0, error.start)
                at = size - len(carried) + error.start
                return size + len(piece), [_not_utf8(f"{path}:{line}", data, error.start, at)]
            line += data.count(b"\n", 0, done)
            carried = data[done:]
        else:
            line += piece.count(b"\n")
        size += len(piece)
    if carried:
        message = "is cut off in the middle of a UTF-8 character at its end. Copy the file again."
        return size, [Fault(f"{path}:{line}", message)]
    return size, []


def _pieces(head: bytes, rest: BinaryIO) -> Iterator[bytes]:
    yield head
    yield from iter(lambda: rest.read(PIECE), b"")


def _not_utf8(where: str, data: bytes, start: int, at: int) -> Fault:
    """Name the byte and the encoding that the text around it looks like."""
    around = data[start : start + 64 * 1024]
    # 0x80 to 0x9f are control characters in Latin-1, but quotes, dashes and the euro in Windows-1252.
    windows = any(0x80 <= byte <= 0x9F for byte in around)
    encoding = "WINDOWS-1252" if windows else "ISO-8859-1"
    looks = "Windows-1252" if windows else "Latin-1 (ISO-8859-1)"
    what = f"is not UTF-8: byte {at + 1} of the file is 0x{data[start]:02x}; it looks like {looks}"
    return Fault(where, _convert(what, encoding))


def _first_record(text: str, delimiter: str, quote: str) -> list[str] | None:
    """The fields of the first record; None when it does not end within the text."""
    ended = False

    def lines() -> Iterator[str]:
        nonlocal ended
        yield from io.StringIO(text, newline="")
        # The parser asks for one line more than there are only while a quote is open.
        ended = True

    reader = csv.reader(lines(), delimiter=delimiter, quotechar=quote, skipinitialspace=True)
    try:
        record = next(reader, [])
    except csv.Error:  # a field over the parser's limit of 128 KiB: the quote swallowed the data
        return None
    return None if ended and record else record


def _judge(columns: Sequence[str], where: str) -> list[Fault]:
    """The faults of a header's names."""
    if not any(columns):
        return [Fault(where, "the header is empty. Write the column names into the first line.")]
    faults = []
    first_at: dict[str, int] = {}
    for number, name in enumerate(columns, 1):
        if not name:
            message = f"column {number} has no name. Give it one, or remove the column."
            faults.append(Fault(where, message))
            continue
        if name in first_at:
            message = (
                f"column {number} has the same name as column {first_at[name]}, '{_shown(name)}'"
                " (Glue does not tell upper from lower case). Rename one."
            )
            faults.append(Fault(where, message))
        first_at.setdefault(name, number)
        illegal = _ILLEGAL.search(name)
        if illegal:
            message = (
                f"column {number}, '{_shown(name)}', has the control character {illegal.group()!a} in"
                " its name, which Glue or Athena refuses. Rename it; letters, digits and underscores are best."
            )
            faults.append(Fault(where, message))
        if len(name.encode("utf-8")) > NAME_BYTES:
            message = (
                f"column {number}, '{_shown(name)}', has a name of over {NAME_BYTES} bytes."
                " Shorten it; is the first line a header at all?"
            )
            faults.append(Fault(where, message))
    return faults


def _shown(name: str) -> str:
    """A name for a message: on one line, and short."""
    folded = " ".join(name.split())
    return folded if len(folded) <= 40 else f"{folded[:37]}..."
