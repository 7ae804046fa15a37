# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The choices for tables: from a file, from variables, which goes before which, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import table_options
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.table_options import (
    FILE,
    Choices,
    TableOptions,
    of_table,
)


def write(folder: Path, text: str) -> str:
    (folder / FILE).write_text(text, encoding="utf-8")
    return str(folder)


def test_without_a_file_the_general_choices_hold(tmp_path: Path) -> None:
    general = TableOptions(delimiter=";", column_types="infer")
    assert of_table(Choices(general), "sales.orders", str(tmp_path)) == (general, [])


def test_the_file_goes_before_the_folder_and_the_variable_before_the_file(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        "delimiter: '|'\nencoding: latin-1\ncolumns:\n  price: decimal(10,2)\n  day: date\n",
    )
    tables = {
        "sales.orders": {
            "encoding": "cp1252",
            "columns": {"day": {"type": "string", "comment": "As text"}},
        }
    }
    general = TableOptions(delimiter=";", column_names="underscore")
    options, faults = of_table(Choices(general, tables), "sales.orders", folder)
    assert faults == []
    assert (options.delimiter, options.encoding, options.column_names) == (
        "|",
        "cp1252",
        "underscore",
    )
    assert options.columns == {
        "price": {"type": "decimal(10,2)"},
        "day": {"type": "string", "comment": "As text"},
    }
    assert of_table(Choices(general, tables), "sales.items", folder)[0].encoding == "latin-1"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("delimiter: ';'\nquotes: x\n", 2, ["'quotes'", "no choice", "delimiter, quote"]),
        ("\n\ndelimiter: '||'\n", 3, ["'delimiter'", "one character"]),
        ("quote: ''\n", 1, ["'quote'", "one character"]),
        ("encoding: klingon\n", 1, ["'encoding'", "latin-1"]),
        ("convert: maybe\n", 1, ["'convert'", "true or false"]),
        ("line_breaks: drop\n", 1, ["'line_breaks'", "report, space, keep"]),
        ("sample_rows: -1\n", 1, ["'sample_rows'", "whole number"]),
        ("sample_rows: true\n", 1, ["'sample_rows'", "whole number"]),
        ("columns: [a]\n", 1, ["'columns'", "names of columns to types"]),
        ("columns:\n  a: nonsense\n", 1, ["'columns'", "'a'", "nonsense"]),
        ("columns:\n  a: {kind: int}\n", 1, ["'columns'", "'kind'"]),
        ("columns:\n  a: 7\n", 1, ["'columns'", "'a'"]),
        ("- delimiter\n", 1, ["has to map"]),
        ("a: b: c\n", 1, ["no YAML"]),
        ("a: 'open\n", 2, ["no YAML"]),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, words: list[str]
) -> None:
    options, faults = of_table(Choices(), "sales.orders", write(tmp_path, text))
    assert [fault.where for fault in faults] == [f"{tmp_path / FILE}:{line}"]
    for word in words:
        assert word in faults[0].message
    assert options.delimiter in ("", ";")


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert of_table(Choices(), "sales.orders", write(tmp_path, "# later\n")) == (TableOptions(), [])


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in of_table(Choices(), "a.b", str(tmp_path))[1][0].message
    (tmp_path / FILE).write_text("#" * (table_options.LARGEST + 1), encoding="utf-8")
    assert "64 KiB" in of_table(Choices(), "a.b", str(tmp_path))[1][0].message


@pytest.mark.parametrize(
    ("tables", "where", "word"),
    [
        ({"orders": {}}, "v['orders']", "<database>.<table>"),
        ({"a.b": "x"}, "v['a.b']", "has to map"),
        ({"a.b": {"quote": "xx"}}, "v['a.b'].quote", "one character"),
        ({"a.b": {"oops": 1}}, "v['a.b'].oops", "no choice"),
    ],
)
def test_faults_of_the_variable(tables: dict, where: str, word: str) -> None:
    faults = list(table_options.judge_tables(tables, "v"))
    assert [fault.where for fault in faults] == [where]
    assert word in faults[0].message


def test_a_modules_options_are_judged_at_once() -> None:
    options = {"delimiter": "ab", "quote": '"', "encoding": "klingon", "data_dir": "x"}
    with pytest.raises(TerraglueError) as caught:
        table_options.from_options(options, {"a.b": {"sample_rows": "many"}})
    assert str(caught.value).startswith("3 faults")
    sound = table_options.from_options({"delimiter": ";"}, None)
    assert sound == Choices(TableOptions(delimiter=";"), {})
