# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Athena tells of the catalog, as the API reference documents it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LocalAws, error_code

CATALOG = {"CatalogName": "AwsDataCatalog"}
TABLE: dict[str, Any] = {
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"EXTERNAL": "TRUE"},
    "PartitionKeys": [{"Name": "day", "Type": "date"}],
    "StorageDescriptor": {
        "Columns": [{"Name": "id", "Type": "int", "Comment": "Key"}],
        "Location": "s3://b/t",
        "InputFormat": "in",
        "OutputFormat": "out",
        "SerdeInfo": {"SerializationLibrary": "serde", "Parameters": {"field.delim": "|"}},
    },
}


@pytest.fixture
def athena(aws: LocalAws) -> Any:
    return aws.client("athena")


@pytest.fixture
def database(aws: LocalAws, name: str) -> str:
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": name, "Description": "Of tests"})
    for table in ("a1", "a2", "b"):
        glue.create_table(DatabaseName=name, TableInput={"Name": table, **TABLE})
    return name


def test_a_table_tells_where_it_lies_and_how_it_is_read(athena: Any, database: str) -> None:
    asked = {"DatabaseName": database.upper(), "TableName": "A1"}
    table = athena.get_table_metadata(CatalogName="awsdatacatalog", **asked)["TableMetadata"]
    assert table.pop("CreateTime").year >= 2024
    assert table.pop("LastAccessTime").year == 1970
    assert table == {
        "Name": "a1",
        "TableType": "EXTERNAL_TABLE",
        "Columns": [{"Name": "id", "Type": "int", "Comment": "Key"}],
        "PartitionKeys": [{"Name": "day", "Type": "date"}],
        "Parameters": {
            "EXTERNAL": "TRUE",
            "inputformat": "in",
            "location": "s3://b/t",
            "outputformat": "out",
            "serde.param.field.delim": "|",
            "serde.serialization.lib": "serde",
        },
    }


def test_tables_are_listed_by_pages_and_by_expression(athena: Any, database: str) -> None:
    def listed(**more: Any) -> list[str]:
        asked = {**CATALOG, "DatabaseName": database, **more}
        pages = athena.get_paginator("list_table_metadata").paginate(**asked)
        return [one["Name"] for page in pages for one in page["TableMetadataList"]]

    assert listed() == listed(PaginationConfig={"PageSize": 1}) == ["a1", "a2", "b"]
    assert listed(Expression="a.*") == ["a1", "a2"]
    wrong = {**CATALOG, "DatabaseName": database, "Expression": "*"}
    assert error_code(athena.list_table_metadata, **wrong) == "InvalidRequestException"


def test_databases(athena: Any, database: str) -> None:
    pages = athena.get_paginator("list_databases").paginate(**CATALOG)
    names = [one["Name"] for page in pages for one in page["DatabaseList"]]
    assert database in names and names == sorted(set(names))
    found = athena.get_database(**CATALOG, DatabaseName=database)["Database"]
    assert found == {"Name": database, "Description": "Of tests", "Parameters": {}}


def test_what_is_not_there_is_a_metadata_exception(athena: Any, database: str) -> None:
    absent = {"DatabaseName": database + "x"}
    asked: list[tuple[Any, dict[str, Any]]] = [
        (athena.get_table_metadata, {**CATALOG, "DatabaseName": database, "TableName": "x"}),
        (athena.get_table_metadata, {**CATALOG, **absent, "TableName": "a1"}),
        (athena.list_table_metadata, {**CATALOG, **absent}),
        (athena.get_database, {**CATALOG, **absent}),
        (athena.list_databases, {"CatalogName": "none"}),
    ]
    assert {error_code(call, **given) for call, given in asked} == {"MetadataException"}


def test_engine_versions(athena: Any) -> None:
    versions = athena.list_engine_versions()["EngineVersions"]
    assert [one["SelectedEngineVersion"] for one in versions] == ["AUTO", "Athena engine version 3"]
    assert {one["EffectiveEngineVersion"] for one in versions} == {"Athena engine version 3"}
