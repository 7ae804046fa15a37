# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are uploaded as cured copies, and what those copies hold."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import csv_scan
from ansible_collections.terraglue.aws.plugins.module_utils.data_copies import repairs
from ansible_collections.terraglue.aws.plugins.module_utils.data_folder import read
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.table_options import (
    Choices,
    TableOptions,
)

FILES = {
    "s/fine/a.csv": b'id,said\n1,"one line"\n',
    "s/broken/a.csv": b'id,said\n1,"two\r\nlines"\r\n',
    "s/broken/b.csv.gz": gzip.compress(b'id,said\n1,"two\n\nlines"\n'),
    "s/wide/a.csv": "id,said\n1,ü\n".encode("utf-16"),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def copies(data: Path, **options: object) -> dict[str, bytes]:
    found = repairs(str(data), Choices(TableOptions(**options)))  # type: ignore[arg-type]
    made = {}
    for path, repair in found.items():
        with csv_scan.repaired(path, repair) as stream:
            content = stream.read()
        name = str(Path(path).relative_to(data))
        made[name] = gzip.decompress(content) if name.endswith(".gz") else content
    return made


def test_nothing_is_copied_unasked(data: Path) -> None:
    assert copies(data) == {}


def test_line_breaks_and_encodings_are_cured(data: Path) -> None:
    assert copies(data, convert=True, line_breaks="space") == {
        "s/broken/a.csv": b'id,said\n1,"two lines"\r\n',
        "s/broken/b.csv.gz": b'id,said\n1,"two  lines"\n',
        "s/wide/a.csv": "id,said\n1,ü\n".encode(),
    }
    assert {name: (data / name).read_bytes() for name in FILES} == FILES


def test_each_cure_alone(data: Path) -> None:
    assert set(copies(data, convert=True)) == {"s/wide/a.csv"}
    with pytest.raises(TerraglueError, match="UTF-16LE"):
        copies(data, line_breaks="space")


def test_a_table_may_ask_for_itself(data: Path) -> None:
    (data / "s" / "wide" / "_table.yml").write_text("convert: true\n", encoding="utf-8")
    assert set(copies(data)) == {"s/wide/a.csv"}


def test_a_header_on_two_lines_is_one_in_the_copy(data: Path) -> None:
    broken = data / "s" / "broken" / "a.csv"
    broken.write_bytes(b'id,"what was\nsaid"\n1,x\n')
    (data / "s" / "broken" / "b.csv.gz").unlink()
    (data / "s" / "wide" / "a.csv").unlink()
    choices = Choices(TableOptions(line_breaks="space"))
    assert read(str(data), choices).tables[0].columns == ("id", "what was said")
    assert copies(data, line_breaks="space") == {"s/broken/a.csv": b'id,"what was said"\n1,x\n'}
