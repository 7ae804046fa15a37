# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dbt-athena: the project of the folder ``dbt``, built, built again, and with more data."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pyathena
import pytest

PROJECT = Path(__file__).parents[1] / "dbt"
DBT = Path(sys.executable).parent / "dbt"
DATABASE = "dbt_shop"
JANUARY = {
    "customers": [("Ada", 2, "12.34"), ("O'Neil", 1, "5.00")],
    "by_month": [("Ada", 2, "2024-01"), ("O'Neil", 1, "2024-01")],
    "history": [(1, "Ada"), (2, "O'Neil"), (3, "Ada")],
}


class Dbt:
    """A copy of the project, in which dbt may write."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(PROJECT, folder)
        self.folder = folder

    def run(self, *words: str, code: int = 0) -> dict[str, str]:
        """What it did: node → status."""
        done = subprocess.run(
            [str(DBT), "--no-use-colors", *words, "--profiles-dir", "."],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        results = json.loads((self.folder / "target" / "run_results.json").read_text())["results"]
        return {one["unique_id"].split(".")[2]: one["status"] for one in results}


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """What stands in the tables, sorted."""
    cursor = pyathena.connect(
        s3_staging_dir="s3://dbt-shop/checks/", schema_name=DATABASE, poll_interval=0.05
    ).cursor()
    return {
        name: sorted(cursor.execute(f"SELECT {columns} FROM {name}").fetchall())
        for name, columns in (
            ("customers", "customer, orders, CAST(amount AS varchar)"),
            ("by_month", "customer, orders, month"),
            ("history", "id, customer"),
        )
    }


def tables() -> dict[str, dict[str, Any]]:
    found = boto3.client("glue").get_tables(DatabaseName=DATABASE)["TableList"]
    return {table["Name"]: table for table in found}


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    boto3.client("s3").create_bucket(Bucket="dbt-shop")
    return Dbt(tmp_path_factory.mktemp("dbt") / "shop")


def check_builds(dbt: Dbt) -> None:
    first = dbt.run("build")
    nodes = {"raw_orders", "orders", "customers", "by_month", "history"}
    assert nodes <= set(first) and len(first) == len(nodes) + 8
    assert {first[node] for node in nodes} == {"success"}
    assert {first[node] for node in set(first) - nodes} == {"pass"}
    assert rows() == JANUARY
    made = tables()
    assert set(made) == nodes  # nothing for the time being is left
    assert made["orders"]["TableType"] == "VIRTUAL_VIEW"
    assert made["customers"]["Parameters"]["comment"] == "Who ordered"
    columns = made["customers"]["StorageDescriptor"]["Columns"]
    assert columns[0]["Comment"] == "Name of the customer"
    assert [one["Name"] for one in made["by_month"]["PartitionKeys"]] == ["month"]

    assert dbt.run("build") == first
    assert rows() == JANUARY
    assert set(tables()) == nodes

    dbt.run("build", "--vars", json.dumps({"until": "2024-02-29", "wider": True}))
    february = rows()
    assert february["customers"] == [
        ("Ada", 3, "13.40"),
        ("Grace, H.", 1, "100.10"),
        ("O'Neil", 1, "5.00"),
    ]
    new = [("Ada", 1, "2024-02"), ("Grace, H.", 1, "2024-02")]
    assert february["by_month"] == sorted([*JANUARY["by_month"], *new])
    assert february["history"] == [*JANUARY["history"], (4, "Grace, H."), (5, "Ada")]
    columns = tables()["history"]["StorageDescriptor"]["Columns"]
    assert [one["Name"] for one in columns] == ["id", "customer", "ordered_on", "amount"]


def check_a_full_refresh_and_the_catalog_for_the_documentation(dbt: Dbt) -> None:
    dbt.run("build", "--full-refresh")
    assert rows() == JANUARY
    dbt.run("docs", "generate")
    catalog = json.loads((dbt.folder / "target" / "catalog.json").read_text())
    history = catalog["nodes"]["model.shop.history"]["columns"]
    assert {name: one["type"] for name, one in history.items()} == {
        "id": "int",
        "customer": "string",
        "ordered_on": "date",
    }


def check_a_broken_test_fails_the_build(dbt: Dbt) -> None:
    seed = dbt.folder / "seeds" / "raw_orders.csv"
    seed.write_text(seed.read_text() + "1,Twice,1.00,2024-01-06\n")
    ended = dbt.run("build", "--select", "raw_orders", "orders", code=1)
    assert [name for name, status in ended.items() if status == "fail"] == ["unique_orders_id"]
