# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data folder as a whole: what every byte shows, and what every value shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import data_check
from ansible_collections.terraglue.aws.plugins.module_utils.data_check import Depth, check
from ansible_collections.terraglue.aws.plugins.module_utils.table_options import (
    Choices,
    TableOptions,
)

INFER = Choices(TableOptions(column_types="infer", sample_rows=1))


def make(root: Path, name: str, content: bytes) -> str:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def numbers(*last: str) -> bytes:
    """A column of numbers, and at last, beyond the sample, what is given."""
    return "\n".join(["id", *map(str, range(200)), *last, ""]).encode()


def test_a_value_beyond_the_sample_is_found_by_looking_at_all(tmp_path: Path) -> None:
    path = make(tmp_path, "s/t/a.csv", numbers("x"))
    assert check(str(tmp_path), INFER) == []
    assert check(str(tmp_path), INFER, Depth.BYTES) == []
    (fault,) = check(str(tmp_path), INFER, Depth.VALUES)
    assert fault.where == f"{path}:202"
    for word in ("'id'", "bigint", "'x'"):
        assert word in fault.message


def test_only_the_first_misfits_are_told_one_by_one(tmp_path: Path) -> None:
    make(tmp_path, "s/t/a.csv", numbers(*"abcdefgh"))
    faults = check(str(tmp_path), INFER, Depth.VALUES)
    assert len(faults) == data_check.MISFITS + 1
    assert "more values" in faults[-1].message


def test_a_quote_beyond_the_sample(tmp_path: Path) -> None:
    path = make(tmp_path, "s/t/a.csv", numbers('"7"'))
    faults = check(str(tmp_path), INFER, Depth.VALUES)
    assert f"{path}:202" in [fault.where for fault in faults]
    assert any("catalog_sample_rows=0" in fault.message for fault in faults)


def test_a_wish_on_a_quoted_table(tmp_path: Path) -> None:
    wish = {"s.t": {"columns": {"n": "bigint"}}}
    path = make(tmp_path, "s/t/a.csv", b'n,name\n1,"a, b"\ntwo,"c"\n')
    (fault,) = check(str(tmp_path), Choices(tables=wish), Depth.VALUES)
    assert fault.where == f"{path}:3"
    assert "'two'" in fault.message


@pytest.mark.parametrize("depth", list(Depth))
def test_strings_hold_everything(tmp_path: Path, depth: Depth) -> None:
    make(tmp_path, "s/t/a.csv", numbers("x", ""))
    assert check(str(tmp_path), Choices(), depth) == []


def test_what_every_byte_shows(tmp_path: Path) -> None:
    broken = make(tmp_path, "s/a/a.csv", b"n\n" + b"1\n" * 700_000 + b"\xe9\n")
    split = make(tmp_path, "s/b/b.csv", b'n,m\n1,"two\nlines"\n')
    assert check(str(tmp_path)) == []
    faults = check(str(tmp_path), Choices(), Depth.BYTES)
    assert [fault.where for fault in faults] == [f"{broken}:700002", f"{split}:2"]
    assert "terraglue_data_line_breaks=space" in faults[1].message


def test_line_breaks_that_are_cured_or_kept_are_no_fault(tmp_path: Path) -> None:
    make(tmp_path, "s/b/b.csv", b'n,m\n1,"two\nlines"\n')
    for choice in ("space", "keep"):
        choices = Choices(TableOptions(line_breaks=choice))
        assert check(str(tmp_path), choices, Depth.BYTES) == []


def test_a_memory_looks_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "s/t/a.csv", b"n\n")
    memory = data_check.Memory()
    first = memory(str(tmp_path), Choices(), Depth.BYTES)
    monkeypatch.setattr(data_check, "check", None)
    assert memory(str(tmp_path), Choices(), Depth.BYTES) is first
