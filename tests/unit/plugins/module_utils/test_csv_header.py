# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of a CSV file: what is read, and every fault that is found."""

from __future__ import annotations

import codecs
import csv
import gzip
import os
from pathlib import Path

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import csv_header
from ansible_collections.terraglue.aws.plugins.module_utils.csv_header import read_header
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault, report


def written(folder: Path, data: bytes) -> str:
    path = folder / "file.csv"
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        pytest.param(b"id,name\n1,a\n", ("id", "name"), id="plain"),
        pytest.param(b"id,name", ("id", "name"), id="no line end"),
        pytest.param(b"id,name\r\n1,a\r\n", ("id", "name"), id="carriage returns"),
        pytest.param(b"id,name\r1,a\r", ("id", "name"), id="old Mac"),
        pytest.param(b'"id","Name"\n', ("id", "name"), id="quoted, upper case"),
        pytest.param(b'id,"last, first",zip\n', ("id", "last, first", "zip"), id="comma in quotes"),
        pytest.param(b'id,"the ""real"" name"\n', ("id", 'the "real" name'), id="doubled quotes"),
        pytest.param(b'id, "name" ,zip \n', ("id", "name", "zip"), id="blanks around names"),
        pytest.param(codecs.BOM_UTF8 + b'"id",name\n', ("id", "name"), id="byte order mark"),
        pytest.param("código,preço\n".encode(), ("código", "preço"), id="beyond ASCII"),
        pytest.param(b"product_name_lenght\n", ("product_name_lenght",), id="one column"),
        pytest.param(b"a.b,c:d;e\n", ("a.b", "c:d;e"), id="marks that Athena reads when quoted"),
        pytest.param(b"x" * 255 + b"\n", ("x" * 255,), id="longest name"),
    ],
)
def test_columns(tmp_path: Path, data: bytes, columns: tuple[str, ...]) -> None:
    header, faults = read_header(written(tmp_path, data))
    assert faults == []
    assert header.columns == columns
    assert header.size == len(data)


def test_names_are_kept_as_written_and_the_encoding_is_told(tmp_path: Path) -> None:
    header = read_header(written(tmp_path, codecs.BOM_UTF8 + b" Id ,NAME\n")).header
    assert header.written == ("Id ", "NAME")
    assert (header.encoding, header.delimiter) == ("utf-8-sig", ",")
    assert read_header(written(tmp_path, b"a\n")).header.encoding == "utf-8"


def test_another_delimiter_and_quote(tmp_path: Path) -> None:
    path = written(tmp_path, b"'a;b';c,d\n")
    assert read_header(path, ";", "'").header.columns == ("a;b", "c,d")


@pytest.mark.parametrize(
    ("data", "where", "words"),
    [
        pytest.param(b"", "", ["is empty"], id="empty"),
        pytest.param(b"\nid\n", ":1", ["header is empty"], id="empty first line"),
        pytest.param(codecs.BOM_UTF8, ":1", ["header is empty"], id="only a mark"),
        pytest.param(b",,\n1,2,3\n", ":1", ["header is empty"], id="no names at all"),
        pytest.param(b"id,,x\n", ":1", ["column 2 has no name"], id="empty name"),
        pytest.param(b"id,  ,x\n", ":1", ["column 2 has no name"], id="blank name"),
        pytest.param(b"id,x,\n", ":1", ["column 3 has no name"], id="comma at the end"),
        pytest.param(b"id,b,ID\n", ":1", ["column 3", "column 1", "'id'"], id="same but for case"),
        pytest.param(
            b'id,"a\nb"\n', ":1", ["column 2", "'a b'", "'\\n'"], id="line break in a name"
        ),
        pytest.param(b"id,a\tb\n", ":1", ["column 2", "'\\t'"], id="tab in a name"),
        pytest.param("id,a\x85b\n".encode(), ":1", ["'\\x85'"], id="another line break"),
        pytest.param(b"x" * 256 + b"\n", ":1", ["over 255 bytes"], id="long name"),
        pytest.param("é".encode() * 128 + b"\n", ":1", ["over 255 bytes"], id="long in bytes"),
        pytest.param(b'id,"name\n1,a\n', ":1", ["never closed"], id="open quote"),
        pytest.param(
            b'"' + b"a,b\n" * 50000, ":1", ["never closed"], id="quote that swallows data"
        ),
        pytest.param(gzip.compress(b"id\n"), "", ["gzip", "gunzip"], id="gzip"),
        pytest.param(b"PK\x03\x04rest", "", ["Excel", "save the sheet"], id="workbook"),
        pytest.param(b"PAR1\x15\x04", "", ["Parquet"], id="Parquet"),
        pytest.param("id\n".encode("utf-16"), "", ["UTF-16LE", "iconv"], id="UTF-16LE, mark"),
        pytest.param(
            codecs.BOM_UTF16_BE + "id\n".encode("utf-16-be"), "", ["UTF-16BE"], id="UTF-16BE, mark"
        ),
        pytest.param("id\n".encode("utf-32"), "", ["UTF-32LE"], id="UTF-32, mark"),
        pytest.param("id,name\n".encode("utf-16-le"), "", ["UTF-16LE"], id="UTF-16LE, no mark"),
        pytest.param("id,name\n".encode("utf-16-be"), "", ["UTF-16BE"], id="UTF-16BE, no mark"),
        pytest.param(b"id\n1\n\x00\n", ":3", ["byte 6 is NUL"], id="NUL"),
        pytest.param(
            "id\npreço\n".encode("latin-1"),
            ":2",
            ["byte 7 ", "0xe7", "Latin-1", "ISO-8859-1"],
            id="Latin-1",
        ),
        pytest.param(
            "a\n\u201cb\u201d\n".encode("cp1252"), ":2", ["0x93", "WINDOWS-1252"], id="Windows"
        ),
        pytest.param("preço".encode("latin-1") + b",x\n", ":1", ["Latin-1"], id="Latin-1 header"),
        pytest.param("id\n1ç".encode()[:-1], ":2", ["cut off"], id="cut off"),
    ],
)
def test_fault(tmp_path: Path, data: bytes, where: str, words: list[str]) -> None:
    path = written(tmp_path, data)
    faults = read_header(path).faults
    assert [fault.where for fault in faults] == [path + where]
    for word in words:
        assert word in faults[0].message


def test_every_fault_of_a_header_is_told(tmp_path: Path) -> None:
    faults = read_header(written(tmp_path, b'a,,A,"b\x01"\n')).faults
    assert [fault.message.split(",")[0].split(" has")[0] for fault in faults] == [
        "column 2",
        "column 3",
        "column 4",
    ]


def test_faults_of_the_header_and_of_the_text_are_both_told(tmp_path: Path) -> None:
    header, faults = read_header(written(tmp_path, b"id,id\n\xe7\n"))
    assert header is None
    assert ["not UTF-8" in faults[0].message, "same name" in faults[1].message] == [True, True]


@pytest.mark.parametrize("piece", [8, 9, 10, 11, 64])
def test_pieces_do_not_split_characters_or_lose_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(csv_header, "PIECE", piece)
    good = b"id,name\n" + "1,ação €uro 𝄞\n".encode() * 20
    assert read_header(written(tmp_path, good)).faults == []
    broken = good + b"\xe7\n"
    fault = read_header(written(tmp_path, broken)).faults[0]
    assert fault.where.endswith(":22")
    assert f"byte {len(good) + 1} " in fault.message


def test_a_fault_in_the_last_byte_of_a_large_file(tmp_path: Path) -> None:
    data = b"id\n" + b"0123456\n" * 400_000
    assert read_header(written(tmp_path, data)).header.size == len(data)
    fault = read_header(written(tmp_path, data + b"\xff")).faults[0]
    assert fault.where.endswith(":400002")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    import tracemalloc

    path = written(tmp_path, "é\n".encode() * 8_000_000)
    tracemalloc.start()
    try:
        read_header(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * csv_header.PIECE < os.path.getsize(path)


def test_an_unreadable_file_is_a_fault(tmp_path: Path) -> None:
    faults = read_header(str(tmp_path / "none.csv")).faults
    assert faults == [
        Fault(str(tmp_path / "none.csv"), "cannot be read: No such file or directory.")
    ]


def test_the_parser_s_limit_is_what_the_code_says() -> None:
    assert csv.field_size_limit() == 128 * 1024


def test_report_lists_all_faults() -> None:
    one, two = Fault("a.csv:1", "is bad."), Fault("location", "is worse.")
    assert report([one]) == "1 fault was found before anything was changed:\n  1. a.csv:1: is bad."
    assert report([one, two]).splitlines()[1:] == [
        "  1. a.csv:1: is bad.",
        "  2. location: is worse.",
    ]
