# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Glue Data Catalog as its API reference documents it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LocalAws, error_code

COLUMNS = [{"Name": "id", "Type": "string"}]
DESCRIPTOR: dict[str, Any] = {
    "Columns": COLUMNS,
    "Location": "s3://bucket/db/table",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "Parameters": {"separatorChar": ","},
    },
}


@pytest.fixture
def glue(aws: LocalAws) -> Any:
    return aws.client("glue")


@pytest.fixture
def database(glue: Any, name: str) -> str:
    glue.create_database(DatabaseInput={"Name": name})
    return name


def _create(glue: Any, database: str, table: str = "t", **more: Any) -> None:
    given = {"Name": table, "StorageDescriptor": DESCRIPTOR, **more}
    glue.create_table(DatabaseName=database, TableInput=given)


def _update(glue: Any, database: str, **more: Any) -> None:
    options = {key: more.pop(key) for key in ("SkipArchive", "VersionId") if key in more}
    glue.update_table(DatabaseName=database, TableInput={"Name": "t", **more}, **options)


def test_a_database_answers_what_was_given_and_its_tags(glue: Any, name: str) -> None:
    glue.create_database(
        DatabaseInput={"Name": name.upper(), "Parameters": {"a": "1"}}, Tags={"owner": name}
    )
    found = glue.get_database(Name=name)["Database"]
    assert found["Name"] == name and found["Parameters"] == {"a": "1"}
    assert not {"Description", "LocationUri"} & set(found)
    assert found["CreateTableDefaultPermissions"][0]["Permissions"] == ["ALL"]
    arn = f"arn:aws:glue:us-east-1:000000000000:database/{name}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"owner": name}
    again = error_code(glue.create_database, DatabaseInput={"Name": name})
    assert again == "AlreadyExistsException"

    glue.update_database(Name=name, DatabaseInput={"Name": name, "Description": "new"})
    changed = glue.get_database(Name=name)["Database"]
    assert changed["Description"] == "new" and "Parameters" not in changed

    glue.delete_database(Name=name)
    assert error_code(glue.get_tags, ResourceArn=arn) == "EntityNotFoundException"
    glue.create_database(DatabaseInput={"Name": name})
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {}


def test_a_table_has_the_defaults_and_nothing_empty(glue: Any, database: str) -> None:
    _create(glue, database, Parameters={"EXTERNAL": "TRUE"})
    table = glue.get_table(DatabaseName=database, Name="t")["Table"]
    assert not {"Owner", "Description", "ViewOriginalText", "TableType"} & set(table)
    assert (table["VersionId"], table["Retention"]) == ("0", 0)
    descriptor = table["StorageDescriptor"]
    assert {key: descriptor[key] for key in DESCRIPTOR} == DESCRIPTOR
    defaults = ("Compressed", "NumberOfBuckets", "SortColumns", "StoredAsSubDirectories")
    assert [descriptor[key] for key in defaults] == [False, 0, [], False]
    listed = glue.get_tables(DatabaseName=database)["TableList"]
    assert listed == [table]


def test_what_get_table_answers_can_be_written_back(glue: Any, database: str) -> None:
    _create(glue, database, PartitionKeys=[{"Name": "day", "Type": "string"}])
    table = glue.get_table(DatabaseName=database, Name="t")["Table"]
    members = glue.meta.service_model.shape_for("TableInput").members
    again = {key: value for key, value in table.items() if key in members}
    glue.update_table(DatabaseName=database, TableInput=again)
    after = glue.get_table(DatabaseName=database, Name="t")["Table"]
    assert {key: after[key] for key in again} == again


def test_update_table_replaces_and_archives(glue: Any, database: str) -> None:
    _create(glue, database, Description="one", Parameters={"a": "1"})
    _update(glue, database, StorageDescriptor=DESCRIPTOR, Owner="me")
    table = glue.get_table(DatabaseName=database, Name="t")["Table"]
    assert table["Owner"] == "me" and table["VersionId"] == "1"
    assert "Description" not in table and "Parameters" not in table
    _update(glue, database, StorageDescriptor=DESCRIPTOR, SkipArchive=True)

    versions = glue.get_table_versions(DatabaseName=database, TableName="t")["TableVersions"]
    assert [version["VersionId"] for version in versions] == ["2", "0"]
    assert versions[1]["Table"]["Description"] == "one"
    first = glue.get_table_version(DatabaseName=database, TableName="t", VersionId="0")
    assert first["TableVersion"]["Table"]["Parameters"] == {"a": "1"}
    glue.delete_table_version(DatabaseName=database, TableName="t", VersionId="0")
    left = glue.get_table_versions(DatabaseName=database, TableName="t")["TableVersions"]
    assert [version["VersionId"] for version in left] == ["2"]


def test_a_stale_version_is_refused(glue: Any, database: str) -> None:
    _create(glue, database)
    given = {"Name": "t", "StorageDescriptor": DESCRIPTOR}
    glue.update_table(DatabaseName=database, TableInput=given, VersionId="0")
    stale = error_code(glue.update_table, DatabaseName=database, TableInput=given, VersionId="0")
    assert stale == "ConcurrentModificationException"


def test_what_is_missing_is_not_found(glue: Any, database: str, name: str) -> None:
    nowhere = name + "x"
    table = {"Name": "t", "StorageDescriptor": DESCRIPTOR}
    not_found = "EntityNotFoundException"
    for call, arguments in (
        (glue.update_table, {"DatabaseName": database, "TableInput": table}),
        (glue.create_table, {"DatabaseName": nowhere, "TableInput": table}),
        (glue.get_table, {"DatabaseName": database, "Name": "t"}),
        (glue.delete_table, {"DatabaseName": database, "Name": "t"}),
        (glue.get_tables, {"DatabaseName": nowhere}),
        (glue.batch_delete_table, {"DatabaseName": nowhere, "TablesToDelete": ["t"]}),
        (glue.delete_database, {"Name": nowhere}),
        (glue.get_partitions, {"DatabaseName": database, "TableName": "t"}),
    ):
        assert error_code(call, **arguments) == not_found, call


def test_batch_delete_lists_what_was_not_there(glue: Any, database: str) -> None:
    _create(glue, database)
    answer = glue.batch_delete_table(DatabaseName=database, TablesToDelete=["t", "u"])
    assert [error["TableName"] for error in answer["Errors"]] == ["u"]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert glue.get_tables(DatabaseName=database)["TableList"] == []


def test_tables_come_in_pages_and_by_expression(glue: Any, database: str) -> None:
    for number in range(5):
        _create(glue, database, f"t{number}")
    pages = glue.get_paginator("get_tables").paginate(
        DatabaseName=database, PaginationConfig={"PageSize": 2}
    )
    sizes = [[table["Name"] for table in page["TableList"]] for page in pages]
    assert sizes == [["t0", "t1"], ["t2", "t3"], ["t4"]]
    some = glue.get_tables(DatabaseName=database, Expression="t[12]")["TableList"]
    assert [table["Name"] for table in some] == ["t1", "t2"]


def test_names_are_folded_to_lowercase(glue: Any, database: str) -> None:
    _create(glue, database.upper(), "MyTable")
    found = glue.get_table(DatabaseName=database.title(), Name="MYTABLE")["Table"]
    assert (found["DatabaseName"], found["Name"]) == (database, "mytable")


def test_partitions(glue: Any, database: str) -> None:
    _create(glue, database, PartitionKeys=[{"Name": "day", "Type": "string"}])
    where = {"DatabaseName": database, "TableName": "t"}

    def partition(day: str, location: str) -> dict[str, Any]:
        return {"Values": [day], "StorageDescriptor": {**DESCRIPTOR, "Location": location}}

    glue.batch_create_partition(
        **where, PartitionInputList=[partition("1", "s3://b/1"), partition("2", "s3://b/2")]
    )
    glue.update_partition(
        **where, PartitionValueList=["1"], PartitionInput=partition("1", "s3://b/new")
    )
    found = glue.get_partition(**where, PartitionValues=["1"])["Partition"]
    assert found["StorageDescriptor"]["Location"] == "s3://b/new"
    assert found["StorageDescriptor"]["NumberOfBuckets"] == 0
    both = [
        len(
            glue.get_partitions(**where, Segment={"SegmentNumber": n, "TotalSegments": 2})[
                "Partitions"
            ]
        )
        for n in (0, 1)
    ]
    assert both == [2, 0]
    doomed = [{"Values": ["1"]}, {"Values": ["9"]}]
    answer = glue.batch_delete_partition(**where, PartitionsToDelete=doomed)
    assert [error["PartitionValues"] for error in answer["Errors"]] == [["9"]]
    missing = error_code(glue.delete_partition, **where, PartitionValues=["1"])
    assert missing == "EntityNotFoundException"
    assert [one["Values"] for one in glue.get_partitions(**where)["Partitions"]] == [["2"]]


def test_a_partition_has_a_value_for_each_key_and_they_are_its_own(
    glue: Any, database: str
) -> None:
    _create(glue, database, PartitionKeys=[{"Name": "day", "Type": "string"}])
    where = {"DatabaseName": database, "TableName": "t"}
    answer = glue.batch_create_partition(
        **where, PartitionInputList=[{"Values": ["1"]}, {"Values": ["2", "x"]}, {"Values": ["3"]}]
    )
    errors = [(one["PartitionValues"], one["ErrorDetail"]["ErrorCode"]) for one in answer["Errors"]]
    assert errors == [(["2", "x"], "InvalidInputException")]
    wrong = {"Values": ["4", "x"]}
    assert error_code(glue.create_partition, **where, PartitionInput=wrong) == errors[0][1]
    move = {**where, "PartitionValueList": ["1"]}
    assert error_code(glue.update_partition, **move, PartitionInput=wrong) == errors[0][1]
    taken = error_code(glue.update_partition, **move, PartitionInput={"Values": ["3"]})
    assert taken == "AlreadyExistsException"
    glue.update_partition(**move, PartitionInput={"Values": ["5"]})
    values = [one["Values"] for one in glue.get_partitions(**where)["Partitions"]]
    assert sorted(values) == [["3"], ["5"]]


def test_partitions_without_their_columns(glue: Any, database: str) -> None:
    _create(glue, database, PartitionKeys=[{"Name": "day", "Type": "string"}])
    where = {"DatabaseName": database, "TableName": "t"}
    given = {"Values": ["1"], "StorageDescriptor": DESCRIPTOR}
    glue.create_partition(**where, PartitionInput=given)
    (short,) = glue.get_partitions(**where, ExcludeColumnSchema=True)["Partitions"]
    assert "Columns" not in short["StorageDescriptor"]
    assert short["StorageDescriptor"]["Location"] == DESCRIPTOR["Location"]
    (whole,) = glue.get_partitions(**where)["Partitions"]
    assert whole["StorageDescriptor"]["Columns"] == COLUMNS


def test_column_statistics_by_names_of_any_case(glue: Any, database: str) -> None:
    _create(glue, database)
    where = {"DatabaseName": database.upper(), "TableName": "T"}
    numbers = {"MaximumLength": 9, "AverageLength": 4.5, "NumberOfNulls": 1}
    data = {
        "Type": "STRING",
        "StringColumnStatisticsData": {**numbers, "NumberOfDistinctValues": 7},
    }
    given = {"ColumnName": "id", "ColumnType": "string", "AnalyzedTime": 0, "StatisticsData": data}
    glue.update_column_statistics_for_table(**where, ColumnStatisticsList=[given])
    read = glue.get_column_statistics_for_table(
        DatabaseName=database, TableName="t", ColumnNames=["id"]
    )
    assert [one["StatisticsData"] for one in read["ColumnStatisticsList"]] == [data]
    glue.delete_column_statistics_for_table(**where, ColumnName="id")
    read = glue.get_column_statistics_for_table(**where, ColumnNames=["id"])
    assert read["ColumnStatisticsList"] == []
    absent = {**where, "TableName": "x", "ColumnNames": ["id"]}
    missing = error_code(glue.get_column_statistics_for_table, **absent)
    assert missing == "EntityNotFoundException"


def test_security_configurations(glue: Any, name: str) -> None:
    key = "arn:aws:kms:us-east-1:000000000000:key/1"
    encryption = {
        "S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": key}],
        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": key},
        "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": key},
    }
    glue.create_security_configuration(Name=name, EncryptionConfiguration=encryption)
    found = glue.get_security_configuration(Name=name)["SecurityConfiguration"]
    assert found["EncryptionConfiguration"] == encryption
    again = error_code(
        glue.create_security_configuration, Name=name, EncryptionConfiguration=encryption
    )
    assert again == "AlreadyExistsException"
    listed = glue.get_security_configurations()["SecurityConfigurations"]
    assert name in [one["Name"] for one in listed]
    glue.delete_security_configuration(Name=name)
    for call in (glue.get_security_configuration, glue.delete_security_configuration):
        assert error_code(call, Name=name) == "EntityNotFoundException"
