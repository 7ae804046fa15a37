# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file as text: what it is packed in, which encoding it has, its bytes as UTF-8. Pure but for reading.

Files are read in pieces, so memory is constant whatever their size, unpacked or not. What is wrong
with a file is a fault, never an exception, except where a docstring says so.
"""

from __future__ import annotations

import codecs
import gzip
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple, cast

from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault

PIECE = 256 * 1024  # bytes read at a time, after unpacking
HEAD = 1024 * 1024  # bytes of a file's head, after unpacking

# What reading may raise: a damaged gzip file raises one of the last two, or an OSError without a number.
READ_ERRORS = (OSError, EOFError, zlib.error)

_GZIP = b"\x1f\x8b"

# First bytes of files that are often met under the name of a text file, and what to do about each.
_KINDS = (
    (_GZIP, "gzip", "unpack it with gunzip"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook", "unpack it, or save the sheet as CSV"),
    (b"PK\x05\x06", "an empty ZIP archive", "pack it again, or leave it out"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it with 7z"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"),
    (b"BZh91AY&SY", "bzip2", "unpack it with bunzip2"),
    (b"\xfd7zXZ\x00", "xz", "unpack it with unxz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard", "unpack it with unzstd"),
    (b"\x04\x22\x4d\x18", "LZ4", "unpack it with unlz4"),
    (b"PAR1\x15", "Parquet", "save it as CSV"),
    (b"Obj\x01", "Avro", "save it as CSV"),
    (b"ARROW1\x00\x00", "an Arrow or Feather file", "save it as CSV"),
    (b"%PDF-", "PDF", "save its data as CSV"),
    (b"{\\rtf", "rich text of a word processor", "save it as plain text"),
    (b"SQLite format 3\x00", "a SQLite database", "export the table as CSV"),
    (
        b"version https://git-lfs",
        "a pointer of Git LFS, without the data",
        "fetch it with git lfs pull",
    ),
)
_TAR = (b"ustar", 257)  # the mark of a tar archive, and where it stands
_WEB_PAGE = (b"<!doctype html", b"<html")

# Asked in this order, because UTF-32LE begins like UTF-16LE.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What iconv, and people, call an encoding.
_SHOWN = {
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "utf-32-le": "UTF-32LE",
    "utf-32-be": "UTF-32BE",
    "iso8859-1": "ISO-8859-1",
}
# Told, but without a mark in the file. Of UTF-16 the machine's own order would be meant; files come
# from Windows. All that is ASCII is UTF-8.
_PLAIN = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8", "ascii": "utf-8"}
# Codecs of Python that are no encodings of files.
_NO_ENCODINGS = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape")


class TextKind(NamedTuple):
    """How a file's text is written down.

    ``encoding`` is the name of a Python codec: "utf-8"; "utf-8-sig", UTF-8 with a byte order mark;
    "utf-16-le" and the like; or what was told, under its usual name ("iso8859-1", "cp1252").
    ``compression`` is "" or "gzip".
    """

    encoding: str
    compression: str = ""

    @property
    def is_utf8(self) -> bool:
        """Whether Athena, Glue and Spark read it as it is."""
        return self.encoding in ("utf-8", "utf-8-sig")

    @property
    def shown(self) -> str:
        """The encoding's name for people and for iconv."""
        return _SHOWN.get(self.encoding, self.encoding.upper())


class Head(NamedTuple):
    """The first bytes of a file, unpacked but not decoded; ``whole`` when there are no more.

    ``size`` is the file's, in bytes on disk.
    """

    kind: TextKind
    data: bytes
    whole: bool
    size: int

    def pieces(self) -> list[bytes]:
        """The data as ``pieces`` would give them, so that both are judged alike."""
        return [self.data[at : at + PIECE] for at in range(0, len(self.data), PIECE)]


class TextFault(NamedTuple):
    """Something that is no text; ``offset`` is how many bytes of the text, as UTF-8, stand before it."""

    offset: int
    message: str


def encoding_fault(name: str) -> str:
    """What is wrong with the name of an encoding, as a sentence; empty when nothing is."""
    try:
        codec = codecs.lookup(name)
        codecs.getincrementaldecoder(name)
        is_text = getattr(codec, "_is_text_encoding", True)
    except (LookupError, ValueError, TypeError):
        is_text = False
    if is_text and codec.name.replace("-", "_") not in _NO_ENCODINGS:
        return ""
    return f"'{name}' is no encoding that Python knows. Name one such as utf-8, latin-1, cp1252 or utf-16."


def not_utf8(kind: TextKind, cure: str = "") -> str:
    """What it means that a file is not UTF-8, and what to do; empty when it is UTF-8.

    ``cure`` is the variable that has the upload convert it, with its value.
    """
    if kind.is_utf8:
        return ""
    what = f"is {kind.shown}, not UTF-8: Athena and Glue would read wrong characters"
    return convert(
        what, kind.shown, kind.compression, f"let the upload convert it with {cure}" if cure else ""
    )


def convert(what: str, encoding: str, compression: str = "", otherwise: str = "") -> str:
    """A sentence, and the command that makes the file UTF-8; ``otherwise`` is another way."""
    command = f"iconv -f {encoding} -t UTF-8 FILE > NEW_FILE"
    if compression:
        command = f"gunzip -c FILE | iconv -f {encoding} -t UTF-8 | gzip > NEW_FILE"
    return f"{what}. Convert it: {command}" + (f"; or {otherwise}." if otherwise else ".")


def unreadable(path: str, error: Exception) -> Fault:
    """The fault for one of READ_ERRORS."""
    if isinstance(error, EOFError):
        return Fault(path, "is cut off: its gzip data have no end. Copy the file again.")
    if isinstance(error, zlib.error) or (isinstance(error, OSError) and error.errno is None):
        return Fault(
            path, f"is damaged: it cannot be unpacked as gzip ({error}). Copy the file again."
        )
    return Fault(path, f"cannot be read: {getattr(error, 'strerror', None) or error}.")


def read_head(
    path: str, encoding: str = "", encoding_variable: str = ""
) -> tuple[Head | None, list[Fault]]:
    """The head of a file; None, with the faults, when it is no text that can be read.

    A byte order mark decides about the encoding, else ``encoding``, else it is UTF-8.
    ``encoding_variable`` is how users tell the encoding, for the messages.
    """
    wrong = encoding_fault(encoding) if encoding else ""
    if wrong:
        return None, [Fault(encoding_variable or path, wrong)]
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None, [
                Fault(path, "is no ordinary file. Put a file with the data in its place.")
            ]
        with open(path, "rb") as stream:
            return _judge_head(stream, path, encoding, encoding_variable)
    except READ_ERRORS as error:
        return None, [unreadable(path, error)]


def _judge_head(
    stream: BinaryIO, path: str, encoding: str, variable: str
) -> tuple[Head | None, list[Fault]]:
    size = os.fstat(stream.fileno()).st_size
    compression = "gzip" if stream.read(len(_GZIP)) == _GZIP else ""
    stream.seek(0)
    wrong = _wrong_name(path, compression) if size else ""
    if wrong:
        return None, [Fault(path, wrong)]
    # Room for all of HEAD takes longer to get than a small file to read.
    room = min(size or HEAD, HEAD) if not compression else HEAD
    data = _unpacked(stream, compression).read(room + 1)
    if not data:
        what = "is empty, once unpacked" if compression else "is empty"
        message = f"{what}. Write a header with the column names as its first line, or remove it."
        return None, [Fault(path, message)]
    head = data[:room]
    kind = TextKind(_encoding(head, encoding), compression)
    foreign = _not_text(head, kind, variable)
    if foreign:
        return None, [Fault(path, foreign)]
    return Head(kind, head, len(data) <= room, size), []


def _wrong_name(path: str, compression: str) -> str:
    """What is wrong with a name: Hive and Athena decide by it, in lower case, whether to unpack."""
    if path.endswith(".gz"):
        if compression:
            return ""
        return (
            "has a name that ends in .gz, but is not gzip inside: Athena could not unpack it."
            " Pack it with gzip, or take .gz out of its name."
        )
    if not compression:
        return ""
    return (
        "is gzip inside, but its name does not end in .gz: Athena would take it for text."
        " Rename it so that it does, or unpack it with gunzip."
    )


def _encoding(head: bytes, told: str) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if not told:
        return "utf-8"
    name = codecs.lookup(told).name
    return _PLAIN.get(name, name)


def _not_text(head: bytes, kind: TextKind, variable: str) -> str:
    """What a file is instead of text, judged by its first bytes; empty when it may be text."""
    seems = "looks, once unpacked, like" if kind.compression else "looks like"
    for start, what, remedy in _KINDS:
        if head.startswith(start):
            return f"is not text: it {seems} {what}. To use it, {remedy}."
    mark, at = _TAR
    if head.startswith(mark, at):
        return f"is not text: it {seems} a tar archive. To use it, unpack it with tar."
    if head[:256].lstrip().lower().startswith(_WEB_PAGE):
        return (
            f"is no data: it {seems} a web page, perhaps a site's error. Download the file again."
        )
    if kind.is_utf8 and b"\x00" in head:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        half = len(head) / 4  # a quarter of all bytes: half of every other byte
        for encoding, many, few in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
            if many > half > few:
                what = f"is not UTF-8: it looks like {_SHOWN[encoding]}"
                told = _told(variable, encoding)
                return convert(what, _SHOWN[encoding], kind.compression, told)
    return ""


def _told(variable: str, encoding: str) -> str:
    return f"tell its encoding with {variable}={encoding}" if variable else ""


def pieces(path: str, compression: str) -> Iterator[bytes]:
    """The file's bytes, unpacked, in pieces; raises READ_ERRORS."""
    with open(path, "rb") as stream:
        unpacked = _unpacked(stream, compression)
        while True:
            piece = unpacked.read(PIECE)
            if not piece:
                return
            yield piece


def _unpacked(stream: BinaryIO, compression: str) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if compression else stream


def as_utf8(
    raw: Iterable[bytes],
    kind: TextKind,
    found: list[TextFault],
    whole: bool = True,
    encoding_variable: str = "",
) -> Iterator[bytes]:
    """A file's pieces as UTF-8, without a byte order mark; they may split characters.

    The first thing that is no text is added to ``found``. Behind a byte that does not belong to the
    encoding it goes on, so that more can be said about the file; at a NUL it ends. ``whole`` is
    whether the last piece ends the file, so that it may not end within a character.
    """
    if kind.is_utf8:
        return _checked(raw, kind, found, whole, encoding_variable)
    return _converted(raw, kind, found, whole)


def _checked(
    raw: Iterable[bytes], kind: TextKind, found: list[TextFault], whole: bool, variable: str
) -> Iterator[bytes]:
    """What is UTF-8 already."""
    mark = len(codecs.BOM_UTF8) if kind.encoding == "utf-8-sig" else 0
    skip, size, carried = mark, 0, b""
    for piece in raw:
        if b"\x00" in piece:
            at = piece.index(0)
            if not found:
                found.append(TextFault(size + at - mark, _nul("byte", size + at)))
            yield piece[skip:at]
            return
        # Pure ASCII, the most of most files, needs no decoding.
        if not found and (carried or not piece.isascii()):
            data = carried + piece
            try:
                carried = data[codecs.utf_8_decode(data, "strict", False)[1] :]
            except UnicodeDecodeError as error:
                at = size - len(carried) + error.start
                message = _not_utf8(data, error.start, at, kind, variable)
                found.append(TextFault(at - mark, message))
        size += len(piece)
        yield piece[skip:] if skip else piece
        skip = 0
    if carried and whole and not found:
        found.append(TextFault(size - len(carried) - mark, _cut_off(TextKind("utf-8"))))


def _converted(
    raw: Iterable[bytes], kind: TextKind, found: list[TextFault], whole: bool
) -> Iterator[bytes]:
    """What has another encoding."""
    factory = codecs.getincrementaldecoder(kind.encoding)
    decoder = factory("strict")
    size = offset = characters = 0
    at_start = True

    def unpack(data: bytes, final: bool) -> str:
        nonlocal decoder
        before = decoder.getstate()
        try:
            return decoder.decode(data, final)
        except UnicodeDecodeError as error:
            # Once more from the same place, leniently: first what stands before the byte, then all of it.
            start = error.start - len(before[0])
            decoder = factory("replace")
            decoder.setstate(before)
            sound = decoder.decode(data[: max(start, 0)])
            at = offset + len(sound.encode("utf-8", "replace"))
            message = _cut_off(kind) if final else _not_of(kind, size + start, error)
            found.append(TextFault(at, message))
            decoder.setstate(before)
            return decoder.decode(data, final)

    for piece in raw:
        text = unpack(piece, False)
        size += len(piece)
        if at_start and text:
            at_start = False
            text = text[1:] if text[0] == "\ufeff" else text
        nul = text.find("\x00")
        data = (text if nul < 0 else text[:nul]).encode("utf-8", "replace")
        if data:
            yield data
        offset += len(data)
        if nul >= 0:
            if not found:
                found.append(TextFault(offset, _nul("character", characters + nul)))
            return
        characters += len(text)
    if whole:
        data = unpack(b"", True).encode("utf-8", "replace")
        if data:
            yield data


def _nul(unit: str, at: int) -> str:
    return f"is not text: {unit} {at + 1} is NUL. Remove it, or save it as CSV again."


def _cut_off(kind: TextKind) -> str:
    return f"is cut off in the middle of a {kind.shown} character at its end. Copy the file again."


def _not_of(kind: TextKind, at: int, error: UnicodeDecodeError) -> str:
    byte = error.object[error.start]
    return (
        f"is not {kind.shown}: byte {at + 1} of the file, 0x{byte:02x}, is no character of it."
        " Tell the encoding that it has, or save it as UTF-8."
    )


def _not_utf8(data: bytes, start: int, at: int, kind: TextKind, variable: str) -> str:
    """Name the byte and the encoding that the text around it looks like."""
    around = data[start : start + 64 * 1024]
    # 0x80 to 0x9f are control characters in Latin-1, but quotes, dashes and the euro in Windows-1252.
    windows = any(0x80 <= byte <= 0x9F for byte in around)
    encoding = "WINDOWS-1252" if windows else "ISO-8859-1"
    looks = "Windows-1252" if windows else "Latin-1 (ISO-8859-1)"
    what = f"is not UTF-8: byte {at + 1} of the file is 0x{data[start]:02x}; it looks like {looks}"
    told = _told(variable, "cp1252" if windows else "latin-1")
    return convert(what, encoding, kind.compression, told)


def locate(path: str, kind: TextKind, fault: TextFault) -> Fault:
    """A fault with the line that it is in; reads the file up to there once more, for files are sound as a rule."""
    line, offset, ended = 1, 0, b""
    try:
        for piece in as_utf8(pieces(path, kind.compression), kind, []):
            part = piece[: fault.offset - offset]
            line += line_breaks(part) - (ended == b"\r" and part[:1] == b"\n")
            offset += len(part)
            ended = part[-1:]
            if offset >= fault.offset:
                break
    except READ_ERRORS as error:
        return unreadable(path, error)
    return Fault(f"{path}:{line}", fault.message)


def line_breaks(data: bytes, start: int = 0, end: int | None = None) -> int:
    """How many lines end in that part of the data: at a line feed, a carriage return, or both together."""
    end = len(data) if end is None else end
    count = data.count(b"\n", start, end)
    if data.find(b"\r", start, end) >= 0:
        count += data.count(b"\r", start, end) - data.count(b"\r\n", start, end)
    return count
