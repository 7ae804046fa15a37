# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as people have them become tables that a query reads right."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest

from .queries import Queries

PLAY = Path(__file__).parent / "playbooks" / "data.yml"
UPLOAD, CATALOG = "Upload the data folder", "Catalog the tables of the data folder"

FILES: dict[str, bytes] = {
    "shop/orders/o.csv": b"id;price;day\n1;2.50;2024-01-31\n2;;2024-02-01",
    "shop/visits/day=2024-01-31/a.csv": b"id,n,ok\n007,1,true\n",
    "shop/visits/day=2024-02-01/a.csv.gz": gzip.compress(b"id,n,ok\r\n008,2,false\r\n"),
    "shop/legacy/l.csv": "Naïve Name,naive-name\nJosé,1\n".encode("latin-1"),
    "shop/legacy/_table.yml": b"encoding: latin-1\nconvert: true\ncolumn_names: underscore\n",
    "shop/wide/w.csv": "\ufeffid,name\n1,ü\n".encode("utf-16-le"),
    "shop/wide/_table.yml": b"convert: true\n",
    "shop/events/e.jsonl": b'{"id": 1, "Kind": "a"}\n{"id": 2, "Kind": "b"}\n',
    "shop/reviews/r.csv": '\ufeffid,"said, loud"\n1,"two\nlines"\n2,"one ""line"""\n'.encode(),
    "shop/reviews/_SUCCESS": b"",
    "shop/reviews/.hidden": b"x",
}
ROWS: dict[str, list[list[str | None]]] = {
    "orders": [["1", "2.5", "2024-01-31"], ["2", None, "2024-02-01"]],
    "visits": [["007", "1", "true", "2024-01-31"], ["008", "2", "false", "2024-02-01"]],
    "legacy": [["José", "1"]],
    "wide": [["1", "ü"]],
    "events": [["1", "a"], ["2", "b"]],
    "reviews": [["1", "two lines"], ["2", 'one "line"']],
}
TYPES = {
    "orders": ["bigint", "double", "date"],
    "visits": ["string", "bigint", "boolean"],
    "legacy": ["string", "bigint"],
    "wide": ["bigint", "string"],
    "events": ["bigint", "string"],
    "reviews": ["string", "string"],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def deploy(local_aws: Any, data: Path, *options: str, **variables: Any) -> Any:
    chosen = {
        "terraglue_prefix": "mine",
        "terraglue_data_dir": str(data),
        "terraglue_data_line_breaks": "space",
        "catalog_column_types": "infer",
        **variables,
    }
    return local_aws.play(PLAY, *options, **chosen)


def query(local_aws: Any, sql: str, workgroup: str) -> list[list[str | None]]:
    """The rows as Athena renders them, without the header."""
    return Queries(local_aws.client("athena"), WorkGroup=workgroup).answer(sql)


def tables(local_aws: Any, database: str) -> dict[str, dict[str, Any]]:
    found = local_aws.client("glue").get_tables(DatabaseName=database)["TableList"]
    return {table["Name"]: table for table in found}


def test_every_table_reads_right(local_aws: Any, data: Path) -> None:
    first = deploy(local_aws, data).ok()
    assert "shop/reviews: r.csv" in first.warnings
    assert "no quotes off" in first.warnings
    assert "legacy" in first.warnings
    assert "naive_name_2" in first.warnings
    for name, rows in ROWS.items():
        found = query(local_aws, f"SELECT * FROM mine_shop.{name}", "mine-sbx-analytics-workgroup")
        assert sorted(found, key=str) == sorted(rows, key=str), name
    made = tables(local_aws, "mine_shop")
    assert {
        name: [column["Type"] for column in table["StorageDescriptor"]["Columns"]]
        for name, table in made.items()
    } == TYPES
    comments = [c.get("Comment") for c in made["legacy"]["StorageDescriptor"]["Columns"]]
    assert comments == ["Naïve Name", "naive-name"]
    assert {name: (data / name).read_bytes() for name in FILES} == FILES
    assert deploy(local_aws, data).ok().changed == []


def test_athena_makes_the_same_tables(local_aws: Any, data: Path, tmp_path: Path) -> None:
    variables = {
        "terraglue_prefix": "other",
        "catalog_method": "athena",
        "catalog_ddl_dir": str(tmp_path / "ddl"),
    }
    deploy(local_aws, data, **variables).ok()
    ours, theirs = tables(local_aws, "mine_shop"), tables(local_aws, "other_shop")
    for name, table in ours.items():
        other = theirs[name]
        serde, others = (one["StorageDescriptor"]["SerdeInfo"] for one in (table, other))
        assert others["SerializationLibrary"] == serde["SerializationLibrary"]
        # Athena adds a serialization.format where nothing is said of it.
        assert serde["Parameters"].items() <= others["Parameters"].items()
        for part in ("Columns", "InputFormat", "OutputFormat"):
            assert other["StorageDescriptor"][part] == table["StorageDescriptor"][part], name
        assert other["PartitionKeys"] == table["PartitionKeys"]
        assert other["TableType"] == table["TableType"]
        marked = {**table["Parameters"], "terraglue:owner": "other"}
        assert marked.items() <= other["Parameters"].items()
        sql = f"SELECT * FROM other_shop.{name}"
        found = query(local_aws, sql, "other-sbx-analytics-workgroup")
        assert sorted(found, key=str) == sorted(ROWS[name], key=str), name
    written = (tmp_path / "ddl" / "other_shop" / "visits.sql").read_text(encoding="utf-8")
    assert written.startswith("CREATE EXTERNAL TABLE `other_shop`.`visits` (\n  `id` string,")
    assert "PARTITION (`day` = '2024-02-01')" in written
    again = deploy(local_aws, data, **variables).ok()
    assert again.changed == []


def test_changes_of_the_folder_change_that_alone(local_aws: Any, data: Path) -> None:
    glue = local_aws.client("glue")
    glue.create_table(
        DatabaseName="mine_shop",
        TableInput={"Name": "of_a_job", "StorageDescriptor": {"Location": "s3://mine-raw/x"}},
    )
    changed = Path(shutil.copytree(data, data.with_name("changed")))
    (changed / "shop/orders/o.csv").write_text("id;price;day;note\n1;2.5;2024-01-31;x\n", "utf-8")
    shutil.rmtree(changed / "shop/visits/day=2024-01-31")
    shutil.rmtree(changed / "shop/events")
    predicted = deploy(local_aws, changed, "--check", "--diff", catalog_prune=True).ok()
    told = predicted.diff_of(CATALOG)
    for word in ("note string", "day=2024-01-31", "mine_shop.events"):
        assert word in told
    for word in ("of_a_job", "legacy", "reviews"):
        assert word not in told
    deploy(local_aws, changed).ok()
    assert {"events", "of_a_job"} <= set(tables(local_aws, "mine_shop"))
    deploy(local_aws, changed, catalog_prune=True).ok()
    left = tables(local_aws, "mine_shop")
    assert "events" not in left
    assert "of_a_job" in left
    partitions = glue.get_partitions(DatabaseName="mine_shop", TableName="visits")["Partitions"]
    assert [one["Values"] for one in partitions] == [["2024-02-01"]]
    versions = glue.get_table_versions(DatabaseName="mine_shop", TableName="orders")
    assert len(versions["TableVersions"]) == 2
    assert deploy(local_aws, changed, catalog_prune=True).ok().changed == []


def test_a_value_beyond_the_sample_is_named(local_aws: Any, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "d" / "t" / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("id\n" + "1\n" * 200 + "x\n", encoding="utf-8")
    variables = {
        "terraglue_data_dir": str(tmp_path),
        "catalog_column_types": "infer",
        "catalog_sample_rows": 100,
    }
    told = local_aws.play("check_data.yml", **variables).failed().output
    assert f"{path}:202" in told
    assert "bigint" in told
    path.write_text("id\n" + "1\n" * 200, encoding="utf-8")
    local_aws.play("check_data.yml", **variables).ok()
