# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data folder: what it holds, and every fault that is found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import data_check, data_folder
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.table_options import (
    Choices,
    TableOptions,
)


def make(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(root)


GOOD = {
    "sales/orders/b.csv": "Id,Price\n1,2\n",
    "sales/orders/a.csv": '"id","price"\n',
    "sales/items/x.CSV": "id\n",
    "crm/people/p.csv": "name\n",
}


def test_tables_are_read_in_order(tmp_path: Path) -> None:
    folder = data_folder.read(make(tmp_path, GOOD))
    assert folder.databases == ("crm", "sales")
    assert [(t.database, t.name, t.columns, t.files) for t in folder.tables] == [
        ("crm", "people", ("name",), ("crm/people/p.csv",)),
        ("sales", "items", ("id",), ("sales/items/x.CSV",)),
        ("sales", "orders", ("id", "price"), ("sales/orders/a.csv", "sales/orders/b.csv")),
    ]
    assert folder.tables[2].size == len(GOOD["sales/orders/a.csv"] + GOOD["sales/orders/b.csv"])


def test_hidden_files_and_marks_are_passed_by(tmp_path: Path) -> None:
    marks = {".gitkeep": "", "sales/.DS_Store": "", "sales/orders/_SUCCESS": "", ".git/a/b/c": ""}
    assert data_check.check(make(tmp_path, {**GOOD, **marks})) == []


def test_an_empty_table_folder_is_no_table(tmp_path: Path) -> None:
    make(tmp_path, GOOD)
    (tmp_path / "sales" / "later").mkdir()
    assert [table.name for table in data_folder.read(str(tmp_path)).tables][-1] == "orders"


@pytest.mark.parametrize(
    ("files", "where", "words"),
    [
        pytest.param(
            {"readme.csv": "a\n"}, "readme.csv", ["directly in the data folder"], id="root"
        ),
        pytest.param(
            {"sales/x.csv": "a\n"}, "sales/x.csv", ["database's folder"], id="too shallow"
        ),
        pytest.param(
            {"sales/orders/2024/x.csv": "a\n"},
            "sales/orders/2024",
            ["is a folder", "day=2024-01-31"],
            id="too deep",
        ),
        pytest.param(
            {"sales/orders/x.xml": "a\n"}, "sales/orders/x.xml", [".csv", ".gz"], id="extension"
        ),
        pytest.param(
            {"sales/o/Day=1/x.csv": "a\n"}, "sales/o/Day=1", ["'Day'", "lower-case"], id="key"
        ),
        pytest.param({"sales/o/day=/x.csv": "a\n"}, "sales/o/day=", ["no value"], id="no value"),
        pytest.param(
            {"sales/o/day=1/day=2/x.csv": "a\n"}, "sales/o/day=1/day=2", ["twice"], id="key twice"
        ),
        pytest.param(
            {"sales/o/day=1/x.csv": "a\n", "sales/o/y.csv": "a\n"},
            "sales/o/y.csv",
            ["lies below no partition", "day=1/x.csv", "day=…"],
            id="in and out of partitions",
        ),
        pytest.param(
            {"sales/o/day=1/x.csv": "a\n", "sales/o/year=1/x.csv": "a\n"},
            "sales/o/year=1/x.csv",
            ["below year=…", "below day=…"],
            id="other keys",
        ),
        pytest.param(
            {"sales/o/day=1/x.csv": "a,day\n"},
            "sales/o",
            ["'day'", "partition key", "column"],
            id="key is a column",
        ),
        pytest.param(
            {"sales/o/x.csv": "a\n", "sales/o/y.json": "{}\n"},
            "sales/o/y.json",
            ["x.csv", "one format"],
            id="csv and json",
        ),
        pytest.param(
            {"sales/o/x.csv": "a\n", "sales/o/_table.yml": "columns: {b: int}\n"},
            "sales/o",
            ["'b'", "no such column", "a"],
            id="wish for a column that is not there",
        ),
        pytest.param(
            {"sales/o/x.csv": "a\n", "sales/o/_table.yml": "oops: 1\n"},
            "sales/o/_table.yml:1",
            ["'oops'"],
            id="choices of the table",
        ),
        pytest.param(
            {"Sales-24/o/x.csv": "a\n"}, "Sales-24", ["database", "'sales_24'"], id="database"
        ),
        pytest.param(
            {"sales/Orders/x.csv": "a\n"}, "sales/Orders", ["table", "'orders'"], id="table"
        ),
        pytest.param({"sales/o/x.csv": ""}, "sales/o/x.csv", ["is empty"], id="empty file"),
        pytest.param({"sales/o/x.csv": "a,a\n"}, "sales/o/x.csv:1", ["same name"], id="header"),
        pytest.param(
            {"sales/o/1.csv": "a,b,c\n", "sales/o/2.csv": "a,x,c\n"},
            "sales/o/2.csv:1",
            ["column 2 is 'x' but 'b' in 1.csv"],
            id="headers differ",
        ),
        pytest.param(
            {"sales/o/1.csv": "a,b\n", "sales/o/2.csv": "a,b,c\n"},
            "sales/o/2.csv:1",
            ["3 columns but 2 in 1.csv"],
            id="headers differ in length",
        ),
    ],
)
def test_fault(tmp_path: Path, files: dict[str, str], where: str, words: list[str]) -> None:
    make(tmp_path, {"crm/people/p.csv": "name\n", **files})
    faults = data_check.check(str(tmp_path))
    assert [os.path.relpath(fault.where, tmp_path) for fault in faults] == [where]
    for word in words:
        assert word in faults[0].message


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        pytest.param("a\n".encode("utf-16"), "", "is UTF-16LE, not UTF-8", id="UTF-16"),
        pytest.param(b"a\n\xe7\n", ":2", "Latin-1", id="head, told once"),
    ],
)
def test_a_head_that_is_no_utf8(tmp_path: Path, data: bytes, line: str, words: str) -> None:
    make(tmp_path, GOOD)
    path = tmp_path / "crm" / "people" / "p.csv"
    path.write_bytes(data)
    faults = data_check.check(str(tmp_path))
    assert [fault.where for fault in faults] == [f"{path}{line}"]
    assert words in faults[0].message


def test_no_folder_and_no_data(tmp_path: Path) -> None:
    missing = data_check.check(str(tmp_path / "data"))
    assert "does not exist" in missing[0].message
    assert "no data" in data_check.check(str(tmp_path))[0].message
    make(tmp_path, {"file": ""})
    assert "is not a folder" in data_check.check(str(tmp_path / "file"))[0].message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    make(tmp_path, {"a.csv": "", "B/t/x.csv": "", "c/t/x.csv": "a,,a\n", "c/t/y.csv": "b\n"})
    with pytest.raises(TerraglueError) as caught:
        data_folder.read(str(tmp_path))
    text = str(caught.value)
    assert text.startswith("6 faults were found")
    assert [f"  {number}. " in text for number in range(1, 7)] == [True] * 6
    assert len(caught.value.details["faults"]) == 6


def test_links_are_followed_and_circles_end(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    make(outside, {"x.csv": "a\n"})
    data = tmp_path / "data"
    make(data, {"sales/orders/y.csv": "a\n"})
    (data / "sales" / "linked").symlink_to(outside)
    (data / "sales" / "orders" / "z.csv").symlink_to(outside / "x.csv")
    assert [table.files for table in data_folder.read(str(data)).tables] == [
        ("sales/linked/x.csv",),
        ("sales/orders/y.csv", "sales/orders/z.csv"),
    ]
    (data / "sales" / "circle").symlink_to(data)
    assert [fault.where for fault in data_check.check(str(data))] == [f"{data}/sales/circle/sales"]


def test_a_dangling_link_is_a_fault(tmp_path: Path) -> None:
    make(tmp_path, {"sales/orders/y.csv": "a\n"})
    (tmp_path / "sales" / "orders" / "z.csv").symlink_to(tmp_path / "nowhere")
    assert "No such file" in data_check.check(str(tmp_path))[0].message


def test_a_link_to_itself_is_a_fault_wherever_it_lies(tmp_path: Path) -> None:
    make(tmp_path, {"sales/orders/y.csv": "a\n"})
    places = [tmp_path / "sales" / "orders" / "z.csv", tmp_path / "sales" / "z", tmp_path / "z"]
    for place in places:
        place.symlink_to(place.name)
    assert {fault.where for fault in data_check.check(str(tmp_path))} == set(map(str, places))


def test_names_of_databases_whatever_is_in_them(tmp_path: Path) -> None:
    make(tmp_path, {"b/t/x.csv": "", "a/x": "", ".git/c": "", "file": ""})
    assert data_folder.database_names(str(tmp_path)) == ["a", "b"]
    assert data_folder.database_names(str(tmp_path / "none")) == []


def test_partitions(tmp_path: Path) -> None:
    folder = data_folder.read(
        make(
            tmp_path,
            {
                "s/visits/year=2024/city=S%C3%A3o%20Paulo/a.csv": "id\n1\n",
                "s/visits/year=2024/city=Rio/a.csv": "id\n",
                "s/visits/year=2024/city=Rio/b.csv": "id\n",
                "s/visits/year=2025/city=__HIVE_DEFAULT_PARTITION__/a.csv": "id\n",
            },
        )
    )
    (table,) = folder.tables
    assert [key.name for key in table.partition_keys] == ["year", "city"]
    assert [(one.values, one.folder) for one in table.partitions] == [
        (("2024", "Rio"), "year=2024/city=Rio"),
        (("2024", "São Paulo"), "year=2024/city=S%C3%A3o%20Paulo"),
        (("2025", "__HIVE_DEFAULT_PARTITION__"), "year=2025/city=__HIVE_DEFAULT_PARTITION__"),
    ]
    assert len(table.files) == 4


def test_a_delimiter_is_found_for_each_table(tmp_path: Path) -> None:
    folder = data_folder.read(
        make(
            tmp_path,
            {
                "s/semicolons/a.csv": "id;price\n1;2,5\n",
                "s/tabs/a.tsv": "id\tprice\n",
                "s/pipes/a.txt": "id|price\n1|2\n",
            },
        )
    )
    assert {table.columns for table in folder.tables} == {("id", "price")}


def test_wishes_for_columns_and_keys(tmp_path: Path) -> None:
    choice = "columns:\n  price: {type: double, comment: In euro}\n  day: date\n"
    folder = data_folder.read(
        make(
            tmp_path,
            {"s/o/day=2024-01-31/a.csv": "id,price\n", "s/o/_table.yml": choice},
        )
    )
    (table,) = folder.tables
    assert table.content.columns[1] == ("price", "double", "In euro")
    assert table.partition_keys == (("day", "date", ""),)


def test_a_choice_for_a_table_that_is_not_there(tmp_path: Path) -> None:
    choices = Choices(tables={"sales.ordres": {"delimiter": ";"}})
    (fault,) = data_check.check(make(tmp_path, GOOD), choices)
    assert "sales.ordres" in fault.where
    assert "no such table" in fault.message


def test_types_are_inferred_where_nothing_is_quoted(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "s/plain/a.csv": "id,price,day\n1,2.5,2024-01-31\n2,,2024-02-01\n",
            "s/quoted/a.csv": 'id,name\n1,"a, b"\n',
        },
    )
    folder = data_folder.read(str(tmp_path), Choices(TableOptions(column_types="infer")))
    plain, quoted = folder.tables
    assert [column.type for column in plain.content.columns] == ["bigint", "double", "date"]
    assert [column.type for column in quoted.content.columns] == ["string", "string"]
    assert [note.where for note in folder.notes] == [str(tmp_path / "s" / "quoted")]


def test_a_later_file_is_looked_at_too(tmp_path: Path) -> None:
    make(tmp_path, {"s/t/a.csv": "id\n1\n2\n", "s/t/b.csv": "id\n3\nx\n"})
    folder = data_folder.read(str(tmp_path), Choices(TableOptions(column_types="infer")))
    assert folder.tables[0].content.columns[0].type == "string"


def test_lines_of_json(tmp_path: Path) -> None:
    make(
        tmp_path, {"s/t/a.json": '{"id": 1, "Name": "x"}\n', "s/t/b.jsonl": '{"id": 2, "k": {}}\n'}
    )
    (table,) = data_folder.read(str(tmp_path)).tables
    assert table.columns == ("id", "name", "k")
