# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PyAthena: its cursors, and SQLAlchemy through its dialect."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import boto3
import pandas as pd
import pyathena
import pytest
import sqlalchemy as sa
from pyathena.async_cursor import AsyncCursor
from pyathena.error import DatabaseError, OperationalError
from pyathena.pandas.cursor import PandasCursor

DATABASE = "pyathena_db"
STAGING = "s3://pyathena/staging/"

PEOPLE = """
CREATE TABLE people WITH (format = 'PARQUET', partitioned_by = ARRAY['team']) AS
SELECT * FROM (VALUES
    (1, 'Ada', DECIMAL '12.34', DATE '1815-12-10', 'x'),
    (2, 'O''Neil', NULL, NULL, 'y')
) AS t (id, name, pay, born, team)
"""


def connect(**more: Any) -> Any:
    return pyathena.connect(
        s3_staging_dir=STAGING, schema_name=DATABASE, poll_interval=0.05, **more
    )


@pytest.fixture(scope="module", autouse=True)
def people() -> None:
    boto3.client("s3").create_bucket(Bucket="pyathena")
    cursor = pyathena.connect(s3_staging_dir=STAGING, poll_interval=0.05).cursor()
    cursor.execute(f"CREATE DATABASE {DATABASE}")
    connect().cursor().execute(PEOPLE)
    connect().cursor().execute(
        "CREATE VIEW grown AS SELECT id, name FROM people WHERE born < now()"
    )
    cursor.execute(
        f"CREATE EXTERNAL TABLE {DATABASE}.nested (id int COMMENT 'Key', tags array<string>,"
        " address struct<street:string,number:int>, counts map<string,int>)"
        " COMMENT 'Of everything' ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
        " LOCATION 's3://pyathena/nested/'"
    )


@pytest.fixture
def cursor() -> Iterator[Any]:
    with connect() as connection, connection.cursor() as made:
        yield made


def check_types_of_a_row(cursor: Any) -> None:
    cursor.execute("""
        SELECT true AS truth, CAST(7 AS tinyint) AS tiny, 2147483648 AS large, 1.5e0 AS real,
            CAST('12.340' AS decimal(8,3)) AS amount, 'é, "x"' AS text, '' AS empty, NULL AS nothing,
            DATE '2024-02-29' AS day, TIMESTAMP '2024-02-29 12:34:56.789' AS moment,
            X'6869' AS bytes, ARRAY[1, 2] AS list, MAP(ARRAY['a'], ARRAY[1]) AS pairs,
            CAST(ROW(1, 'x') AS row(a integer, b varchar)) AS record, JSON '{"a":[1]}' AS document
    """)
    assert [(one[0], one[1]) for one in cursor.description] == [
        ("truth", "boolean"),
        ("tiny", "tinyint"),
        ("large", "bigint"),
        ("real", "double"),
        ("amount", "decimal"),
        ("text", "varchar"),
        ("empty", "varchar"),
        ("nothing", "unknown"),
        ("day", "date"),
        ("moment", "timestamp"),
        ("bytes", "varbinary"),
        ("list", "array"),
        ("pairs", "map"),
        ("record", "row"),
        ("document", "json"),
    ]
    assert cursor.fetchall() == [
        (
            True,
            7,
            2**31,
            1.5,
            Decimal("12.340"),
            'é, "x"',
            "",
            None,
            date(2024, 2, 29),
            datetime(2024, 2, 29, 12, 34, 56, 789000),
            b"hi",
            [1, 2],
            # What Athena prints has no types: it takes these for texts.
            {"a": "1"},
            {"a": "1", "b": "x"},
            {"a": [1]},
        )
    ]
    assert cursor.state == "SUCCEEDED" and cursor.output_location.startswith(STAGING)


def check_parameters_and_pages(cursor: Any) -> None:
    by_name = "SELECT id FROM people WHERE name = %(name)s AND id IN %(ids)s"
    assert cursor.execute(by_name, {"name": "O'Neil", "ids": [1, 2]}).fetchall() == [(2,)]
    by_place = "SELECT name FROM people WHERE id = ? AND team = ?"
    found = cursor.execute(by_place, ["1", "'x'"], paramstyle="qmark").fetchall()
    assert found == [("Ada",)]
    cursor.execute("SELECT n FROM UNNEST(sequence(1, 2500)) AS t (n) ORDER BY n")
    assert [row[0] for row in cursor] == list(range(1, 2501))
    assert cursor.executemany(
        "INSERT INTO people VALUES (%(id)s, %(name)s, NULL, NULL, 'many')",
        [{"id": 8, "name": "h"}, {"id": 9, "name": "i"}],
    ) is None  # fmt: skip
    cursor.execute("SELECT count(*) FROM people WHERE team = 'many'")
    assert cursor.fetchone() == (2,)
    assert cursor.fetchone() is None


def check_what_is_wrong_is_said(cursor: Any) -> None:
    with pytest.raises(OperationalError, match="COLUMN_NOT_FOUND: line 1:8: Column 'absent'"):
        cursor.execute("SELECT absent FROM people")
    with pytest.raises(OperationalError, match="TABLE_NOT_FOUND: line 1:15"):
        cursor.execute("SELECT * FROM absent")
    with pytest.raises(DatabaseError, match="InvalidRequestException.*mismatched input"):
        cursor.execute("SELECT FROM WHERE")


@pytest.mark.parametrize("unload", [False, True])
def check_the_cursor_that_reads_the_result_object(unload: bool) -> None:
    # Its sister of Arrow reads S3 by a client of Arrow's own, to which PyAthena tells no endpoint.
    cursor = connect(cursor_class=PandasCursor, cursor_kwargs={"unload": unload}).cursor()
    cursor.execute("SELECT id, name, pay, born FROM people WHERE id < 3")
    data = cursor.as_pandas().sort_values("id", ignore_index=True)
    assert data["id"].tolist() == [1, 2]
    assert data["name"].tolist() == ["Ada", "O'Neil"]
    assert (data["pay"][0], data["pay"].isna().tolist()) == (Decimal("12.34"), [False, True])
    assert pd.Timestamp(data["born"][0]) == pd.Timestamp("1815-12-10")


def check_cancel() -> None:
    cursor = connect().cursor()
    failed = []

    def run() -> None:
        try:
            cursor.execute(
                "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a (x)"
                " CROSS JOIN UNNEST(sequence(1, 10000)) b (y)"
                " CROSS JOIN UNNEST(sequence(1, 10000)) c (z) WHERE (x * y + z) % 7 = 8"
            )
        except OperationalError as error:
            failed.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + 30
    while not cursor.query_id and time.monotonic() < deadline:
        time.sleep(0.05)
    cursor.cancel()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert failed == ["Query cancelled by user"]
    answer = boto3.client("athena").get_query_execution(QueryExecutionId=cursor.query_id)
    assert answer["QueryExecution"]["Status"]["State"] == "CANCELLED"


def check_many_at_once() -> None:
    with connect(cursor_class=AsyncCursor).cursor() as cursor:
        asked = [cursor.execute(f"SELECT {number}") for number in range(6)]
        assert [future.result().fetchall() for dummy, future in asked] == [[(n,)] for n in range(6)]


# --- SQLAlchemy -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    made = sa.create_engine(
        f"awsathena+rest://:@athena.us-east-1.amazonaws.com:443/{DATABASE}"
        f"?s3_staging_dir={STAGING}&poll_interval=0.05"
    )
    yield made
    made.dispose()


def check_reflection(engine: Any) -> None:
    inspector = sa.inspect(engine)
    assert DATABASE in inspector.get_schema_names()
    assert sorted(inspector.get_table_names(schema=DATABASE)) == ["nested", "people"]
    assert inspector.get_view_names(schema=DATABASE) == ["grown"]
    assert inspector.has_table("people", schema=DATABASE)
    assert not inspector.has_table("absent", schema=DATABASE)
    columns = {one["name"]: one for one in inspector.get_columns("people", schema=DATABASE)}
    assert list(columns) == ["id", "name", "pay", "born", "team"]
    assert isinstance(columns["id"]["type"], sa.types.INTEGER)
    assert isinstance(columns["name"]["type"], sa.types.String)
    assert str(columns["pay"]["type"]) == "DECIMAL(4, 2)"
    assert isinstance(columns["born"]["type"], sa.types.DATE)
    assert columns["team"]["dialect_options"]["awsathena_partition"] is True
    nested = {one["name"]: one for one in inspector.get_columns("nested", schema=DATABASE)}
    assert nested["id"]["comment"] == "Key"
    assert [type(nested[name]["type"]).__name__ for name in ("tags", "address", "counts")] == [
        "AthenaArray",
        "AthenaStruct",
        "AthenaMap",
    ]
    assert inspector.get_table_comment("nested", schema=DATABASE)["text"] == "Of everything"
    options = inspector.get_table_options("nested", schema=DATABASE)
    assert options["awsathena_location"] == "s3://pyathena/nested"
    assert "SELECT" in inspector.get_view_definition("grown", schema=DATABASE)
    with pytest.raises(sa.exc.NoSuchTableError):
        sa.Table("absent", sa.MetaData(schema=DATABASE), autoload_with=engine)


def check_statements_of_sqlalchemy(engine: Any) -> None:
    people = sa.Table("people", sa.MetaData(schema=DATABASE), autoload_with=engine)
    with engine.connect() as connection:
        found = connection.execute(
            sa.select(people.c.id, people.c.born)
            .where(people.c.name == "Ada")
            .order_by(people.c.id)
            .limit(5)
        ).all()
        assert [tuple(row) for row in found] == [(1, date(1815, 12, 10))]
        counted = connection.execute(sa.select(sa.func.count()).where(people.c.id.in_([1, 2])))
        assert counted.scalar_one() == 2


def check_a_table_that_sqlalchemy_makes(engine: Any) -> None:
    made = sa.Table(
        "made",
        sa.MetaData(schema=DATABASE),
        sa.Column("id", sa.Integer),
        sa.Column("name", sa.String),
        awsathena_location="s3://pyathena/made/",
        awsathena_file_format="PARQUET",
    )
    with engine.connect() as connection:
        made.create(connection)
        connection.execute(made.insert().values(id=1, name="O'Neil"))
        found = connection.execute(sa.select(made)).all()
        assert [tuple(row) for row in found] == [(1, "O'Neil")]
        made.drop(connection)
    assert not sa.inspect(engine).has_table("made", schema=DATABASE)


def check_pandas_through_sqlalchemy(engine: Any) -> None:
    read = pd.read_sql(
        sa.text("SELECT id, name FROM people WHERE id <= :most ORDER BY id"),
        engine,
        params={"most": 2},
    )
    assert read.values.tolist() == [[1, "Ada"], [2, "O'Neil"]]
