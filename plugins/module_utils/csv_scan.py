# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole data file, read once with constant memory: what breaks its rows, and a copy without that.

Hive's text formats, so Athena and Glue, know UTF-8 only, and split rows at every line break, inside
quotes too. Both are found by ``scan`` and cured in the copy that ``repaired`` gives.

A quoted field is what it is for csv.reader: it opens at a quote at the start of a field and closes at
the next quote that is not doubled. Most files are read faster than that module could, since pieces
whose every quote is as it should be are only counted through.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple, cast

from ansible_collections.terraglue.aws.plugins.module_utils import text_file
from ansible_collections.terraglue.aws.plugins.module_utils.csv_header import (
    DEFAULTS,
    CsvOptions,
    never_closed,
    options_fault,
    read_header,
)
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.text_file import line_breaks

TOLD = 5  # rows of a file that are told one by one
MANY = 1000  # lines that are no JSON: no more are looked for, since each costs time
FIELD_BYTES = 128 * 1024  # the csv module's limit: a field with line breaks that is longer is none
CELL_BYTES = 1024 * 1024  # nor is one without them that is longer than this
LINE_BYTES = 16 * 1024 * 1024  # nor is a line of JSON
JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
GZIP_LEVEL = 6

_BREAK = re.compile(rb"\r\n|\r|\n")


class Repair(NamedTuple):
    """What the copy of a file has otherwise than the file.

    ``encoding`` is the codec that the text is in; a byte order mark in the file goes before it.
    ``line_break`` takes the place of each line break inside quotes; None leaves them. It must hold
    neither a line break nor the quote. ``quote`` and ``delimiter`` are single ASCII characters.
    """

    encoding: str
    quote: str = '"'
    delimiter: str = ","
    line_break: str | None = None


class Chunk(NamedTuple):
    """A part of a text. ``broken`` has start and end of each quoted field with a line break in it;
    ``unclosed`` is where a quote opens that is never closed, else -1: then it is the last that is known."""

    data: bytes
    broken: list[tuple[int, int]]
    unclosed: int = -1


def is_json_lines(path: str) -> bool:
    """Whether a file holds JSON lines, by its name."""
    return path.lower().removesuffix(".gz").endswith(JSON_ENDINGS)


def scan(
    path: str,
    options: CsvOptions = DEFAULTS,
    cure: str = "",
    encoding_variable: str = "",
) -> list[Fault]:
    """Every fault of a file's rows: bytes that are no text, line breaks inside quotes, lines that are no JSON.

    ``options.delimiter`` is found out when it is empty. ``cure`` is the variable, with its value,
    that has the upload replace line breaks; ``encoding_variable`` tells the encoding. The faults of
    the text itself are equal to those that ``read_header`` finds in the head.
    """
    if is_json_lines(path):
        return _scan(path, options, encoding_variable, _JsonLines(path))
    wrong = options_fault(options)
    if wrong:
        return [Fault(path, wrong)]
    if not options.quote:
        return check_text(path, options, encoding_variable)
    delimiter = options.delimiter or _delimiter(path, options)
    return _scan(path, options, encoding_variable, _Rows(path, delimiter, options.quote, cure))


def is_plain(path: str, quote: str) -> bool:
    """Whether a file whose head is sound UTF-8 is short and has nothing that could be wrong with it:
    a look at it instead of a scan, for the thousands of small files that a folder may have."""
    try:
        with open(path, "rb", buffering=0) as stream:
            data = stream.read(text_file.PIECE)
            whole = os.fstat(stream.fileno()).st_size == len(data)
    except OSError:
        return False
    if not whole or b"\x00" in data or (quote and quote.encode() in data):
        return False
    try:
        codecs.utf_8_decode(data, "strict", True)
    except UnicodeDecodeError:
        return False
    return True


def check_text(
    path: str, options: CsvOptions = DEFAULTS, encoding_variable: str = ""
) -> list[Fault]:
    """The first thing in the whole file that is no text, as a list of one fault or none."""
    return _scan(path, options, encoding_variable, _Nothing())


def _delimiter(path: str, options: CsvOptions) -> str:
    header = read_header(path, options).header
    return header.delimiter if header else ","


class _Nothing:
    """Looks for nothing but whether the text is one."""

    def look(self, parts: Iterator[bytes]) -> None:
        """Read the text to its end."""
        for _part in parts:
            pass

    def faults(self) -> list[Fault]:
        """What was found."""
        return []


class _Rows(_Nothing):
    """Looks for rows that go over several lines."""

    def __init__(self, path: str, delimiter: str, quote: str, cure: str) -> None:
        self.path, self.quote, self.cure = path, quote, cure
        self.tokens = Quoting(delimiter, quote)
        self.told: list[Fault] = []
        self.more = 0

    def look(self, parts: Iterator[bytes]) -> None:
        """Note the line that each broken row begins in."""
        line = row = 1  # the line that is being read, and the one that its row began in
        noted = 0
        for data, broken, unclosed in self.tokens.chunks(parts):
            at = 0
            for start, end in [*broken, (unclosed, unclosed)]:
                if start < 0:
                    continue
                passed = line_breaks(data, at, start)
                line += passed
                row = line if passed else row
                if start == unclosed:
                    self.told.append(Fault(f"{self.path}:{line}", never_closed(self.quote)))
                elif row != noted:
                    noted = row
                    self._note(row)
                line += line_breaks(data, start, end)
                at = end
            if unclosed >= 0:
                # Nothing is certain from here on, but the text is still to be looked at.
                super().look(parts)
                return
            passed = line_breaks(data, at)
            line += passed
            row = line if passed else row

    def _note(self, row: int) -> None:
        if len(self.told) == TOLD:
            self.more += 1
            return
        otherwise = f", or let the upload replace it with {self.cure}" if self.cure else ""
        message = (
            "the row has a line break inside quotes, where Athena and Glue split it into two broken rows."
            f" Take it out{otherwise}."
        )
        self.told.append(Fault(f"{self.path}:{row}", message))

    def faults(self) -> list[Fault]:
        """The first rows one by one, and how many more there are."""
        if not self.more:
            return self.told
        rows = "1 more row has" if self.more == 1 else f"{self.more} more rows have"
        return [
            *self.told,
            Fault(self.path, f"{rows} a line break inside quotes. Treat all alike."),
        ]


class _JsonLines(_Nothing):
    """Looks for lines that are no JSON object."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.told: list[Fault] = []
        self.more = 0
        # Numbers are only looked at: their values do not matter here, and huge ones cost time.
        self.decoder = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=_no_constant)

    def look(self, parts: Iterator[bytes]) -> None:
        """Read each line as JSON; lines that are blank are passed by."""
        first, rest = 1, b""
        for part in parts:
            lines = (rest + part).split(b"\n")
            rest = lines.pop()
            for line, data in enumerate(lines, first):
                self._judge(line, data)
                if self.more >= MANY:
                    break
            first += len(lines)
            if len(rest) > LINE_BYTES:
                self._note(first, f"is longer than {LINE_BYTES} bytes")
            if len(rest) > LINE_BYTES or self.more >= MANY:
                super().look(parts)  # the text is still to be looked at
                return
        self._judge(first, rest)

    def _judge(self, line: int, data: bytes) -> None:
        try:
            text = data.decode("utf-8", "replace").strip()
            if not text or isinstance(self.decoder.decode(text), dict):
                return
            what = "is no JSON object, but another value"
        except RecursionError:
            what = "is no JSON object that can be read: it is nested too deeply"
        except ValueError as error:
            what = f"is no JSON object: {str(error).partition(': line ')[0]}"
        self._note(line, what)

    def _note(self, line: int, what: str) -> None:
        if len(self.told) == TOLD:
            self.more += 1
            return
        remedy = "Write one object on each line; jq -c does that"
        self.told.append(Fault(f"{self.path}:{line}", f"line {line} {what}. {remedy}."))

    def faults(self) -> list[Fault]:
        """The first lines one by one, and how many more there are."""
        if not self.more:
            return self.told
        many = f"{self.more} or more" if self.more >= MANY else f"{self.more} more"
        lines = f"{many} line is" if self.more == 1 else f"{many} lines are"
        return [*self.told, Fault(self.path, f"{lines} no JSON object. Treat all alike.")]


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _scan(path: str, options: CsvOptions, variable: str, sought: _Nothing) -> list[Fault]:
    head, faults = text_file.read_head(path, options.encoding, variable)
    if head is None:
        return faults
    found: list[text_file.TextFault] = []
    raw = text_file.pieces(path, head.kind.compression)
    end: list[Fault] = []
    try:
        sought.look(text_file.as_utf8(raw, head.kind, found, True, variable))
    except text_file.READ_ERRORS as error:
        end = [text_file.unreadable(path, error)]
    broken = [text_file.locate(path, head.kind, fault) for fault in found]
    return [*broken, *sought.faults(), *end]


# Quoted fields


class Quoting:
    """Finds quoted fields with line breaks in a text that comes in pieces."""

    def __init__(self, delimiter: str, quote: str) -> None:
        self.delimiter, self.quote = delimiter.encode(), quote.encode()
        separators = self.delimiter + b"\r\n"
        blanks = b"" if delimiter == " " else b" *"
        self.blank = b"" if delimiter == " " else b" "
        self.ends = tuple(separators[at : at + 1] for at in range(len(separators)))
        q = re.escape(self.quote)
        s, n = b"[" + re.escape(separators) + b"]", b"[^" + q + b"]*"
        # An opening quote, all up to the closing one, which is missing where the text ends before it;
        # then fields that are surely quoted on one line, so that there are fewer matches to look at.
        # The repeats are few: each costs memory.
        self.field = re.compile(
            s + blanks + b"(" + q + b")" + n + b"(?:" + q + q + n + b"){0,8}(" + q + b"?)"
            b"(?:" + s + q + b"[^\\r\\n" + q + b"]*" + q + b"(?=" + s + b")){0,64}"
        )  # fmt: skip
        self.run = re.compile(q + b"+")
        # For a look at what is outside of quotes: a quote stays, separators become "s", all else "x".
        table = bytearray(b"x" * 256)
        table[self.quote[0]] = ord('"')
        for byte in separators:
            table[byte] = ord("s")
        self.table = bytes(table)

    def chunks(self, parts: Iterator[bytes]) -> Iterator[Chunk]:
        """The text in parts that end outside of quotes, and not between the two bytes of a line end.

        It ends with a quote that is never closed; what is left of ``parts``, an iterator, is as it was.
        """
        # What is waiting, after one byte that stands for what went before: a separator when a field
        # begins here, a letter when this is within one.
        waiting = b"\n"
        for part in parts:
            chunk, waiting = self._cut(waiting + part, False)
            if chunk.data or chunk.unclosed >= 0:
                yield chunk
            if chunk.unclosed >= 0:
                return
        chunk = self._cut(waiting, True)[0]
        if chunk.data:
            yield chunk

    def _cut(self, text: bytes, final: bool) -> tuple[Chunk, bytes]:
        """What can be told of a text, and what has to wait for more of it, behind a byte of context."""
        held = b""
        if not final and text.endswith(b"\r"):  # half of a line end, perhaps
            text, held = text[:-1], b"\r"
        if self.quote not in text:
            return Chunk(text[1:], []), self._context(text, 0) + held
        cut = len(text) if final else max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
        # Splitting takes 40 bytes for each quote: not of a cell that has grown long.
        if 1 < cut <= 2 * text_file.PIECE and self._is_plain(text[:cut]):
            return Chunk(text[1:cut], []), b"\n" + text[cut:] + held
        broken: list[tuple[int, int]] = []
        last = 0
        while True:
            match = self.field.search(text, last)
            if not match:
                return Chunk(text[1:], broken), self._context(text, last) + held
            start, end = match.start(1), match.end(2)
            last = match.end()
            closed = bool(match.group(2))
            # There may be more doubled quotes than the pattern takes.
            if closed and text.startswith(self.quote, end):
                last = end = self._closing(text, end - 1)
                closed = end >= 0
                end = end if closed else len(text)
            closed = closed and (end < len(text) or final or bool(held))
            breaks = text.find(b"\n", start, end) >= 0 or text.find(b"\r", start, end) >= 0
            over = end - start > (FIELD_BYTES if breaks else CELL_BYTES)
            if not closed and not final and not over:
                return Chunk(text[1:start], broken), b"\n" + text[start:] + held
            if not closed or over:
                return Chunk(text[1:] + held, broken, start - 1), b""
            if breaks:
                broken.append((start - 1, end - 1))

    def _closing(self, text: bytes, start: int) -> int:
        """The end of a quoted field that goes on at ``start``: behind the next odd run of quotes; -1 for none."""
        for run in self.run.finditer(text, start):
            if (run.end() - run.start()) % 2:
                return run.end()
        return -1

    def _context(self, text: bytes, last: int) -> bytes:
        """The byte of context for what follows a text whose last quoted field ended at ``last``."""
        before = text[last:] if last else text
        if self.blank:
            before = before.rstrip(self.blank)
        return b"\n" if before.endswith(self.ends) else b"x"

    def _is_plain(self, text: bytes) -> bool:
        """Whether every quote surely opens or closes a field, or is doubled in one, and no line ends in one.

        Split at the quotes, every second part is outside of them. Each of those has a separator
        next to a quote, or is nothing, between doubled ones. False means only: not so surely.
        """
        parts = text.split(self.quote)
        if not len(parts) % 2:
            return False
        outside = self.quote.join(parts[::2])
        for end in (b"\n", b"\r"):
            if text.count(end) != outside.count(end):
                return False
        shape = outside.translate(self.table)
        return b'x"' not in shape and b'"x' not in shape


# The copy


def breaks_rows(path: str, kind: text_file.TextKind, delimiter: str, quote: str) -> bool:
    """Whether the file has a line break inside quotes; one that cannot be read has none.

    Reads up to the first.
    """
    parts = text_file.as_utf8(text_file.pieces(path, kind.compression), kind, [])
    try:
        return any(chunk.broken for chunk in Quoting(delimiter, quote).chunks(parts))
    except text_file.READ_ERRORS:
        return False


def repaired(path: str, repair: Repair) -> BinaryIO:
    """The file's cured copy, to be read from its beginning to its end: UTF-8, without a byte order mark.

    Packed as the file is. Reading the same file gives the same bytes each time. Raises TerraglueError, here or
    when read, where the file is not what ``scan`` found in order.
    """
    head, faults = text_file.read_head(path, repair.encoding)
    if head is None:
        raise _broken(faults[0])
    stream = _repaired(path, head.kind, repair)
    if head.kind.compression:
        stream = _packed(stream)
    return cast(BinaryIO, io.BufferedReader(_Stream(stream), text_file.PIECE))


def _broken(fault: Fault) -> TerraglueError:
    return TerraglueError(f"{fault.where}: {fault.message}", faults=[fault._asdict()])


def _repaired(path: str, kind: text_file.TextKind, repair: Repair) -> Iterator[bytes]:
    try:
        parts = _sound(path, kind)
        if repair.line_break is None or not repair.quote:
            yield from parts
            return
        instead = repair.line_break.encode("utf-8")
        for data, broken, _unclosed in Quoting(repair.delimiter, repair.quote).chunks(parts):
            at, out = 0, []
            for start, end in broken:
                out += [data[at:start], _BREAK.sub(lambda _match: instead, data[start:end])]
                at = end
            yield b"".join([*out, data[at:]]) if broken else data
        yield from parts  # what follows a quote that is never closed
    except text_file.READ_ERRORS as error:
        raise _broken(text_file.unreadable(path, error)) from error


def _sound(path: str, kind: text_file.TextKind) -> Iterator[bytes]:
    """The text as UTF-8; a file that is not in its encoding is not to be sent with other characters."""
    found: list[text_file.TextFault] = []
    for part in text_file.as_utf8(text_file.pieces(path, kind.compression), kind, found):
        if found:
            break
        yield part
    if found:
        raise _broken(text_file.locate(path, kind, found[0]))


def _packed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts as one gzip file, without the time of day in it."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


class _Stream(io.RawIOBase):
    """Parts as a stream."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        super().__init__()
        self.parts, self.rest = parts, memoryview(b"")

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; 0 at the end."""
        while not self.rest:
            part = next(self.parts, None)
            if part is None:
                return 0
            self.rest = memoryview(part)
        size = min(len(buffer), len(self.rest))
        buffer[:size] = self.rest[:size]
        self.rest = self.rest[size:]
        return size

    def close(self) -> None:
        """Close the file too."""
        close = getattr(self.parts, "close", None)
        if close:
            close()
        super().close()
