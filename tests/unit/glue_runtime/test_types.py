# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types as objects, as scripts look at them and build them; and names that can only be imported."""

from __future__ import annotations

import importlib
from typing import Any, Callable

import pytest

Read = Callable[..., Any]
# One record of each: the price is a number here and a text there.
RECORDS = (
    '{"id": 1, "price": 2, "who": {"name": "a"}, "tags": ["x"], "big": 5000000000, "n": null}\n'
    '{"id": 2, "price": "3", "who": {"name": "b"}, "tags": [], "big": 6000000000, "n": null}\n'
)


@pytest.fixture
def types(glue: Any) -> Any:
    return importlib.import_module("awsglue.gluetypes")


def test_the_schema_of_a_frame(read: Read, types: Any) -> None:
    schema = read(RECORDS).schema()
    assert schema == types.StructType(
        [
            types.Field("id", types.IntegerType()),
            types.Field("price", types.ChoiceType([types.StringType(), types.IntegerType()])),
            types.Field("who", types.StructType([types.Field("name", types.StringType())])),
            types.Field("tags", types.ArrayType(types.StringType())),
            types.Field("big", types.LongType()),
            types.Field("n", types.NullType()),
        ]
    )
    assert schema != types.StructType(schema.fields[1:])
    # What scripts do with it.
    names = {field.name: field.dataType.typeName() for field in schema}
    assert names == {
        "id": "int",
        "price": "choice",
        "who": "struct",
        "tags": "array",
        "big": "long",
        "n": "null",
    }
    assert isinstance(schema.getField("price").dataType, types.ChoiceType)
    assert sorted(schema.getField("price").dataType.choices) == ["int", "string"]
    assert schema.hasField("who") and not schema.hasField("whom")
    with pytest.raises(KeyError, match="whom: the struct has id, price, who"):
        schema.getField("whom")


def test_numbers_and_maps_of_a_data_frame(glue: Any, types: Any) -> None:
    from awsglue.dynamicframe import DynamicFrame

    frame = glue.spark_session.sql(
        "SELECT CAST(1 AS decimal(7,3)) AS d, map('a', CAST(1 AS double)) AS m, DATE'2024-01-02' AS t"
    )
    schema = DynamicFrame.fromDF(frame, glue).schema()
    assert schema.getField("d").dataType == types.DecimalType(7, 3)
    assert schema.getField("d").dataType != types.DecimalType(7, 2)
    assert schema.getField("m").dataType == types.MapType(types.DoubleType())
    assert schema.getField("t").dataType == types.DateType()


def test_a_mapping_by_the_names_of_the_types(read: Read) -> None:
    """Renaming one field and naming the types of all others is a habit of scripts."""
    frame = read(RECORDS)
    mappings = [
        (field.name, field.dataType.typeName(), field.name.upper(), field.dataType.typeName())
        for field in frame.schema()
        if field.dataType.typeName() != "null"
    ]
    mapped = frame.apply_mapping(mappings)
    assert [field.name for field in mapped.schema()] == ["ID", "PRICE", "WHO", "TAGS", "BIG"]
    before = [field.dataType for field in frame.schema()][:5]
    assert [field.dataType for field in mapped.schema()] == before


def test_types_as_json(types: Any) -> None:
    schema = types.StructType(
        [
            types.Field("id", types.IntegerType()),
            types.Field("prices", types.ArrayType(types.DecimalType())),
        ]
    )
    assert schema.jsonValue() == {
        "dataType": "struct",
        "fields": [
            {
                "name": "id",
                "container": {"dataType": "int", "properties": {}},
                "properties": {},
            },
            {
                "name": "prices",
                "container": {
                    "dataType": "array",
                    "elementType": {
                        "dataType": "decimal",
                        "precision": 10,
                        "scale": 2,
                        "properties": {},
                    },
                    "properties": {},
                },
                "properties": {},
            },
        ],
        "properties": {},
    }
    decimal = types.DecimalType(5, 1, {"unit": "EUR"})
    assert types.DecimalType.fromJsonValue(decimal.jsonValue()) == decimal
    assert types.LongType.fromJsonValue(types.LongType().jsonValue()) == types.LongType()


def test_choices_and_structs_take_a_name_once(types: Any) -> None:
    choice = types.ChoiceType([types.StringType()])
    with pytest.raises(ValueError, match="has string already"):
        choice.add(types.StringType())
    choice.merge([types.StringType(), types.LongType()])
    assert sorted(choice.choices) == ["long", "string"]
    struct = types.StructType()
    struct.add(types.Field("a", types.StringType()))
    with pytest.raises(ValueError, match="has a field a already"):
        struct.add(types.Field("a", types.LongType()))
    assert len(struct) == 1


@pytest.mark.parametrize(
    ("module", "name", "call"),
    [
        ("awsglue.blueprint.job", "Job", lambda job: job(Name="a", Role="r", Command={})),
        ("awsglue.blueprint.crawler", "Crawler", lambda crawler: crawler("a")),
        ("awsglue.blueprint.workflow", "Entities", lambda entities: entities(Jobs=[])),
        ("awsglue.blueprint.workflow", "Workflow", lambda workflow: workflow(Name="a")),
        ("awsgluedq.transforms", "EvaluateDataQuality", lambda rules: rules()),
        ("awsgluedq.transforms", "EvaluateDataQuality", lambda rules: rules.apply(frame=None)),
    ],
)
def test_names_that_can_only_be_imported(glue: Any, module: str, name: str, call: Any) -> None:
    thing = getattr(importlib.import_module(module), name)
    page = "https://docs.aws.amazon.com/glue/latest/dg/"
    with pytest.raises(NotImplementedError, match=rf"{name}\b.* is not available.*{page}"):
        call(thing)
