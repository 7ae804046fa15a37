# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as text: encodings, what they mean, and where a fault is."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import text_file
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.text_file import (
    TextFault,
    TextKind,
    as_utf8,
    encoding_fault,
    line_breaks,
    locate,
    not_utf8,
    read_head,
)


@pytest.mark.parametrize(
    ("size", "data", "whole"),
    [
        (9, b"id,name\n1", True),
        (10, b"id,name\n1", True),
        (7, b"id,name", False),  # it grew since
        (0, b"id,name\n1", True),  # a file system that does not know
    ],
)
def test_the_head_of_a_file_of_another_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, data: bytes, whole: bool
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,name\n1")
    monkeypatch.setattr(text_file.os, "fstat", lambda dummy: SimpleNamespace(st_size=size))
    head, faults = read_head(str(path))
    assert (head, faults) == (text_file.Head(TextKind("utf-8"), data, whole, size), [])


@pytest.mark.parametrize(("more", "whole"), [(0, True), (1, False)])
@pytest.mark.parametrize("packed", [False, True])
def test_the_head_of_a_file_that_is_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int, whole: bool, packed: bool
) -> None:
    monkeypatch.setattr(text_file, "HEAD", 8)
    path, data = tmp_path / ("a.csv" + ".gz" * packed), b"id,name\n" + b"1" * more
    path.write_bytes(gzip.compress(data) if packed else data)
    head, _faults = read_head(str(path))
    assert head and (head.data, head.whole) == (b"id,name\n", whole)


def test_what_is_utf8_needs_nothing() -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        assert not_utf8(TextKind(encoding), "x=y") == ""


def test_what_is_not_utf8_is_told_with_each_way_out() -> None:
    message = not_utf8(TextKind("utf-16-le"), "convert=true")
    assert message.startswith("is UTF-16LE, not UTF-8: Athena and Glue")
    assert "iconv -f UTF-16LE -t UTF-8" in message
    assert message.endswith("convert it with convert=true.")
    packed = not_utf8(TextKind("cp1252", "gzip"))
    assert packed.endswith("gunzip -c FILE | iconv -f CP1252 -t UTF-8 | gzip > NEW_FILE.")


@pytest.mark.parametrize(
    ("told", "encoding"),
    [
        ("", "utf-8"),
        ("UTF8", "utf-8"),
        ("us-ascii", "utf-8"),
        ("utf-8-sig", "utf-8"),  # the mark is what would tell it, and there is none
        ("utf-16", "utf-16-le"),
        ("Latin1", "iso8859-1"),
        ("windows-1252", "cp1252"),
    ],
)
def test_an_encoding_has_one_name(tmp_path: Path, told: str, encoding: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"ab\n")
    assert encoding_fault(told or "utf-8") == ""
    assert read_head(str(path), told)[0].kind == TextKind(encoding)


@pytest.mark.parametrize(
    "encoding", ["shift_jis", "gb18030", "utf-7", "utf-16-be", "cp037", "koi8-r"]
)
@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_text_is_the_same_in_any_encoding_and_pieces(encoding: str, size: int) -> None:
    text = 'id,"name"\r\n1,"x"\r\n' if encoding == "cp037" else 'id,"я"\r\n1,"Ж"\r\n'
    data = text.encode(encoding)
    found: list[TextFault] = []
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(as_utf8(parts, TextKind(encoding), found)).decode() == text
    assert found == []


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_the_first_byte_that_does_not_belong_is_told(size: int) -> None:
    data = "я\nЖ".encode("shift_jis") + b"\n\xff\xff\n" + "я".encode("shift_jis")
    found: list[TextFault] = []
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    text = b"".join(as_utf8(parts, TextKind("shift_jis"), found)).decode()
    # Two characters of two bytes and two line ends stand before it, in both encodings.
    assert [(fault.offset, "byte 7 of the file, 0xff" in fault.message) for fault in found] == [
        (6, True)
    ]
    assert (text[:4], text[-2:]) == ("я\nЖ\n", "\nя")


def test_lines_end_in_three_ways() -> None:
    assert line_breaks(b"a\nb\rc\r\nd\n\re") == 5
    assert line_breaks(b"a\nb\rc\r\nd\n\re", 2, 5) == 1


@pytest.mark.parametrize("piece", [3, 4, 5, 1000])
def test_a_fault_has_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(text_file, "PIECE", piece)
    path = tmp_path / "file.csv"
    path.write_bytes("\ufeffa\r\nb\rc\n\nd".encode("utf-16-le"))
    for offset, line in ((0, 1), (1, 1), (3, 2), (5, 3), (7, 4), (8, 5)):
        fault = locate(str(path), TextKind("utf-16-le"), TextFault(offset, "x."))
        assert fault == Fault(f"{path}:{line}", "x.")
