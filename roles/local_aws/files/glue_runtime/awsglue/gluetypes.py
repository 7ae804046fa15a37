# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of DynamicFrames as objects: what ``DynamicFrame.schema()`` answers, and scripts build.

They only describe. Their names are those that printSchema shows, and that mappings are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = [
    "ArrayType",
    "AtomicType",
    "BinaryType",
    "BooleanType",
    "ByteType",
    "ChoiceType",
    "DataType",
    "DateType",
    "DecimalType",
    "DoubleType",
    "EntityType",
    "EnumType",
    "Field",
    "FloatType",
    "IntegerType",
    "LongType",
    "MapType",
    "NullType",
    "ShortType",
    "StringType",
    "StructType",
    "TimestampType",
    "UnknownType",
]


class DataType:
    """What all types have: a name, properties, and themselves as JSON."""

    def __init__(self, properties: Mapping[str, Any] | None = None) -> None:
        self.properties = dict(properties or {})

    @classmethod
    def typeName(cls) -> str:
        """The name that printSchema shows."""
        return cls.__name__.removesuffix("Type").lower()

    def jsonValue(self) -> dict[str, Any]:
        """The type as JSON."""
        return {"dataType": self.typeName(), **self._parts(), "properties": self.properties}

    def _parts(self) -> dict[str, Any]:
        """What the JSON has besides name and properties."""
        return {}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.jsonValue() == other.jsonValue()

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inside()})"

    def _inside(self) -> str:
        return ""


class AtomicType(DataType):
    """A type with nothing inside."""

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> AtomicType:
        """The type that a JSON value describes."""
        return cls(json_value.get("properties"))


class BinaryType(AtomicType):
    """Bytes."""


class BooleanType(AtomicType):
    """True or false."""


class ByteType(AtomicType):
    """A whole number of 8 bits."""


class DateType(AtomicType):
    """A day."""


class DoubleType(AtomicType):
    """A floating-point number of 64 bits."""


class FloatType(AtomicType):
    """A floating-point number of 32 bits."""


class IntegerType(AtomicType):
    """A whole number of 32 bits."""

    @classmethod
    def typeName(cls) -> str:
        """The name that printSchema shows, which is shorter than the class's."""
        return "int"


class LongType(AtomicType):
    """A whole number of 64 bits."""


class NullType(AtomicType):
    """Nothing but nulls."""


class ShortType(AtomicType):
    """A whole number of 16 bits."""


class StringType(AtomicType):
    """Text."""


class TimestampType(AtomicType):
    """A moment."""


class UnknownType(AtomicType):
    """A type that nobody knows."""


class DecimalType(AtomicType):
    """A decimal number: so many digits in all, so many of them behind the point."""

    def __init__(
        self, precision: int = 10, scale: int = 2, properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.precision = precision
        self.scale = scale

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> DecimalType:
        """The type that a JSON value describes."""
        return cls(json_value["precision"], json_value["scale"], json_value.get("properties"))

    def _parts(self) -> dict[str, Any]:
        return {"precision": self.precision, "scale": self.scale}

    def _inside(self) -> str:
        return f"{self.precision},{self.scale}"


class EnumType(AtomicType):
    """One of some values."""

    def __init__(self, options: Sequence[Any], properties: Mapping[str, Any] | None = None) -> None:
        super().__init__(properties)
        self.options = list(options)

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> EnumType:
        """The type that a JSON value describes."""
        return cls(json_value["options"], json_value.get("properties"))

    def _parts(self) -> dict[str, Any]:
        return {"options": self.options}

    def _inside(self) -> str:
        return repr(self.options)


class ArrayType(DataType):
    """A list of values of one type, ``elementType``."""

    def __init__(
        self, elementType: DataType | None = None, properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.elementType = elementType or UnknownType()

    def _parts(self) -> dict[str, Any]:
        return {"elementType": self.elementType.jsonValue()}

    def _inside(self) -> str:
        return repr(self.elementType)


class MapType(DataType):
    """Values of one type, ``valueType``, by texts."""

    def __init__(
        self, valueType: DataType | None = None, properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.valueType = valueType or UnknownType()

    def _parts(self) -> dict[str, Any]:
        return {"valueType": self.valueType.jsonValue()}

    def _inside(self) -> str:
        return repr(self.valueType)


class ChoiceType(DataType):
    """A value of one of several types, ``choices``, each under its name."""

    def __init__(
        self, choices: Sequence[DataType] = (), properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.choices: dict[str, DataType] = {}
        for one in choices:
            self.add(one)

    def add(self, new_choice: DataType) -> None:
        """One more type; each name can be there once."""
        name = new_choice.typeName()
        if name in self.choices:
            raise ValueError(f"The choice has {name} already.")
        self.choices[name] = new_choice

    def merge(self, new_choices: ChoiceType | Sequence[DataType]) -> None:
        """Those types that are not there yet."""
        more = new_choices.choices.values() if isinstance(new_choices, ChoiceType) else new_choices
        for one in more:
            self.choices.setdefault(one.typeName(), one)

    def _parts(self) -> dict[str, Any]:
        return {"choices": [self.choices[name].jsonValue() for name in sorted(self.choices)]}

    def _inside(self) -> str:
        return "[" + ",".join(repr(self.choices[name]) for name in sorted(self.choices)) + "]"


class Field:
    """A field of a struct: ``name`` and ``dataType``."""

    def __init__(
        self, name: str, dataType: DataType, properties: Mapping[str, Any] | None = None
    ) -> None:
        self.name = name
        self.dataType = dataType
        self.properties = dict(properties or {})

    def jsonValue(self) -> dict[str, Any]:
        """The field as JSON."""
        container = self.dataType.jsonValue()
        return {"name": self.name, "container": container, "properties": self.properties}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and self.jsonValue() == other.jsonValue()

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"Field({self.name},{self.dataType})"


class StructType(DataType):
    """Fields, in their order. To go over a struct is to go over its ``fields``."""

    def __init__(
        self, fields: Sequence[Field] = (), properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.fields = list(fields)

    def add(self, field: Field) -> None:
        """One more field; each name can be there once."""
        if self.hasField(field):
            raise ValueError(f"The struct has a field {field.name} already.")
        self.fields.append(field)

    def hasField(self, field: Field | str) -> bool:
        """Whether a field of that name is there."""
        name = field.name if isinstance(field, Field) else field
        return any(one.name == name for one in self.fields)

    def getField(self, field: Field | str) -> Field:
        """The field of that name."""
        name = field.name if isinstance(field, Field) else field
        for one in self.fields:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.fields) or "no fields"
        raise KeyError(f"{name}: the struct has {known}")

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def _parts(self) -> dict[str, Any]:
        return {"fields": [one.jsonValue() for one in self.fields]}

    def _inside(self) -> str:
        return "[" + ",".join(map(repr, self.fields)) + "]"


class EntityType(DataType):
    """A named thing of another type; AWS Glue makes none."""

    def __init__(
        self, entity: str, base_type: DataType, properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.entity = entity
        self.base_type = base_type

    def _parts(self) -> dict[str, Any]:
        return {"entity": self.entity, "base_type": self.base_type.jsonValue()}

    def _inside(self) -> str:
        return f"{self.entity},{self.base_type}"
