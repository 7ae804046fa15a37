# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Broken files for the readers of data files, until the time is up: from the clone's root

    .venv/bin/python tests/fuzz/csv_header.py --seconds 600 [--seed N]

Files are mutated from seeds and read by read_header, scan and repaired. None may raise, take long or
much memory, or say anything but sentences; and what they say has to fit together. What fails is
written beside the report, to be kept as a unit test.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import random
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))

from ansible_collections.terraglue.aws.plugins.module_utils import (  # noqa: E402
    column_names,
    csv_header,
    csv_scan,
    text_file,
)
from ansible_collections.terraglue.aws.plugins.module_utils.csv_header import (  # noqa: E402
    CsvOptions,
)
from ansible_collections.terraglue.aws.plugins.module_utils.errors import (  # noqa: E402
    TerraglueError,
)
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault  # noqa: E402

VARIABLE = "terraglue_data_encoding"
SECONDS = 5.0  # of processor time, for one file of at most a few MiB
MEGABYTES = 250  # resident, in all
LARGEST = 3 * 1024 * 1024  # bytes of a file, about

SEEDS = [
    b"id,name\n1,a\n",
    b'"id","last, first"\r\n1,"a ""b"" c"\r\n',
    b'id;text\n1;"two\nlines"\n2;"x\r\ny"\n',
    b"a\tb\tc\n1\t2\t3\n",
    b'a|b\n"1|2"|5" pipe\n',
    "código,preço\n1,ação €uro 𝄞\n".encode(),
    "código;preço\n1;ação\n".encode("latin-1"),
    "a,b\n\u201cx\u201d,€\n".encode("cp1252"),
    "id,preço\n1,ç\n".encode("utf-16"),
    "id,x\n".encode("utf-16-be"),
    "\ufeffid,name\r1,2\r".encode(),
    b'{"a": 1, "b": [null, "x"]}\n{"a": 2}\n',
    b"",
    b'"""",""\n" a" b,"c\n',
]
BITS = [
    b'"', b'""', b"\n", b"\r", b"\r\n", b",", b";", b"\t", b"|", b" ", b"\x00", b"\xff", b"\xe7", b"\xc3",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"\xf0\x9d\x84", b"\xed\xa0\x80", b"\x1a", b"\\",
    b"\xe2\x80\xa8", b"\xc2\x85", b"{", b"}", b"[" * 2000, b"1" * 5000, b"x" * 300, b'"\n' * 70_000, b'""' * 40_000,
    b",a" * 5000, b", " * 5000, b'"a",' * 5000, b"_" * 5000, b"\n" * 5000,
]  # fmt: skip
NAMES = ["f.csv", "f.csv", "f.csv", "f.tsv", "f.txt", "f.csv.gz", "f.jsonl", "f.json.gz"]
ENCODINGS = [
    "",
    "",
    "",
    "utf-8",
    "latin-1",
    "cp1252",
    "utf-16",
    "shift_jis",
    "utf-7",
    "gb18030",
    "hz",
]


def mutated(chance: random.Random) -> bytes:
    """A file made of a seed."""
    data = chance.choice(SEEDS)
    for dummy in range(chance.choice([0, 1, 1, 2, 4, 9])):
        at, end = sorted(chance.randrange(len(data) + 1) for dummy in range(2))
        how = chance.randrange(6)
        if how == 0:
            data = data[:at] + data[end:]
        elif how == 1:
            data = data[:end] + data[at:]
        elif how == 2:
            data = data[:at] + chance.randbytes(chance.randrange(1, 9)) + data[at:]
        elif how == 3:
            data = data[:at] + chance.choice(SEEDS) + data[at:]
        else:
            data = data[:at] + chance.choice(BITS) + data[at:]
    if chance.random() < 0.1:
        data *= min(chance.choice([3, 100, 10_000]), LARGEST // (len(data) + 1) + 1)
    return data


def packed(data: bytes, chance: random.Random) -> bytes:
    """As gzip, now and then damaged."""
    data = gzip.compress(data, 1)
    if chance.random() < 0.3:
        at = chance.randrange(len(data))
        data = data[:at] + chance.randbytes(1) * chance.randrange(2) + data[at + 1 :]
    return data


def sentence(fault: Fault, path: str) -> None:
    """A fault has a place, and says something on one line."""
    assert fault.where.partition(path)[2] == "" or fault.where[len(path) + 1 :].isdigit(), fault
    assert fault.where.startswith((path, VARIABLE)), fault
    assert fault.message.endswith((".", "?")), fault
    assert fault.message.isprintable() and 20 < len(fault.message) < 600, fault


def content(path: str, kind: text_file.TextKind) -> str:
    """The text of a sound file, by Python alone."""
    data = Path(path).read_bytes()
    text = (gzip.decompress(data) if kind.compression else data).decode(kind.encoding)
    return text.removeprefix("" if kind.encoding == "utf-8-sig" else "\ufeff")


def check(path: str, options: CsvOptions, chance: random.Random) -> None:
    """All that has to hold for a file."""
    header, faults, notes = csv_header.read_header(path, options, VARIABLE)
    rows = csv_scan.scan(path, options, "terraglue_data_line_breaks=space", VARIABLE)
    text = csv_scan.check_text(path, options, VARIABLE)
    for fault in [*faults, *notes, *rows, *text]:
        sentence(fault, path)
    assert len(rows) <= csv_scan.TOLD + 4, rows
    assert set(text) <= set(rows), (text, rows)
    if header is None:
        assert faults
        if text and Path(path).stat().st_size < text_file.HEAD and not path.endswith(".gz"):
            assert text[0] in faults, (text, faults)
        return
    if text:
        return
    names = len(header.columns)
    assert names == len(header.written) == len(header.comments)
    if not csv_scan.is_json_lines(path):
        quoting = csv_header.dialect(header.delimiter, options.quote)
        read = csv.reader(io.StringIO(content(path, header.kind), newline=""), **quoting)
        assert list(header.written) == next(read, [])
    repair = csv_scan.Repair(header.kind.encoding, options.quote, header.delimiter, " ")
    closed = not any("never closed" in fault.message for fault in rows)
    copies = []
    for dummy in range(2):
        with csv_scan.repaired(path, repair) as stream:
            copies.append(
                b"".join(iter(lambda: stream.read(chance.choice([7, 4096, 1 << 20])), b""))
            )
    assert copies[0] == copies[1]
    if closed and not csv_scan.is_json_lines(path) and copies[0]:
        again = path.replace("f.", "again.")
        Path(again).write_bytes(copies[0])
        left = csv_scan.scan(again, options._replace(encoding="", delimiter=header.delimiter))
        # A copy without its mark may look like something else, or be empty.
        assert not any("line break" in fault.message for fault in left), left


def main() -> int:
    """Run until the time is up or something fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    told = parser.parse_args()
    chance = random.Random(told.seed)
    end, count = time.monotonic() + told.seconds, 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            path = f"{folder}/{chance.choice(NAMES)}"
            data = mutated(chance)
            size = len(data)
            if path.endswith(".gz") == (chance.random() < 0.95):
                data = packed(data, chance)
            Path(path).write_bytes(data)
            options = CsvOptions(
                chance.choice(["", "", "", ",", ";", " ", "a"]),
                chance.choice(['"', '"', '"', "'", ""]),
                chance.choice(ENCODINGS),
                chance.choice(column_names.NAME_RULES),
            )
            text_file.PIECE = chance.choice([16, 100, 65536] if size < 5000 else [65536, 1 << 20])
            began = time.process_time()
            try:
                check(path, options, chance)
                took = time.process_time() - began
                assert took < SECONDS, f"it took {took:.1f} s"
                used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                assert used < MEGABYTES, f"it took {used} MB"
            except (Exception, TerraglueError):  # noqa: BLE001
                traceback.print_exc()
                kept = Path(tempfile.gettempdir()) / f"fuzz-{told.seed}-{count}-{Path(path).name}"
                kept.write_bytes(data)
                print(f"seed {told.seed}, file {count}: {kept}, {options}, PIECE={text_file.PIECE}")
                return 1
            count += 1
    print(f"{count} files, seed {told.seed}: nothing found; {used} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
