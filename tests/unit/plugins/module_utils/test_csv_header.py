# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of a CSV file: what is read, and every fault that is found in its head."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import tarfile
import tracemalloc
from pathlib import Path
from typing import NamedTuple

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import csv_header, text_file
from ansible_collections.terraglue.aws.plugins.module_utils.column_names import (
    FAULTS,
    column_names,
    plain_name,
)
from ansible_collections.terraglue.aws.plugins.module_utils.csv_header import (
    CsvOptions,
    read_header,
)
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault, report
from ansible_collections.terraglue.aws.plugins.module_utils.text_file import TextKind


def written(folder: Path, data: bytes, name: str = "file.csv") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def tar(data: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo("file.csv")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


class Odd(NamedTuple):
    """An odd file that is sound: what it is, its bytes, and the header that is to be read."""

    what: str
    data: bytes
    columns: tuple[str, ...]
    delimiter: str = ","
    name: str = "file.csv"
    options: CsvOptions = CsvOptions()
    kind: TextKind = TextKind("utf-8")


UTF16LE, UTF16BE = TextKind("utf-16-le"), TextKind("utf-16-be")
LATIN1 = CsvOptions(encoding="latin-1")

ODD = [
    Odd("plain", b"id,name\n1,a\n", ("id", "name")),
    Odd("no line end", b"id,name", ("id", "name")),
    Odd("header only", b"id,name\n", ("id", "name")),
    Odd("last row without a line end", b"id,name\n1,a", ("id", "name")),
    Odd("carriage returns", b"id,name\r\n1,a\r\n", ("id", "name")),
    Odd("old Mac", b"id,name\r1,a\r", ("id", "name")),
    Odd("quoted, upper case", b'"id","Name"\n', ("id", "name")),
    Odd("comma in quotes", b'id,"last, first",zip\n', ("id", "last, first", "zip")),
    Odd("doubled quotes", b'id,"the ""real"" name"\n', ("id", 'the "real" name')),
    Odd("blanks around names", b'id, "name" ,zip \n', ("id", "name", "zip")),
    Odd("quote within a name", b'id,5" pipe\n1,2\n', ("id", '5" pipe')),
    Odd("text after a closing quote", b'id,"a"b\n1,2\n', ("id", "ab")),
    Odd("quoted and not in one row", b'id,"a",b,"c,d"\n', ("id", "a", "b", "c,d")),
    Odd("no-break space", "id,a\xa0b\n".encode(), ("id", "a\xa0b")),
    Odd("no-break space around", "id,\xa0b\xa0\n".encode(), ("id", "b")),
    Odd("beyond ASCII", "código,preço\n".encode(), ("código", "preço")),
    Odd("beyond the first plane", "id,𝄞\n".encode(), ("id", "𝄞")),
    Odd("one column", b"product_name_lenght\n", ("product_name_lenght",)),
    Odd("one column, commas in rows", b"text\nhello, world\n", ("text",)),
    Odd("marks that Athena reads when quoted", b"a.b,c:d;e\n", ("a.b", "c:d;e")),
    Odd("longest name", b"x" * 255 + b"\n", ("x" * 255,)),
    Odd("ragged rows", b"a,b,c\n1,2\n1,2,3,4\n", ("a", "b", "c")),
    Odd("blank lines between rows", b"a;b\n\n1;2\n\n", ("a", "b"), ";"),
    Odd("semicolons", b"a;b;c\n1,5;2;3\n", ("a", "b", "c"), ";"),
    Odd("semicolons, quoted commas", b'"a";"b, c"\n1;2\n', ("a", "b, c"), ";"),
    Odd("semicolons, decimal commas everywhere", b"x;y\n1,5;2,5\n", ("x", "y"), ";"),
    Odd("pipes", b"a|b\n1|2\n", ("a", "b"), "|"),
    Odd("tabs", b"a\tb\n1\t2\n", ("a", "b"), "\t"),
    Odd("tabs by name", b"a\n1\n", ("a",), "\t", "file.tsv"),
    Odd("tabs and commas by name", b"a,x\tb\n1,2\t3\n", ("a,x", "b"), "\t", "file.tsv"),
    Odd("a tie is comma's", b"a;b,c\n1;2,3\n", ("a;b", "c"), ","),
    Odd("quoted delimiters do not count", b'a,"b;c;d"\n1,"2;3;4"\n', ("a", "b;c;d")),
    Odd("nor in ragged rows", b'a,"b;c;d"\n1,"2;3;4",5\n', ("a", "b;c;d")),
    Odd("rows decide", b"a,b;c\n1;2\n3;4\n", ("a,b", "c"), ";"),
    Odd("told delimiter", b"a;b,c\n", ("a;b,c",), "|", options=CsvOptions("|")),
    Odd("told quote", b"'a;b';c,d\n", ("a;b", "c,d"), ";", options=CsvOptions(";", "'")),
    Odd("no quote", b'a\t"b\n', ("a", '"b'), "\t", options=CsvOptions("\t", "")),
    Odd("UTF-8 mark", codecs.BOM_UTF8 + b'"id",name\n', ("id", "name"), kind=TextKind("utf-8-sig")),
    Odd("UTF-16 from Windows", "id;preço\r\n".encode("utf-16"), ("id", "preço"), ";", kind=UTF16LE),
    Odd(
        "UTF-16BE",
        codecs.BOM_UTF16_BE + "id,ação\n".encode("utf-16-be"),
        ("id", "ação"),
        kind=UTF16BE,
    ),
    Odd("UTF-32", "id,x\n".encode("utf-32"), ("id", "x"), kind=TextKind("utf-32-le")),
    Odd(
        "UTF-16 without a mark, told",
        "id,x\n".encode("utf-16-be"),
        ("id", "x"),
        options=CsvOptions(encoding="utf-16-be"),
        kind=UTF16BE,
    ),
    Odd(
        "Latin-1, told",
        "preço,€\n".encode("cp1252"),
        ("preço", "€"),
        options=CsvOptions(encoding="windows-1252"),
        kind=TextKind("cp1252"),
    ),
    Odd(
        "a mark goes before what was told",
        codecs.BOM_UTF8 + "preço\n".encode(),
        ("preço",),
        options=LATIN1,
        kind=TextKind("utf-8-sig"),
    ),
    Odd(
        "gzip",
        gzip.compress(b"id;name\n1;2\n"),
        ("id", "name"),
        ";",
        "file.csv.gz",
        kind=TextKind("utf-8", "gzip"),
    ),
    Odd(
        "two gzip files in one",
        gzip.compress(b"id,na") + gzip.compress(b"me\n"),
        ("id", "name"),
        name="file.csv.gz",
        kind=TextKind("utf-8", "gzip"),
    ),
    Odd("a character cut by the end of the head", b"", ()),  # made in the test
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.what)
def test_odd_file(tmp_path: Path, odd: Odd) -> None:
    if odd.what.startswith("a character cut"):
        odd = odd._replace(
            data=b"id\n" + b"x" * (text_file.HEAD - 4) + "é\n".encode(), columns=("id",)
        )
    header, faults, notes = read_header(written(tmp_path, odd.data, odd.name), odd.options)
    assert (faults, notes) == ([], [])
    assert header.columns == odd.columns
    assert (header.delimiter, header.kind) == (odd.delimiter, odd.kind)
    assert (header.size, header.comments) == (len(odd.data), ("",) * len(odd.columns))


class Bad(NamedTuple):
    """A bad file: what it is, its bytes, which line is told, and words of the one message."""

    what: str
    data: bytes
    line: str
    words: tuple[str, ...]
    name: str = "file.csv"
    options: CsvOptions = CsvOptions()


GZ = "file.csv.gz"

BAD = [
    Bad("empty", b"", "", ("is empty",)),
    Bad("empty, packed", gzip.compress(b""), "", ("is empty, once unpacked",), GZ),
    Bad("empty first line", b"\nid\n", ":1", ("header is empty",)),
    Bad("only line ends", b"\r\n\r\n", ":1", ("header is empty",)),
    Bad("only a mark", codecs.BOM_UTF8, ":1", ("header is empty",)),
    Bad("only a mark of UTF-16", codecs.BOM_UTF16_LE, ":1", ("header is empty",)),
    Bad("no names at all", b",,\n1,2,3\n", ":1", ("header is empty",)),
    Bad(
        "no names, plain",
        b",,\n1,2,3\n",
        ":1",
        ("header is empty",),
        options=CsvOptions(names="underscore"),
    ),
    Bad("empty name", b"id,,x\n", ":1", ("column 2 has no name",)),
    Bad("blank name", b"id,  ,x\n", ":1", ("column 2 has no name",)),
    Bad("comma at the end", b"id,x,\n", ":1", ("column 3 has no name",)),
    Bad("same but for case", b"id,b,ID\n", ":1", ("column 3", "column 1", "'id'")),
    Bad("line break in a name", b'id,"a\nb"\n', ":1", ("column 2", "'a b'", "'\\n'")),
    Bad("tab in a name", b'id,"a\tb"\n', ":1", ("column 2", "'\\t'")),
    Bad("another line break", "id,a\x85b\n".encode(), ":1", ("'\\x85'",)),
    Bad("a second mark", codecs.BOM_UTF8 * 2 + b"id,x\n", ":1", ("column 1", "'\\ufeff'")),
    Bad("long name", b"x" * 256 + b"\n", ":1", ("over 255 bytes",)),
    Bad("long in bytes", "é".encode() * 128 + b"\n", ":1", ("over 255 bytes",)),
    Bad("open quote", b'id,"name\n1,a\n', ":1", ('quote (")', "never closed")),
    Bad("open quote, semicolons", b'id;"name\n1;a\n', ":1", ("never closed",)),
    Bad("quote that swallows data", b'"' + b"a,b\n" * 50000, ":1", ("never closed",)),
    Bad("quote that swallows the head", b'id,"' + b"b,\n" * 400000, ":1", ("never closed",)),
    Bad("no line ends", b"a" * 200_000, ":1", ("does not end",)),
    Bad("no line ends in the head", b"a," * 600_000, ":1", ("does not end",)),
    Bad("gzip under another name", gzip.compress(b"id\n"), "", ("gzip", "gunzip", ".gz")),
    Bad("gzip by name only", b"id\n", "", (".gz", "not gzip inside"), GZ),
    Bad(
        "gzip, upper case",
        gzip.compress(b"id\n"),
        "",
        ("does not end in .gz",),
        "file.csv.GZ",
    ),
    Bad("gzip, cut off", gzip.compress(os.urandom(999))[:500], "", ("is cut off",), GZ),
    Bad("gzip, no more than its first bytes", b"\x1f\x8b", "", ("is cut off",), GZ),
    Bad(
        "gzip, damaged",
        gzip.compress(b"id,name\n" * 9)[:-8] + b"12345678",
        "",
        ("is damaged", "Copy"),
        GZ,
    ),
    Bad("gzip, unknown method", b"\x1f\x8b\x07" + b"a" * 99, "", ("is damaged",), GZ),
    Bad("gzip and rubbish", gzip.compress(b"id\n") + b"rubbish", "", ("is damaged",), GZ),
    Bad("gzip in gzip", gzip.compress(gzip.compress(b"id\n")), "", ("once unpacked", "gzip"), GZ),
    Bad("tar", tar(b"id\n"), "", ("tar archive",)),
    Bad("tar in gzip", gzip.compress(tar(b"id\n")), "", ("once unpacked", "tar"), GZ),
    Bad("workbook", b"PK\x03\x04rest", "", ("Excel", "save the sheet")),
    Bad("old workbook", b"\xd0\xcf\x11\xe0rest", "", ("old Excel workbook",)),
    Bad("Parquet", b"PAR1\x15\x04", "", ("Parquet",)),
    Bad("Git LFS", b"version https://git-lfs.github.com/spec/v1\n", "", ("git lfs pull",)),
    Bad("web page", b"\n<!DOCTYPE HTML><html>", "", ("web page", "Download")),
    Bad("UTF-16LE, no mark", "id,name\n".encode("utf-16-le"), "", ("UTF-16LE", "iconv")),
    Bad("UTF-16BE, no mark", "id,name\n".encode("utf-16-be"), "", ("UTF-16BE", "iconv")),
    Bad("UTF-16, half a character", "id\n".encode("utf-16")[:-1], ":1", ("cut off", "UTF-16LE")),
    Bad("UTF-16, half a pair", b"\xff\xfea\x00\x00\xd8\n\x00", ":1", ("is not UTF-16LE", "byte 5")),
    Bad("UTF-16, NUL", "id\n\n\x00".encode("utf-16"), ":3", ("character 5 is NUL",)),
    Bad("NUL", b"id\n1\n\x00\n", ":3", ("byte 6 is NUL",)),
    Bad("NUL in the header", b"id,na\x00me\n", ":1", ("byte 6 is NUL",)),
    Bad(
        "Latin-1",
        "id\npreço\n".encode("latin-1"),
        ":2",
        ("byte 7 ", "0xe7", "Latin-1", "ISO-8859-1", "my_encoding=latin-1"),
    ),
    Bad(
        "Windows",
        "a\n\u201cb\u201d\n".encode("cp1252"),
        ":2",
        ("0x93", "WINDOWS-1252", "my_encoding=cp1252"),
    ),
    Bad(
        "Windows, packed",
        gzip.compress("€".encode("cp1252")),
        ":1",
        ("gunzip -c FILE | iconv",),
        GZ,
    ),
    Bad("Latin-1 header", "preço".encode("latin-1") + b",x\n", ":1", ("Latin-1",)),
    Bad("Latin-1, behind a mark", codecs.BOM_UTF8 + b"a\n\xe7\n", ":2", ("byte 6 ", "Latin-1")),
    Bad("old Mac, line of a fault", b"a\r1\r\xe7\r", ":3", ("Latin-1",)),
    Bad("cut off", "id\n1ç".encode()[:-1], ":2", ("cut off", "UTF-8")),
    Bad(
        "no character of Windows-1252",
        b"a\r\nb\x81\r\n",
        ":2",
        ("is not CP1252", "byte 5", "0x81"),
        options=CsvOptions(encoding="cp1252"),
    ),
    Bad("wide delimiter", b"a\n", "", ("'||'", "single"), options=CsvOptions("||")),
    Bad("delimiter is quote", b"a\n", "", ("delimiter and as quote",), options=CsvOptions('"')),
    Bad("no rule", b"a\n", "", ("'camel'", "underscore"), options=CsvOptions(names="camel")),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_bad_file(tmp_path: Path, bad: Bad) -> None:
    path = written(tmp_path, bad.data, bad.name)
    faults = read_header(path, bad.options, "my_encoding").faults
    assert [fault.where for fault in faults] == [path + bad.line]
    for word in bad.words:
        assert word in faults[0].message
    assert faults[0].message.endswith((".", "?"))


def test_an_encoding_that_does_not_exist_is_the_variable_s_fault(tmp_path: Path) -> None:
    for name in ("latin-0", "rot13", "base64", "idna", "unicode_escape", "a\0b"):
        faults = read_header(
            written(tmp_path, b"a\n"), CsvOptions(encoding=name), "my_encoding"
        ).faults
        assert [fault.where for fault in faults] == ["my_encoding"]
        assert f"'{name}' is no encoding" in faults[0].message


def test_names_are_kept_as_written_and_the_encoding_is_told(tmp_path: Path) -> None:
    header = read_header(written(tmp_path, codecs.BOM_UTF8 + b" Id ,NAME\n")).header
    assert header.written == ("Id ", "NAME")
    assert (header.encoding, header.delimiter) == ("utf-8-sig", ",")
    assert read_header(written(tmp_path, b"a\n")).header.encoding == "utf-8"


def test_every_fault_of_a_header_is_told(tmp_path: Path) -> None:
    faults = read_header(written(tmp_path, b'a,,A,"b\x01"\n')).faults
    assert [fault.message.split(",")[0].split(" has")[0] for fault in faults] == [
        "column 2",
        "column 3",
        "column 4",
    ]


def test_what_is_no_header_at_all_has_few_faults(tmp_path: Path) -> None:
    faults = read_header(written(tmp_path, b"a" + b",a" * 1000 + b"\n")).faults
    assert len(faults) == FAULTS + 1
    assert "1001 columns" in faults[-1].message


def test_faults_of_the_header_and_of_the_text_are_both_told(tmp_path: Path) -> None:
    header, faults, _notes = read_header(written(tmp_path, b"id,id\n\xe7\n"))
    assert header is None
    assert ["not UTF-8" in faults[0].message, "same name" in faults[1].message] == [True, True]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("price", "price"),
        ("Price (€)", "price"),
        ("Preço Médio", "preco_medio"),
        ("a - b", "a_b"),
        ("a__b", "a__b"),
        ("a_ b", "a_b"),
        ("_id", "id"),
        ("order.id", "order_id"),
        ("2024", "_2024"),
        ("2nd place", "_2nd_place"),
        ("Größe", "grosse"),
        ("Łódź, Ærø", "lodz_aero"),
        ("ﬁnal²", "final2"),
        ("a\nb", "a_b"),
        ("a\xa0b", "a_b"),
        ("価格", ""),
        ("%", ""),
        ("", ""),
    ],
)
def test_plain_name(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_plain_names_with_their_originals() -> None:
    names = column_names(["ID", "Price (€)", "価格", "", "total"], "underscore")
    assert names.columns == ("id", "price", "column_3", "column_4", "total")
    assert names.comments == ("", "Price (€)", "価格", "", "")
    assert names.notes == ["column 4 has no name; it is called 'column_4'."]


def test_names_that_become_alike_are_told_apart() -> None:
    names = column_names(["Total €", "total_2", "Total $", "TOTAL", "id"], "underscore")
    # "total_2" is a name of its own, so the second "total" cannot have it.
    assert names.columns == ("total", "total_2", "total_3", "total_4", "id")
    assert names.comments == ("Total €", "", "Total $", "TOTAL", "")
    assert names.notes == [
        "columns 1 ('Total €') and 3 ('Total $') would both be 'total'; column 3 is called 'total_3'.",
        "columns 1 ('Total €') and 4 ('TOTAL') would both be 'total'; column 4 is called 'total_4'.",
    ]


def test_originals_of_names_that_differ_in_case_alone_are_kept() -> None:
    names = column_names(["Id", "ID"], "underscore")
    assert (names.columns, names.comments) == (("id", "id_2"), ("Id", "ID"))


def test_a_comment_is_one_short_line() -> None:
    names = column_names(["a\r\nb\x00 c", "é" * 200], "underscore")
    assert names.comments == ("a b c", "é" * 126 + "...")  # 255 bytes: no half character


def test_notes_name_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, b"a b,a-b\n")
    header, faults, notes = read_header(path, CsvOptions(names="underscore"))
    assert (header.columns, faults) == (("a_b", "a_b_2"), [])
    assert [note.where for note in notes] == [f"{path}:1"]


@pytest.mark.parametrize("name", ["file.csv", "file.csv.gz"])
def test_only_the_head_is_read(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = b"id,name\n" + b"1,a\n" * 1_000_000 + b"\xff\x00"
    path = written(tmp_path, gzip.compress(rows, 1) if name.endswith(".gz") else rows, name)
    tracemalloc.start()
    try:
        header, faults, _notes = read_header(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (header.columns, faults) == (("id", "name"), [])
    assert header.size == os.path.getsize(path)
    assert peak < 12 * text_file.HEAD


def test_what_unpacks_to_very_much_is_not_unpacked(tmp_path: Path) -> None:
    bomb = gzip.compress(b"id\n" + bytes([97]) * 40_000_000, 1)
    path = written(tmp_path, bomb, "file.csv.gz")
    tracemalloc.start()
    try:
        header = read_header(path).header
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert header.columns == ("id",)
    assert peak < 16 * text_file.HEAD


def test_an_unreadable_file_is_a_fault(tmp_path: Path) -> None:
    faults = read_header(str(tmp_path / "none.csv")).faults
    assert faults == [
        Fault(str(tmp_path / "none.csv"), "cannot be read: No such file or directory.")
    ]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", tmp_path):
        assert "no ordinary file" in read_header(str(path)).faults[0].message


def test_the_parser_s_limit_is_what_the_code_says() -> None:
    assert csv.field_size_limit() == 128 * 1024


def test_report_lists_all_faults() -> None:
    one, two = Fault("a.csv:1", "is bad."), Fault("location", "is worse.")
    assert report([one]) == "1 fault was found before anything was changed:\n  1. a.csv:1: is bad."
    assert report([one, two]).splitlines()[1:] == [
        "  1. a.csv:1: is bad.",
        "  2. location: is worse.",
    ]


@pytest.mark.parametrize(
    ("first", "other", "alike"),
    [
        (b"id,name\n1,x\n", b"id,name\n2,y", True),
        (b"id,name\r\n1,x\r\n", b"id,name\r\n", True),
        (b"id,name\n1,x\n", "id,name\n2,ü\n".encode(), True),
        (b"id,name\n1,x\n", b"id,name2\n", False),
        (b"id,name\n1,x\n", b"id,name", False),
        (b"id,name\n1,x\n", b"id,name\n2,\xfc\n", False),
        (b"id,name\n1,x\n", b"id,name\n2,\xc3", False),
        (b"id,name\n1,x\n", b"id,name\n\x00\n", False),
        (b"id,name\n1,x\n", b"", False),
        (b"id,name", b"id,name\n1,x\n", False),
        (b'id,"na\nme"\n', b'id,"na\nme"\n', False),
        (b"\xef\xbb\xbfid\n", b"\xef\xbb\xbfid\n", False),
        (b"id,name\r1,x\n", b"id,name\r1,x\n", False),
    ],
)
def test_a_file_that_begins_as_another(
    tmp_path: Path, first: bytes, other: bytes, alike: bool
) -> None:
    """What is told from the first line is what reading the whole head tells; else nothing is told."""
    header = read_header(
        written(tmp_path, first), CsvOptions(delimiter=",", names="underscore")
    ).header
    assert header is not None
    line = csv_header.header_line(written(tmp_path, first), header)
    path = tmp_path / "other.csv"
    path.write_bytes(other)
    found = csv_header.read_alike(str(path), line, header)
    assert (found is not None) is alike
    if alike:
        assert found == read_header(str(path), CsvOptions(delimiter=",", names="underscore")).header
