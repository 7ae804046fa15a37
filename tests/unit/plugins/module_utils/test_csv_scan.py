# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole data files: what breaks their rows, and the cured copy."""

from __future__ import annotations

import codecs
import gzip
import os
import tracemalloc
from pathlib import Path

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import csv_scan, text_file
from ansible_collections.terraglue.aws.plugins.module_utils.csv_header import (
    DEFAULTS,
    CsvOptions,
    read_header,
)
from ansible_collections.terraglue.aws.plugins.module_utils.csv_scan import (
    Repair,
    check_text,
    repaired,
    scan,
)
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError

CURE = "terraglue_data_line_breaks=space"
SPACE = Repair("utf-8", line_break=" ")


def written(folder: Path, data: bytes, name: str = "file.csv") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def lines_of(path: str, options: CsvOptions = DEFAULTS) -> list[str]:
    """What stands behind the path of each fault."""
    return [fault.where.replace(path, "") for fault in scan(path, options, CURE)]


def copy_of(path: str, repair: Repair) -> bytes:
    with repaired(path, repair) as stream:
        return stream.read()


@pytest.mark.parametrize("piece", [3, 8, 9, 10, 11, 64])
def test_pieces_do_not_split_characters_or_lose_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(text_file, "PIECE", piece)
    good = b"id,name\r\n" + "1,ação €uro 𝄞\r\n".encode() * 20
    assert check_text(written(tmp_path, good)) == []
    fault = check_text(written(tmp_path, good + b"\xe7\n"))[0]
    assert fault.where.endswith(":22")
    assert f"byte {len(good) + 1} " in fault.message


def test_a_fault_in_the_last_byte_of_a_large_file(tmp_path: Path) -> None:
    data = b"id\n" + b"0123456\n" * 400_000
    fault = check_text(written(tmp_path, data + b"\xff"))[0]
    assert fault.where.endswith(":400002")
    assert read_header(written(tmp_path, data + b"\xff")).faults == []


def test_a_fault_of_the_head_is_told_in_the_same_words(tmp_path: Path) -> None:
    for data in (b"id\n\xe7\n", b"id\n\x00", b"", b"PK\x03\x04", "id\n".encode("utf-16")[:-1]):
        path = written(tmp_path, data)
        head = read_header(path, CsvOptions(), "my_encoding").faults
        assert len(head) == 1
        assert scan(path, CsvOptions(), CURE, "my_encoding") == head


@pytest.mark.parametrize("data", ["é\n".encode() * 6_500_000, b'"a","b""c"\n' * 1_200_000])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, data: bytes) -> None:
    path = written(tmp_path, data)
    tracemalloc.start()
    try:
        assert check_text(path) == scan(path) == []
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A piece that is split at its quotes takes 40 bytes more for each.
    assert peak < 45 * text_file.PIECE < len(data)


def test_a_field_of_doubled_quotes_takes_little_memory(tmp_path: Path) -> None:
    path = written(tmp_path, b'a,b\n1,"' + b'x""' * 300_000 + b'"\n2,"\n"\n')
    tracemalloc.start()
    try:
        assert lines_of(path) == [":3"]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30 * text_file.PIECE


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        pytest.param(b'a,b\n1,"x\ny"\n2,z\n', [":2"], id="line feed"),
        pytest.param(b'a,b\r\n1,"x\r\ny"\r\n2,"p\r\nq"\r\n', [":2", ":4"], id="both, both"),
        pytest.param(b'a,b\r1,"x\ry"\r2,z\r', [":2"], id="old Mac"),
        pytest.param(b'a,b\n1,"x\n\n\ny"\n2,"\n"\n', [":2", ":6"], id="several breaks"),
        pytest.param(b'a,b\n"1\n2","3\n4"\n"\n",5\n', [":2", ":5"], id="one row is told once"),
        pytest.param(b'"a\nb",c\n1,2\n', [":1"], id="in the header"),
        pytest.param(b'a,b\n1, "x\ny"\n', [":2"], id="blank before the quote"),
        pytest.param(b'a,b\n1,"say ""x\ny"""\n', [":2"], id="doubled quotes"),
        pytest.param(b'a,b\n1,5" pipe\n2,6" pipe\n', [], id="stray quotes"),
        pytest.param(b'a,b\n1,5" pipe\n2,"x\ny"\n3,6" pipe\n', [":3"], id="stray quotes around"),
        pytest.param(b'a,b\n5" pipe,"x\ny",7" pipe\n', [":2"], id="stray quotes in the row"),
        pytest.param(b'a,b\n1,"' + b'x""' * 20 + b'\n"\n', [":2"], id="many doubled quotes"),
        pytest.param(b'a,b\r\n1,2\r\n\r\n"x\r\ny",2\r\n', [":4"], id="lines before it"),
        pytest.param(b'a,b\n1,"x"y"\n2,z\n', [], id="quote behind a closed field"),
        pytest.param(b'a,b\n1,"",""\n2,"""",""""""\n', [], id="nothing but quotes"),
        pytest.param(b'a;b\n1;"x;\ny"\n', [":2"], id="semicolon, found out"),
        pytest.param("a,b\n1,é\u2028\x0b\x0c\x85\n".encode(), [], id="no line break to Hive"),
        pytest.param(b'a,b\n1,"x\n2,y\n3,z\n', [":2"], id="never closed"),
        pytest.param(b'a,b\n1,"x', [":2"], id="never closed, on the last line"),
        pytest.param(b'a,b\n"1\n",2\n3,"x\n', [":2", ":4"], id="never closed after a break"),
        pytest.param(b'a,b\n1,"' + b"x\n" * 90_000 + b'"\n', [":2"], id="closed very late"),
        pytest.param(b'a,b\n1,"' + b"x" * 900_000 + b'"\n', [], id="a very long cell"),
        pytest.param(b'a,b\n1,"' + b"x" * 1_900_000, [":2"], id="a cell without an end"),
        pytest.param(
            b'a,b\n"1\n",2\n3,"' + b"x\n" * 90_000 + b"\xff", [":90004", ":2", ":4"], id="text too"
        ),
    ],
)
def test_line_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, lines: list[str]
) -> None:
    path = written(tmp_path, data)
    assert lines_of(path) == lines
    for piece in range(1, 12) if len(data) < 100 else ():
        monkeypatch.setattr(text_file, "PIECE", piece)
        assert lines_of(path) == lines


def test_the_message_says_what_it_means_and_what_cures(tmp_path: Path) -> None:
    path = written(tmp_path, b'a\n"x\ny"\n')
    message = scan(path, CsvOptions(), CURE)[0].message
    assert "Athena and Glue split" in message
    assert CURE in message
    assert "replace" not in scan(path)[0].message


def test_five_rows_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    path = written(tmp_path, b"a,b\n" + b'1,"x\ny"\n' * 12)
    assert lines_of(path) == [":2", ":4", ":6", ":8", ":10", ""]
    assert scan(path)[-1].message.startswith("7 more rows have a line break")
    path = written(tmp_path, b"a,b\n" + b'1,"x\ny"\n' * 6)
    assert scan(path)[-1].message.startswith("1 more row has a line break")


def test_other_encodings_and_gzip_are_scanned(tmp_path: Path) -> None:
    text = 'id;ação\r\n1;"é\r\né"\r\n2;x\r\n'
    for data, name, encoding in (
        (text.encode("utf-16"), "a.csv", ""),
        (text.encode("latin-1"), "b.csv", "latin-1"),
        (gzip.compress(text.encode()), "c.csv.gz", ""),
        (gzip.compress(text.encode("utf-16")), "d.csv.gz", ""),
        (codecs.BOM_UTF8 + text.encode(), "e.csv", ""),
    ):
        path = written(tmp_path, data, name)
        assert lines_of(path, CsvOptions(encoding=encoding)) == [":2"]
        cured = copy_of(path, Repair(encoding, '"', ";", " / "))
        cured = gzip.decompress(cured) if name.endswith(".gz") else cured
        assert cured.decode() == text.replace('é\r\né"', 'é / é"')


def test_no_quote_character_no_line_breaks(tmp_path: Path) -> None:
    path = written(tmp_path, b'a\tb\n1\t"x\ny"\n')
    assert scan(path, CsvOptions("\t", "")) == []
    assert copy_of(path, Repair("utf-8", "", "\t", " ")) == b'a\tb\n1\t"x\ny"\n'


def test_gzip_that_is_cut_off_behind_the_head_is_a_fault(tmp_path: Path) -> None:
    data = gzip.compress(b"id\n" + os.urandom(1_500_000).hex().encode() + b"\n", 1)
    path = written(tmp_path, data[:-20], "file.csv.gz")
    assert read_header(path).faults == []
    assert ["is cut off" in fault.message for fault in scan(path)] == [True]
    with pytest.raises(TerraglueError, match="is cut off"):
        copy_of(path, SPACE)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        pytest.param(b'{"a": 1}\n{"a": [1, {}]}\r\n\n{}', "", (), id="sound"),
        pytest.param(b'{"a": 1}\n{"a": \n', ":2", ("line 2", "Expecting value"), id="half"),
        pytest.param(b'[{"a": 1}]\n', ":1", ("line 1", "another value"), id="array"),
        pytest.param(b'{"a": 1}\n"x"\n', ":2", ("another value",), id="text"),
        pytest.param(b'{"a": NaN}\n', ":1", ("NaN is no JSON",), id="not a number"),
        pytest.param(b'{"a": ' + b"[" * 200_000, ":1", ("nested too deeply",), id="deep"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}\n", "", (), id="a number of 5000 digits"),
        pytest.param(b'{"a": "\xe7"}\n', ":1", ("Latin-1",), id="Latin-1"),
        pytest.param(b"a,b\n", ":1", ("jq -c",), id="CSV"),
    ],
)
def test_json_lines(tmp_path: Path, data: bytes, line: str, words: tuple[str, ...]) -> None:
    for name in ("file.json", "file.jsonl", "file.ndjson.gz"):
        path = written(tmp_path, gzip.compress(data) if name.endswith("gz") else data, name)
        faults = scan(path)
        assert [fault.where for fault in faults] == ([path + line] if words else [])
        for word in words:
            assert word in faults[0].message


def test_an_object_over_many_lines_is_told_in_few(tmp_path: Path) -> None:
    path = written(tmp_path, b'{\n"a":\n1\n,\n"b":\n2\n}\n', "file.json")
    # "1" and "2" are JSON, but no objects either.
    assert lines_of(path) == [":1", ":2", ":3", ":4", ":5", ""]
    assert scan(path)[-1].message.startswith("2 more lines are")
    path = written(tmp_path, b"x\n" * 100_000, "file.json")
    assert scan(path)[-1].message.startswith("1000 or more lines are")


def test_a_line_of_json_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_scan, "LINE_BYTES", 2_000_000)
    path = written(tmp_path, b"{}\n{" + b" " * 4_000_000 + b"\xff", "file.json")
    assert lines_of(path) == [":2", ":2"]
    assert "longer than 2000000 bytes" in scan(path)[1].message


def test_no_file_no_exception(tmp_path: Path) -> None:
    for name in ("none.csv", "none.json"):
        assert "No such file" in scan(str(tmp_path / name))[0].message
    assert "single ASCII" in scan("", CsvOptions("§"))[0].message


# The copy


def test_a_sound_file_is_copied_byte_for_byte(tmp_path: Path) -> None:
    data = 'a,"b"\r\n1, "ç, ""x"""\n2,5" pipe\r3,\n\n4,"z"'.encode()
    assert copy_of(written(tmp_path, data), SPACE) == data
    assert copy_of(written(tmp_path, data), Repair("utf-8")) == data


def test_the_mark_goes_and_so_do_the_breaks(tmp_path: Path) -> None:
    data = codecs.BOM_UTF8 + b'a,b\r\n1,"x\r\ny\n\rz"\r\n"2\n",3"\r\n'
    assert copy_of(written(tmp_path, data), SPACE) == b'a,b\r\n1,"x y  z"\r\n"2 ",3"\r\n'
    nothing = SPACE._replace(line_break="")
    assert copy_of(written(tmp_path, data), nothing) == b'a,b\r\n1,"xyz"\r\n"2",3"\r\n'
    kept = SPACE._replace(line_break=None)
    assert copy_of(written(tmp_path, data), kept) == data[3:]
    marked = SPACE._replace(line_break=" \\1é ")
    assert copy_of(written(tmp_path, b'a\n"\n"\n'), marked) == 'a\n" \\1é "\n'.encode()


def test_what_follows_an_open_quote_is_left_alone(tmp_path: Path) -> None:
    data = b'"1\n",2\n3,"' + b'x\n,"' * 70_000
    assert copy_of(written(tmp_path, data), SPACE)[:8] == b'"1 ",2\n3'
    data = b'a\n"' + b"x\n" * 200_000
    assert copy_of(written(tmp_path, data), SPACE) == data


def test_gzip_is_packed_again_and_always_alike(tmp_path: Path) -> None:
    packed = gzip.compress(b'a,b\n1,"x\ny"\n', mtime=12345)
    path = written(tmp_path, packed, "file.csv.gz")
    first, second = copy_of(path, SPACE), copy_of(path, SPACE)
    assert gzip.decompress(first) == b'a,b\n1,"x y"\n'
    assert first == second
    assert first[4:8] == bytes(4)  # the time


def test_it_is_read_in_any_portions(tmp_path: Path) -> None:
    path = written(tmp_path, b'a,b\n1,"x\ny"\n' * 5000)
    whole = copy_of(path, SPACE)
    stream = repaired(path, SPACE)
    assert b"".join(iter(lambda: stream.read(7), b"")) == whole
    stream.close()
    assert stream.closed


def test_what_is_not_in_its_encoding_is_not_copied(tmp_path: Path) -> None:
    path = written(tmp_path, b"a\n\n\xe7\n")
    with pytest.raises(TerraglueError, match=":3: is not UTF-8"):
        copy_of(path, SPACE)
    with pytest.raises(TerraglueError, match="No such file"):
        repaired(str(tmp_path / "none.csv"), SPACE)


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (b"id,name\n1,x\n", True),
        ("id,name\n1,ü\n".encode(), True),
        (b'id,name\n1,"x"\n', False),
        (b"id,name\n1,\xfc\n", False),
        (b"id,name\n1,\xc3", False),
        (b"id,name\n\x00", False),
        (b"x" * (text_file.PIECE + 1), False),
    ],
)
def test_a_look_tells_nothing_wrong_or_nothing(tmp_path: Path, data: bytes, plain: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    assert csv_scan.is_plain(str(path), '"') is plain
    if plain:
        assert csv_scan.scan(str(path)) == []
