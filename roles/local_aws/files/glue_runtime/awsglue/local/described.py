# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of a DataFrame as those of ``awsglue.gluetypes``. Pure."""

from __future__ import annotations

from awsglue import gluetypes
from awsglue.local.schemas import is_choice, options_of
from pyspark.sql import types

_ATOMIC: dict[type[types.DataType], type[gluetypes.DataType]] = {
    types.BinaryType: gluetypes.BinaryType,
    types.BooleanType: gluetypes.BooleanType,
    types.ByteType: gluetypes.ByteType,
    types.DateType: gluetypes.DateType,
    types.DoubleType: gluetypes.DoubleType,
    types.FloatType: gluetypes.FloatType,
    types.IntegerType: gluetypes.IntegerType,
    types.LongType: gluetypes.LongType,
    types.NullType: gluetypes.NullType,
    types.ShortType: gluetypes.ShortType,
    types.StringType: gluetypes.StringType,
    types.TimestampType: gluetypes.TimestampType,
}


def struct(whole: types.StructType) -> gluetypes.StructType:
    """The fields of a frame."""
    fields = [gluetypes.Field(one.name, _described(one.dataType)) for one in whole.fields]
    return gluetypes.StructType(fields)


def _described(dtype: types.DataType) -> gluetypes.DataType:
    if is_choice(dtype):
        return gluetypes.ChoiceType([_described(one) for one in options_of(dtype)])
    if isinstance(dtype, types.StructType):
        return struct(dtype)
    if isinstance(dtype, types.ArrayType):
        return gluetypes.ArrayType(_described(dtype.elementType))
    if isinstance(dtype, types.MapType):
        return gluetypes.MapType(_described(dtype.valueType))
    if isinstance(dtype, types.DecimalType):
        return gluetypes.DecimalType(dtype.precision, dtype.scale)
    return _ATOMIC.get(type(dtype), gluetypes.UnknownType)()
