# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts of a learner's own, as AWS documents the library: each runs unchanged on real Spark."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from .conftest import LocalAws
from .job_runs import JobRuns

SCRIPTS = Path(__file__).parent / "scripts"
CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
DELIMITED = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"


class Learner(JobRuns):
    """Scripts, their data and their runs, in a bucket of their own."""

    def __init__(self, aws: LocalAws) -> None:
        super().__init__(aws)
        self.s3.create_bucket(Bucket="learner")
        self.glue.create_database(DatabaseInput={"Name": "lab", "LocationUri": "s3://learner/lab/"})

    def put(self, key: str, *records: dict[str, Any]) -> None:
        text = "".join(json.dumps(record) + "\n" for record in records)
        self.s3.put_object(Bucket="learner", Key=key, Body=text.encode())

    def text_table(self, name: str, text: str, serde: str, columns: dict[str, str]) -> None:
        """A table over lines with a header, parted by commas."""
        self.s3.put_object(Bucket="learner", Key=f"text/{name}/a.csv", Body=text.encode())
        separator = "separatorChar" if serde.endswith("OpenCSVSerde") else "field.delim"
        storage = {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
            "Location": f"s3://learner/text/{name}/",
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {separator: ","}},
        }
        table = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"skip.header.line.count": "1"},
            "StorageDescriptor": storage,
        }
        self.glue.create_table(DatabaseName="lab", TableInput=table)

    def tables(self) -> list[str]:
        return [one["Name"] for one in self.glue.get_tables(DatabaseName="lab")["TableList"]]

    def columns(self, table: str) -> list[str]:
        found = self.glue.get_table(DatabaseName="lab", Name=table)["Table"]
        return [one["Name"] for one in found["StorageDescriptor"]["Columns"]]

    def partitions(self, table: str) -> list[list[str]]:
        pages = self.glue.get_partitions(DatabaseName="lab", TableName=table)
        return sorted(one["Values"] for one in pages["Partitions"])

    def files(self, prefix: str) -> list[str]:
        """The keys of files under a prefix, without those that stand for folders."""
        found = self.s3.list_objects_v2(Bucket="learner", Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in found if not one["Key"].endswith("/")]

    def job(self, script: str, **arguments: str) -> str:
        text = (SCRIPTS / script).read_text(encoding="utf-8")
        given = {f"--{key}": value for key, value in arguments.items()}
        return self.create(script.partition(".")[0], "learner", text, DefaultArguments=given)

    def run(self, job: str, **arguments: str) -> list[str]:
        """Run it to its success; the lines that it printed."""
        given = {f"--{key.replace('_', '-')}": text for key, text in arguments.items()}
        run = self.start(job, given)
        self.until(job, run, "SUCCEEDED")
        return self.lines(run)


@pytest.fixture(scope="module")
def learner(local_aws: LocalAws) -> Learner:
    return Learner(local_aws)


def test_nested_records_joined_and_taken_apart(learner: Learner) -> None:
    learner.put(
        "people/people/a.json",
        {
            "id": "p1",
            "name": "Ada",
            "born": 1950,
            "nothing": None,
            "contacts": [{"kind": "phone", "value": "1"}, {"kind": "fax", "value": "2"}],
        },
        {"id": "p2", "name": "Bea", "born": "1955", "contacts": [{"kind": "phone", "value": "3"}]},
        {"id": "p3", "name": "Cyd", "born": 1970, "contacts": []},
    )
    learner.put(
        "people/memberships/a.json",
        {"id": 1, "person_id": "p1", "house": "upper"},
        {"id": 2, "person_id": "p2", "house": "lower"},
        {"id": 3, "person_id": "p1", "house": "lower"},
        {"id": 4, "person_id": "p3", "house": "lower"},
    )
    lines = learner.run(learner.job("legislators.py", BUCKET="learner", DATABASE="lab"))
    assert "['people', 'people_contacts']" in lines
    # Ada is in two houses, so that her contacts are there twice.
    shown = [line for line in lines if re.match(r"\|\d+ *\|", line)]
    assert [line.split("|")[-2].strip() for line in shown] == ["1", "1", "2", "2", "3"]
    assert "[('lower', 2), ('upper', 1)]" in lines

    table = learner.glue.get_table(DatabaseName="lab", Name="seniors")["Table"]
    columns = [(one["Name"], one["Type"]) for one in table["StorageDescriptor"]["Columns"]]
    assert columns == [("id", "string"), ("name", "string"), ("born", "int")]
    assert table["PartitionKeys"] == [{"Name": "house", "Type": "string"}]
    assert learner.partitions("seniors") == [["lower"], ["upper"]]
    houses = learner.glue.get_table(DatabaseName="lab", Name="houses")["Table"]
    assert houses["StorageDescriptor"]["Location"].startswith("s3://learner/lab/")
    (report,) = learner.files("report/")
    body = learner.s3.get_object(Bucket="learner", Key=report)["Body"].read().decode()
    assert body == "house;n\nlower;2\nupper;1\n"


def test_bookmarks(learner: Learner) -> None:
    """Only new and changed files are read, until the bookmark is reset."""
    job = learner.job(
        "bookmarks.py", SOURCE="s3://learner/events/", TARGET="s3://learner/events-out/"
    )
    on = {"job_bookmark_option": "job-bookmark-enable"}

    learner.put("events/1.json", {"id": 1, "user": {"name": "a"}})
    assert "1 new events" in learner.run(job, **on)
    entry = learner.glue.get_job_bookmark(JobName=job)["JobBookmarkEntry"]
    assert (entry["JobName"], entry["Version"]) == (job, 1)
    learner.put("events/2.json", {"id": 2, "user": {"name": "b"}}, {"id": 3, "user": {"name": "c"}})
    assert "2 new events" in learner.run(job, **on)
    assert "0 new events" in learner.run(job, **on)
    # without bookmarks everything is read
    assert "3 new events" in learner.run(job)
    learner.glue.reset_job_bookmark(JobName=job)
    assert "3 new events" in learner.run(job, **on)


def test_every_format_and_a_module_of_the_run_alone(learner: Learner) -> None:
    """An untidy CSV table: what misses its type is a choice, until the catalog decides."""
    learner.text_table(
        "prices",
        "id,price,day\n1,1.5,mon\n2,2.5,tue\n3,unknown,tue\n",
        CSV,
        {"id": "int", "price": "double", "day": "string"},
    )
    job = learner.job("formats.py", DATABASE="lab", **{"bucket-name": "learner"})
    lines = learner.run(job, additional_python_modules="inflection==0.5.1")
    tree = lines[lines.index("root") :][:6]
    assert tree == [
        "root",
        "|-- id: int",
        "|-- price: choice",
        "|    |-- double",
        "|    |-- string",
        "|-- day: string",
    ]
    for kind in ("Csv", "Json", "Parquet", "Orc", "Avro"):
        assert f"{kind}: 3 rows, 4.0" in lines
    assert "[('mon', 1), ('tue', 2)]" in lines


def test_choices_resolved_and_fields_split(learner: Learner) -> None:
    """A price of two types becomes a decimal; the field without a value goes."""
    learner.put(
        "products/a.json",
        {"sku": "a", "price": 5, "stock": {"pieces": 1, "place": "x"}, "extra": None},
        {"sku": "b", "price": "7.5", "stock": {"pieces": 2, "place": "y"}, "extra": None},
        {"sku": "c", "price": "free", "stock": {"pieces": 3, "place": None}, "extra": None},
    )
    lines = learner.run(learner.job("choices.py", BUCKET="learner"))
    assert lines == [
        "choices: ['price']",
        "['sku string', 'price decimal', 'pieces long', 'place string']",
        # 5 is not more than 5, and a price of none is neither.
        "{'poor': 2, 'rich': 1}",
        "[(1, 'x'), (2, 'y'), (3, None)]",
        "[('a', Decimal('5.00')), ('b', Decimal('7.50')), ('c', None)]",
    ]


def test_partitioned_tables_made_read_in_part_and_tidied(learner: Learner) -> None:
    learner.put(
        "sold/first/a.json",
        {"id": 1, "year": "2024", "month": "1", "total": 10.5},
        {"id": 2, "year": "2024", "month": "2", "total": 20.0},
        {"id": 3, "year": "2024", "month": "3", "total": 5.0},
        {"id": 4, "year": "2023", "month": "1", "total": 7.25},
    )
    learner.put(
        "sold/later/a.json",
        {"id": 5, "year": "2024", "month": "4", "total": 1.0, "note": "late"},
    )
    lines = learner.run(learner.job("sinks.py", BUCKET="learner", DATABASE="lab"))
    for kind in ("orc", "avro", "json"):
        assert f"{kind}: [1, 2] 30.5 ['id', 'month', 'total', 'year']" in lines
        known = [["2023", "1"], ["2024", "1"], ["2024", "2"], ["2024", "3"]]
        if kind != "orc":
            assert learner.partitions(f"sold_{kind}") == known
            assert learner.columns(f"sold_{kind}") == ["id", "total"]
    assert "added to: [1, 2, 3, 4, 5]" in lines
    assert "[(5, 'late')]" in lines
    assert learner.columns("sold_orc") == ["id", "total", "note"]
    # Both partitions of the first months went with their files.
    assert "tidied: [2, 3, 5]" in lines
    assert learner.partitions("sold_orc") == [["2024", "2"], ["2024", "3"], ["2024", "4"]]
    folders = {key.rpartition("/")[0] for key in learner.files("sold_orc/")}
    assert folders == {f"sold_orc/year=2024/month={month}" for month in (2, 3, 4)}


def test_an_argument_that_need_not_be_given(learner: Learner) -> None:
    """And a bookmark on a table: partitions that are new are read."""
    storage = {
        "Columns": [{"Name": "id", "Type": "int"}],
        "Location": "s3://learner/visits/",
        "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
    }
    table = {
        "Name": "visits",
        "PartitionKeys": [{"Name": "day", "Type": "string"}],
        "StorageDescriptor": storage,
    }
    learner.glue.create_table(DatabaseName="lab", TableInput=table)

    def add(day: str, *ids: int) -> None:
        learner.put(f"visits/day={day}/a.json", *({"id": number} for number in ids))
        partition = {**storage, "Location": f"s3://learner/visits/day={day}/"}
        learner.glue.create_partition(
            DatabaseName="lab",
            TableName="visits",
            PartitionInput={"Values": [day], "StorageDescriptor": partition},
        )

    job = learner.job(
        "arguments.py",
        DATABASE="lab",
        TABLE="visits",
        TARGET="s3://learner/visited/",
        **{"job-bookmark-option": "job-bookmark-enable"},
    )
    add("mon", 1, 2)
    assert learner.run(job) == ["2 new, 2 kept as parquet"]
    add("tue", 3, 4, 5)
    assert learner.run(job, LIMIT="1", FORMAT="json") == ["3 new, 1 kept as json"]
    assert learner.run(job) == ["nothing new"]
    kept = {key.rpartition("/")[0]: key.rpartition(".")[2] for key in learner.files("visited/")}
    assert kept == {"visited/day=mon": "parquet", "visited/day=tue": "json"}
    (written,) = learner.files("visited/day=tue/")
    body = learner.s3.get_object(Bucket="learner", Key=written)["Body"].read()
    assert json.loads(body) == {"id": 3}


def test_tables_by_statements_alone(learner: Learner) -> None:
    """CREATE TABLE AS, INSERT and DROP TABLE reach the catalog; files of a dropped table stay."""
    cities = "name,people,country\nPorto,200,PT\nBergen,300,NO\nMadrid,3300,ES\nSevilla,680,ES\n"
    columns = {"name": "string", "people": "int", "country": "string"}
    learner.text_table("cities", cities, CSV, columns)
    learner.text_table("towns", "name\nA\n", DELIMITED, {"name": "string"})
    lines = learner.run(learner.job("statements.py", DATABASE="lab"))
    assert lines[:3] == [
        "[('ES', 2, 3980), ('NO', 1, 700), ('PT', 1, 600)]",
        # Porto was written over by Lisboa, and Oslo is in no list of cities.
        "[('Madrid', 1, 'Madrid'), ('Oslo', 2, None), ('Sevilla', 3, 'Sevilla'), ('Lisboa', 4, None)]",
        "refused: SCHEMA_NOT_EMPTY",
    ]
    assert lines[3] == "[('Roma',)]"
    assert "'cities'" in lines[4] and "'large'" in lines[4]
    assert "towns" not in lines[4] and "__" not in lines[4]

    assert "towns" not in learner.tables()
    assert learner.files("text/towns/") and learner.files("text/cities/")
    cities_now = learner.glue.get_table(DatabaseName="lab", Name="cities")["Table"]
    assert cities_now["Parameters"]["classification"] == "json"
    assert learner.columns("cities") == ["name"]
    assert learner.columns("large") == ["name", "people"]
    assert learner.partitions("large") == [["ES"], ["NO"], ["PT"]]
