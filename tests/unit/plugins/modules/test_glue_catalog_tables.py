# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module glue_catalog_tables, run as a whole against a catalog in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import catalog_tables
from ansible_collections.terraglue.aws.plugins.modules import (
    glue_catalog_tables,
    glue_catalog_tables_info,
)
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    REGION,
    ApiCalls,
    ModuleFailed,
    run_module,
)

pytestmark = pytest.mark.usefixtures("aws", "no_pauses")

ACCOUNT = "123456789012"
FILES = {
    "sales/orders/a.csv": "id,price\n",
    "sales/items/a.csv": "id\n",
    "crm/people/a.csv": "name\n",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name, text in FILES.items():
        put(root, name, text)
    return root


@pytest.fixture
def glue(api_calls: ApiCalls) -> Any:
    return boto3.client("glue", REGION)


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def drop(root: Path, name: str) -> None:
    for path in (root / name).iterdir():
        path.unlink()
    (root / name).rmdir()


def present(data: Path | None, check: bool = False, **options: Any) -> dict[str, Any]:
    args = {"data_dir": data and str(data), "location": "s3://raw", "owner": "shop", **options}
    return run_module(glue_catalog_tables, args, check)


def absent(data: Path | None = None, check: bool = False, **options: Any) -> dict[str, Any]:
    args = {"data_dir": data and str(data), "owner": "shop", "state": "absent", **options}
    return run_module(glue_catalog_tables, args, check)


def failure(*args: Any, **options: Any) -> str:
    with pytest.raises(ModuleFailed) as caught:
        present(*args, **options)
    return str(caught.value)


def changes(result: dict[str, Any]) -> dict[str, str]:
    found = {item["name"]: item["change"] for item in result["databases"]}
    found.update({f"{t['database']}.{t['name']}": t["change"] for t in result["tables"]})
    return {name: change for name, change in found.items() if change != "unchanged"}


def titles(result: dict[str, Any]) -> list[str]:
    return [entry["after_header"].replace(" (wanted)", "") for entry in result["diff"]]


def foreign_table(glue: Any, database: str, name: str, **parameters: str) -> None:
    location = {"Location": f"s3://raw/{name}", "Columns": [{"Name": "x", "Type": "int"}]}
    glue.create_table(
        DatabaseName=database,
        TableInput={"Name": name, "StorageDescriptor": location, "Parameters": parameters},
    )


def test_create_repeat(data: Path, glue: Any, api_calls: ApiCalls) -> None:
    predicted = present(data, check=True)
    assert api_calls.changing() == []
    made = present(data)
    assert made == predicted
    assert made["changed"]
    assert set(changes(made).values()) == {"created"}
    assert titles(made) == [
        "database crm",
        "table crm.people",
        "database sales",
        "table sales.items",
        "table sales.orders",
    ]
    assert made["tables"][2] == {
        "database": "sales",
        "name": "orders",
        "location": "s3://raw/sales/orders",
        "columns": ["id", "price"],
        "types": ["string", "string"],
        "partitions": 0,
        "change": "created",
    }
    table = glue.get_table(DatabaseName="sales", Name="orders")["Table"]
    assert table["Parameters"]["terraglue:owner"] == "shop"
    assert glue.get_database(Name="sales")["Database"]["LocationUri"] == "s3://raw/sales"
    arn = f"arn:aws:glue:{REGION}:{ACCOUNT}:database/sales"
    assert glue.get_tags(ResourceArn=arn)["Tags"]["terraglue:owner"] == "shop"

    api_calls.clear()
    again = present(data)
    assert not again["changed"]
    assert (changes(again), again["diff"]) == ({}, [])
    assert api_calls.changing() == []
    # Three calls for each database, whatever the number of its tables.
    assert sorted(api_calls.names()) == sorted(
        ["GetCallerIdentity", *["GetDatabase", "GetTags", "GetTables"] * 2]
    )


def test_tables_as_wanted_are_given_to_no_thread(
    data: Path, glue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(data, "sales/parts/day=1/a.csv", "id\n")
    first = present(data)
    given: list[list[Any]] = []

    def in_parallel(work: Any, items: Any) -> list[Any]:
        given.append(list(items))
        return [work(item) for item in given[-1]]

    monkeypatch.setattr(catalog_tables, "in_parallel", in_parallel)
    again = present(data)
    # A partitioned table is asked for its partitions.
    assert [table.name for dummy, table, actual in given[-1]] == ["parts"]
    assert (again["changed"], again["diff"]) == (False, [])
    assert again["tables"] == [{**table, "change": "unchanged"} for table in first["tables"]]


def test_prefix_names_the_database_and_not_the_place(data: Path, glue: Any) -> None:
    present(data, database_prefix="test_", location="s3://raw/files/")
    table = glue.get_table(DatabaseName="test_sales", Name="orders")["Table"]
    assert table["StorageDescriptor"]["Location"] == "s3://raw/files/sales/orders"
    present(data)
    absent(data, database_prefix="test_")
    assert {d["Name"] for d in glue.get_databases()["DatabaseList"]} == {"crm", "sales"}


def test_further_databases(data: Path, glue: Any) -> None:
    extra = [
        {"name": "sot", "description": "Curated", "location": "s3://sot/sot"},
        {"name": "sales", "description": "Ours"},
    ]
    assert changes(present(data, databases=extra))["sot"] == "created"
    database = glue.get_database(Name="sales")["Database"]
    assert (database["Description"], database["LocationUri"]) == ("Ours", "s3://raw/sales")
    assert not present(data, databases=extra)["changed"]
    assert present(None, databases=[{"name": "alone"}])["changed"]
    assert not present(None, databases=[{"name": "alone"}])["changed"]


def mend(data: Path, api_calls: ApiCalls) -> dict[str, Any]:
    """Check mode names the drift and changes nothing, a run mends it, another finds nothing."""
    api_calls.clear()
    predicted = present(data, check=True)
    assert api_calls.changing() == []
    mended = present(data)
    assert mended == predicted
    assert not present(data)["changed"]
    return mended


def edit_table(glue: Any, change: Any) -> None:
    table = glue.get_table(DatabaseName="sales", Name="orders")["Table"]
    kept = ("Name", "TableType", "Parameters", "StorageDescriptor", "PartitionKeys")
    edited = {key: table[key] for key in kept if key in table}
    change(edited)
    glue.update_table(DatabaseName="sales", TableInput=edited)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda t: t["StorageDescriptor"]["Columns"][1].update(Type="double"), "columns"),
        (lambda t: t["StorageDescriptor"].update(Location="s3://other/x"), "location"),
        (lambda t: t["Parameters"].pop("skip.header.line.count"), "parameters"),
        (
            lambda t: t["StorageDescriptor"]["SerdeInfo"]["Parameters"].update(separatorChar=";"),
            "serde_parameters",
        ),
    ],
)
def test_a_table_edited_by_hand(
    data: Path, glue: Any, api_calls: ApiCalls, change: Any, named: str
) -> None:
    present(data)
    edit_table(glue, change)
    result = mend(data, api_calls)
    assert changes(result) == {"sales.orders": "updated"}
    assert titles(result) == ["table sales.orders"]
    assert list(result["diff"][0]["after"]) == [named]


def test_a_database_edited_by_hand(data: Path, glue: Any, api_calls: ApiCalls) -> None:
    present(data)
    settings = {"Name": "sales", "Description": "mine", "Parameters": {"kept": "yes"}}
    glue.update_database(Name="sales", DatabaseInput=settings)
    result = mend(data, api_calls)
    assert changes(result) == {"sales": "updated"}
    assert result["diff"][0]["before"]["description"] == "mine"
    assert glue.get_database(Name="sales")["Database"]["Parameters"] == {"kept": "yes"}


def test_tags_are_mended_and_those_of_others_stay(
    data: Path, glue: Any, api_calls: ApiCalls
) -> None:
    present(data, tags={"Team": "a"})
    arn = f"arn:aws:glue:{REGION}:{ACCOUNT}:database/sales"
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["Team", "ManagedBy"])
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"Other": "b"})
    result = present(data, tags={"Team": "a"})
    assert titles(result) == ["database sales"]
    assert result["diff"][0]["before"] == {"tags": {}}
    assert result["diff"][0]["after"] == {"tags": {"ManagedBy": "terraglue.aws", "Team": "a"}}
    assert glue.get_tags(ResourceArn=arn)["Tags"]["Other"] == "b"
    purged = present(data, tags={"Team": "a"}, purge_tags=True)
    assert purged["diff"][0]["before"] == {"tags": {"Other": "b"}}
    assert "Other" not in glue.get_tags(ResourceArn=arn)["Tags"]


def test_a_new_header_changes_the_columns(data: Path, api_calls: ApiCalls) -> None:
    present(data)
    put(data, "sales/orders/a.csv", "id,price,day\n")
    result = mend(data, api_calls)
    assert result["diff"][0]["after"] == {"columns": ["id string", "price string", "day string"]}


def test_prune_takes_our_tables_alone(data: Path, glue: Any) -> None:
    present(data)
    foreign_table(glue, "sales", "made_by_a_job")
    drop(data, "sales/items")
    assert not present(data)["changed"]
    assert changes(present(data, check=True, prune=True)) == {"sales.items": "removed"}
    assert changes(present(data, prune=True)) == {"sales.items": "removed"}
    left = {table["Name"] for table in glue.get_tables(DatabaseName="sales")["TableList"]}
    assert left == {"made_by_a_job", "orders"}
    assert not present(data, prune=True)["changed"]


def test_a_database_of_others(data: Path, glue: Any, api_calls: ApiCalls) -> None:
    glue.create_database(DatabaseInput={"Name": "sales"}, Tags={"terraglue:owner": "someone"})
    api_calls.clear()
    told = failure(data)
    for word in ("database sales", "'someone'", "catalog_adopt"):
        assert word in told
    assert api_calls.changing() == []
    gone = absent(data)
    assert not gone["changed"]
    assert "database sales" in gone["left_alone"][0]
    assert gone["warnings"] == gone["left_alone"]
    assert present(data, adopt=["sales"])["changed"]
    assert not present(data)["changed"]


def test_a_table_of_others(data: Path, glue: Any, api_calls: ApiCalls) -> None:
    present(None, databases=[{"name": "sales"}])
    foreign_table(glue, "sales", "orders")
    api_calls.clear()
    told = failure(data)
    for word in ("table sales.orders", "carries no owner", "catalog_adopt", "sales,"):
        assert word in told
    assert api_calls.changing() == []
    assert changes(present(data, adopt=["sales"]))["sales.orders"] == "updated"
    assert not present(data)["changed"]


def test_without_an_owner_nobody_asks(data: Path, glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": "sales"})
    foreign_table(glue, "sales", "orders")
    assert changes(present(data, owner=None))["sales.orders"] == "updated"
    assert absent(data, owner=None)["changed"]
    assert glue.get_databases()["DatabaseList"] == []


@pytest.mark.parametrize("operation", ["CreateTable", "CreateDatabase"])
def test_what_appears_between_look_and_call_is_mended(
    data: Path, glue: Any, api_calls: ApiCalls, operation: str
) -> None:
    """As when a call is sent twice, or another run does the same."""
    present(data)
    hidden = "GetTables" if operation == "CreateTable" else "GetDatabase"
    if operation == "CreateTable":
        api_calls.answer(hidden, {"TableList": []}, times=2)
    else:
        api_calls.fail(hidden, "EntityNotFoundException", times=2)
    result = present(data)
    assert operation in api_calls.names()
    assert not present(data)["changed"]
    kind = [item["change"] for item in result["tables" if hidden == "GetTables" else "databases"]]
    assert set(kind) == {"unchanged"}


def test_absent(data: Path, glue: Any, api_calls: ApiCalls) -> None:
    present(data)
    foreign_table(glue, "sales", "made_by_a_job")
    glue.create_database(DatabaseInput={"Name": "other"})
    api_calls.clear()
    predicted = absent(check=True)
    assert api_calls.changing() == []
    gone = absent()
    assert gone == predicted
    assert set(changes(gone)) == {
        *("crm", "crm.people", "sales", "sales.orders", "sales.items", "sales.made_by_a_job")
    }
    assert set(changes(gone).values()) == {"removed"}
    assert [d["Name"] for d in glue.get_databases()["DatabaseList"]] == ["other"]
    assert not absent()["changed"]
    assert not absent(data)["changed"]


def test_absent_by_folder_ignores_faults_and_other_databases(data: Path, glue: Any) -> None:
    present(data, databases=[{"name": "sot"}])
    put(data, "sales/orders/a.csv", "")
    assert {d["name"] for d in absent(data)["databases"]} == {"crm", "sales"}
    assert {d["name"] for d in absent(databases=[{"name": "sot"}])["databases"]} == {"sot"}


def test_absent_with_prune_takes_the_owners_other_databases_and_names_strangers(
    data: Path, glue: Any
) -> None:
    present(data, databases=[{"name": "sot"}])
    glue.create_database(DatabaseInput={"Name": "legal"})
    gone = absent(data, databases=[{"name": "legal"}], prune=True)
    assert {database["name"] for database in gone["databases"]} == {"crm", "sales", "sot"}
    assert "legal" in " ".join(gone["left_alone"])
    assert [found["Name"] for found in glue.get_databases()["DatabaseList"]] == ["legal"]


def test_absent_without_the_folder_warns(tmp_path: Path) -> None:
    gone = absent(tmp_path / "none")
    assert not gone["changed"]
    assert "names no database" in gone["warnings"][0]


def test_tables_go_by_hundreds_and_their_errors_are_told(
    data: Path, glue: Any, api_calls: ApiCalls
) -> None:
    for number in range(150):
        put(data, f"sales/t{number:03}/a.csv", "id\n")
    present(data)
    error = {"ErrorCode": "AccessDeniedException", "ErrorMessage": "not you"}
    api_calls.answer("BatchDeleteTable", {"Errors": [{"TableName": "t1", "ErrorDetail": error}]})
    with pytest.raises(ModuleFailed) as caught:
        absent(databases=[{"name": "sales"}])
    assert "t1: not you (AccessDeniedException)" in str(caught.value)
    batches = [
        given["TablesToDelete"] for name, given in api_calls.made if name == "BatchDeleteTable"
    ]
    assert [len(batch) for batch in batches] == [100, 52]
    assert "DeleteDatabase" not in api_calls.names()
    assert absent(databases=[{"name": "sales"}])["changed"]


@pytest.mark.parametrize(
    ("operation", "action", "resource"),
    [
        ("GetDatabase", "glue:GetDatabase", "database crm"),
        ("CreateDatabase", "glue:CreateDatabase", "database "),
        ("CreateTable", "glue:CreateTable", "table crm.people"),
    ],
)
def test_denied(
    data: Path, api_calls: ApiCalls, operation: str, action: str, resource: str
) -> None:
    api_calls.deny(operation)
    drop(data, "sales/orders")
    drop(data, "sales/items")
    told = failure(data)
    assert told.startswith(f"Access denied: {action} on {resource}")


def test_bad_input_is_told_at_once_and_before_any_call(data: Path, api_calls: ApiCalls) -> None:
    put(data, "sales/orders/a.csv", "id,,id\n")
    extra = [{"name": "S-1"}, {"name": "a", "location": "raw"}, {"name": "a"}]
    told = failure(data, location="raw", database_prefix="A-", databases=extra)
    for word in (
        "location: 'raw'",
        "database_prefix: ",
        "databases[0].name: ",
        "databases[1].location: ",
        "databases: 'a' is listed twice",
        "orders/a.csv:1: column 2 has no name",
        "orders/a.csv:1: column 3 has the same name",
    ):
        assert word in told
    assert "quote: " in failure(data, quote="''")
    assert api_calls.made == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"data_dir": None}, "Nothing to make"),
        ({"data_dir": ""}, "Nothing to make"),
        ({"location": None}, "data_dir needs location"),
        ({"owner": None, "prune": True}, "prune needs owner"),
    ],
)
def test_options_that_lack_another(data: Path, options: dict[str, Any], words: str) -> None:
    args = {"data_dir": str(data), "location": "s3://raw", "owner": "shop", **options}
    with pytest.raises(ModuleFailed, match=words):
        run_module(glue_catalog_tables, args)


def test_without_a_region(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "Set AWS_REGION" in failure(data, region=None)


def test_absent_of_nothing() -> None:
    with pytest.raises(ModuleFailed, match="Nothing to remove"):
        absent(owner=None)


def test_a_separator_of_one_s_own(data: Path, glue: Any) -> None:
    put(data, "sales/orders/a.csv", "id;price\n")
    present(data, separator=";")
    storage = glue.get_table(DatabaseName="sales", Name="orders")["Table"]["StorageDescriptor"]
    assert [column["Name"] for column in storage["Columns"]] == ["id", "price"]
    assert storage["SerdeInfo"]["Parameters"]["separatorChar"] == ";"


def test_info(data: Path, glue: Any) -> None:
    present(data)
    glue.create_database(DatabaseInput={"Name": "other"})
    foreign_table(glue, "other", "orders")
    every = run_module(glue_catalog_tables_info, {})
    assert [database["name"] for database in every["databases"]] == ["crm", "other", "sales"]
    assert not every["changed"]
    ours = run_module(glue_catalog_tables_info, {"owner": "shop", "tables": ["orders"]})
    assert [database["owner"] for database in ours["databases"]] == ["shop", "shop"]
    (table,) = ours["tables"]
    assert table["columns"] == [
        {"name": "id", "type": "string"},
        {"name": "price", "type": "string"},
    ]
    assert (table["owner"], table["location"]) == ("shop", "s3://raw/sales/orders")
    assert table["serde"].endswith("OpenCSVSerde")
    told = run_module(glue_catalog_tables_info, {"statements": True})
    statements = {one["name"]: one.get("statement", "")[:40] for one in told["databases"]}
    assert statements["sales"].startswith("CREATE DATABASE IF NOT EXISTS `sales`")
    assert "statement" not in every["databases"][0]
    made = {f"{t['database']}.{t['name']}": t.get("statement") for t in told["tables"]}
    assert made["sales.orders"].startswith(
        "CREATE EXTERNAL TABLE `sales`.`orders` (\n  `id` string,"
    )
    assert made["other.orders"] is None  # it has no SerDe
    named = run_module(glue_catalog_tables_info, {"databases": ["other", "none"]}, check=True)
    assert [table["owner"] for table in named["tables"]] == [None]
