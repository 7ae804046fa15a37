# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aws-sdk-pandas (awswrangler): data sets, the catalog and the three ways of asking Athena."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import awswrangler as wr
import pandas as pd
import pytest

DATABASE = "pandas_db"
PLACE = "s3://pandas/"


@pytest.fixture(scope="module", autouse=True)
def database() -> Iterator[None]:
    import boto3

    boto3.client("s3").create_bucket(Bucket="pandas")
    wr.catalog.create_database(DATABASE, description="of aws-sdk-pandas")
    wr.athena.create_athena_bucket()
    yield
    wr.catalog.delete_database(DATABASE)


def frame(*rows: tuple[int, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["id", "name", "day"])


def write(data: pd.DataFrame, table: str, mode: str, **more: Any) -> Any:
    return wr.s3.to_parquet(
        data,
        path=f"{PLACE}{table}/",
        dataset=True,
        database=DATABASE,
        table=table,
        partition_cols=["day"],
        mode=mode,
        **more,
    )


def ask(sql: str, **more: Any) -> list[tuple[Any, ...]]:
    """The rows, sorted."""
    data = wr.athena.read_sql_query(sql, database=DATABASE, **more)
    return sorted(data.itertuples(index=False, name=None))


def check_a_data_set_is_written_appended_and_overwritten_by_partition() -> None:
    first = write(frame((1, "a", "d1"), (2, "b", "d1"), (3, "c", "d2")), "modes", "overwrite")
    assert first["partitions_values"] == {
        f"{PLACE}modes/day=d1/": ["d1"],
        f"{PLACE}modes/day=d2/": ["d2"],
    }
    rows = "SELECT id, name, day FROM modes"
    assert ask(rows, ctas_approach=False) == [(1, "a", "d1"), (2, "b", "d1"), (3, "c", "d2")]

    write(frame((4, "d", "d3")), "modes", "append")
    assert len(ask(rows, ctas_approach=False)) == 4
    assert sorted(wr.catalog.get_partitions(DATABASE, "modes").values()) == [["d1"], ["d2"], ["d3"]]

    write(frame((5, "e", "d1")), "modes", "overwrite_partitions")
    assert ask(rows, ctas_approach=False) == [(3, "c", "d2"), (4, "d", "d3"), (5, "e", "d1")]

    write(frame((6, "f", "d9")), "modes", "overwrite")
    assert ask(rows, ctas_approach=False) == [(6, "f", "d9")]
    assert list(wr.catalog.get_partitions(DATABASE, "modes").values()) == [["d9"]]


@pytest.mark.parametrize(
    "approach",
    [
        {"ctas_approach": False},
        {"ctas_approach": True},
        {"ctas_approach": False, "unload_approach": True, "s3_output": f"{PLACE}unloaded/"},
    ],
    ids=["plain", "ctas", "unload"],
)
def check_types_come_back_as_they_were_written(approach: dict[str, Any]) -> None:
    data = pd.DataFrame(
        {
            "small": pd.array([1, None], dtype="Int16"),
            "large": pd.array([2**40, -1], dtype="Int64"),
            "real": [1.5, float("nan")],
            "amount": [Decimal("12.34"), None],
            "truth": pd.array([True, None], dtype="boolean"),
            "text": ['é, "quoted"\nline', None],
            "day": [datetime.date(2024, 2, 29), None],
            "moment": [pd.Timestamp("2024-02-29 12:34:56.789"), pd.NaT],
        }
    )
    wr.s3.to_parquet(
        data,
        path=f"{PLACE}typed/",
        dataset=True,
        database=DATABASE,
        table="typed",
        mode="overwrite",
    )
    assert wr.catalog.get_table_types(DATABASE, "typed") == {
        "small": "smallint",
        "large": "bigint",
        "real": "double",
        "amount": "decimal(4,2)",
        "truth": "boolean",
        "text": "string",
        "day": "date",
        "moment": "timestamp",
    }
    read = wr.athena.read_sql_query(
        "SELECT * FROM typed ORDER BY small", database=DATABASE, **approach
    )
    first, second = read.to_dict("records")
    assert first == {
        "small": 1,
        "large": 2**40,
        "real": 1.5,
        "amount": Decimal("12.34"),
        "truth": True,
        "text": 'é, "quoted"\nline',
        "day": datetime.date(2024, 2, 29),
        "moment": pd.Timestamp("2024-02-29 12:34:56.789"),
    }
    assert second.pop("large") == -1
    assert all(pd.isna(value) for value in second.values()), second
    # What it made on the way is gone.
    assert [t for t in tables() if t.startswith("temp_table_")] == []


def tables() -> list[str]:
    return [table["Name"] for table in wr.catalog.get_tables(database=DATABASE)]


def check_nested_types_by_ctas_and_unload() -> None:
    data = pd.DataFrame({"id": [1], "list": [[1, 2]], "record": [{"a": 1, "b": "x"}]})
    wr.s3.to_parquet(data, path=f"{PLACE}nested/", dataset=True, database=DATABASE, table="nested")
    for approach in (
        {"ctas_approach": True},
        {"ctas_approach": False, "unload_approach": True, "s3_output": f"{PLACE}unload2/"},
    ):
        read = wr.athena.read_sql_query("SELECT * FROM nested", database=DATABASE, **approach)
        assert list(read["list"][0]) == [1, 2]
        assert read["record"][0] == {"a": 1, "b": "x"}


def check_a_new_column_is_added_to_the_schema() -> None:
    write(frame((1, "a", "d1")), "evolved", "overwrite")
    wider = frame((2, "b", "d1")).assign(price=[2.5])
    with pytest.raises(wr.exceptions.InvalidArgumentValue):
        write(wider, "evolved", "append", schema_evolution=False)
    write(wider, "evolved", "append", schema_evolution=True, catalog_versioning=True)
    assert wr.catalog.get_table_types(DATABASE, "evolved")["price"] == "double"
    assert wr.catalog.get_table_number_of_versions(DATABASE, "evolved") == 2
    read = wr.athena.read_sql_query(
        "SELECT id, price FROM evolved ORDER BY id", database=DATABASE, ctas_approach=False
    )
    assert pd.isna(read["price"][0]) and read["price"][1] == 2.5


def check_a_csv_data_set() -> None:
    for data in (frame((1, "a, b", "d1")), frame((2, "", "d2"))):
        wr.s3.to_csv(
            data,
            path=f"{PLACE}csv/",
            dataset=True,
            database=DATABASE,
            table="csv",
            partition_cols=["day"],
            index=False,
            mode="append",
            sep="|",
        )
    assert ask("SELECT id, name, day FROM csv WHERE id = 1", ctas_approach=False) == [
        (1, "a, b", "d1")
    ]
    read = wr.s3.read_csv(f"{PLACE}csv/", dataset=True, sep="|", names=["id", "name"])
    assert sorted(read["id"]) == [1, 2]


def check_queries_with_parameters_and_chunks() -> None:
    write(frame(*((n, f"n{n}", "d") for n in range(2500))), "many", "overwrite")
    more = ask(
        "SELECT id FROM many WHERE name = :name",
        params={"name": "n42"},
        paramstyle="named",
        ctas_approach=False,
    )
    assert more == [(42,)]
    more = ask(
        "SELECT id FROM many WHERE id > ? AND day = ?",
        params=["2498", "'d'"],
        paramstyle="qmark",
        ctas_approach=False,
    )
    assert more == [(2499,)]
    chunks = list(
        wr.athena.read_sql_query(
            "SELECT * FROM many", database=DATABASE, ctas_approach=False, chunksize=1000
        )
    )
    assert [len(chunk) for chunk in chunks] == [1000, 1000, 500]


def check_a_failed_query_says_what_athena_says() -> None:
    with pytest.raises(wr.exceptions.QueryFailed, match="COLUMN_NOT_FOUND: line 1:8"):
        ask("SELECT nothing FROM many", ctas_approach=False)
    query = wr.athena.start_query_execution("SELECT 1 AS one", database=DATABASE)
    assert wr.athena.wait_query(query)["Status"]["State"] == "SUCCEEDED"
    assert wr.athena.get_query_results(query)["one"].tolist() == [1]


def check_the_catalog() -> None:
    write(
        frame((1, "a", "d1")),
        "described",
        "overwrite",
        glue_table_settings={
            "description": "Of people",
            "parameters": {"source": "test"},
            "columns_comments": {"id": "Key", "name": "Of the person"},
        },
    )
    assert wr.catalog.does_table_exist(DATABASE, "described")
    assert not wr.catalog.does_table_exist(DATABASE, "absent")
    assert DATABASE in wr.catalog.databases()["Database"].tolist()
    assert wr.catalog.get_table_description(DATABASE, "described") == "Of people"
    assert wr.catalog.get_table_parameters(DATABASE, "described")["source"] == "test"
    assert wr.catalog.get_columns_comments(DATABASE, "described") == {
        "id": "Key",
        "name": "Of the person",
        "day": None,
    }
    assert wr.catalog.get_table_location(DATABASE, "described") == f"{PLACE}described/"
    shown = wr.catalog.table(DATABASE, "described")
    assert shown[["Column Name", "Type", "Partition"]].values.tolist() == [
        ["id", "bigint", False],
        ["name", "string", False],
        ["day", "string", True],
    ]
    assert "described" in wr.catalog.tables(database=DATABASE)["Table"].tolist()
    found = wr.catalog.search_tables(text="described")
    assert [table["Name"] for table in found] == ["described"]
    wr.catalog.upsert_table_parameters({"more": "1"}, DATABASE, "described")
    parameters = wr.catalog.get_table_parameters(DATABASE, "described")
    assert (parameters["more"], parameters["source"]) == ("1", "test")

    wr.catalog.add_column(DATABASE, "described", "age", "int", "Years")
    assert wr.catalog.get_table_types(DATABASE, "described")["age"] == "int"
    wr.catalog.delete_column(DATABASE, "described", "age")
    assert "age" not in wr.catalog.get_table_types(DATABASE, "described")

    wr.catalog.add_parquet_partitions(DATABASE, "described", {f"{PLACE}described/day=d2/": ["d2"]})
    chosen = wr.catalog.get_parquet_partitions(DATABASE, "described", expression="day = 'd2'")
    assert chosen == {f"{PLACE}described/day=d2/": ["d2"]}
    wr.catalog.delete_partitions("described", DATABASE, [["d2"]])
    assert list(wr.catalog.get_partitions(DATABASE, "described").values()) == [["d1"]]
    wr.catalog.delete_all_partitions("described", DATABASE)
    assert wr.catalog.get_partitions(DATABASE, "described") == {}
    wr.athena.repair_table("described", DATABASE)
    assert list(wr.catalog.get_partitions(DATABASE, "described").values()) == [["d1"]]
    assert wr.athena.describe_table("described", DATABASE)["Column Name"].tolist()[:3] == [
        "id",
        "name",
        "day",
    ]
    assert "CREATE EXTERNAL TABLE" in wr.athena.show_create_table("described", DATABASE)

    assert wr.catalog.delete_table_if_exists(DATABASE, "described") is True
    assert wr.catalog.delete_table_if_exists(DATABASE, "described") is False


def check_ctas_and_metadata_of_files() -> None:
    write(frame((1, "a", "d1"), (2, "b", "d2")), "source", "overwrite")
    made = wr.athena.create_ctas_table(
        "SELECT * FROM source",
        database=DATABASE,
        ctas_table="made",
        s3_output=f"{PLACE}made",
        partitioning_info=["day"],
        storage_format="orc",
        wait=True,
    )
    assert made["ctas_table"] == "made"
    assert ask("SELECT id, day FROM made", ctas_approach=False) == [(1, "d1"), (2, "d2")]
    columns, partitions, dummy = wr.s3.store_parquet_metadata(
        path=f"{PLACE}source/", database=DATABASE, table="stored", dataset=True
    )
    assert (columns, partitions) == ({"id": "bigint", "name": "string"}, {"day": "string"})
    assert ask("SELECT id, day FROM stored", ctas_approach=False) == [(1, "d1"), (2, "d2")]
    wr.s3.delete_objects(f"{PLACE}source/")
    assert wr.s3.list_objects(f"{PLACE}source/") == []
