# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values and columns of Trino's answers as Athena shows them. Pure.

Reference: GetQueryResults, ColumnInfo; the values are VarCharValue's text.
"""

from __future__ import annotations

import base64
import decimal
import re
from collections.abc import Callable, Mapping
from typing import Any, Optional

Render = Callable[[Any], Optional[str]]

# Trino's type → (Athena's, precision, scale); None is the type's own first argument.
_TYPES: dict[str, tuple[str, int | None, int]] = {
    "boolean": ("boolean", 0, 0),
    "tinyint": ("tinyint", 3, 0),
    "smallint": ("smallint", 5, 0),
    "integer": ("integer", 10, 0),
    "bigint": ("bigint", 19, 0),
    "real": ("float", 17, 0),
    "double": ("double", 17, 0),
    "char": ("char", None, 0),
    "varchar": ("varchar", None, 0),
    "timestamp": ("timestamp", 3, 0),
    "timestamp with time zone": ("timestamp with time zone", 3, 0),
    "time": ("time", 3, 0),
    "time with time zone": ("time with time zone", 3, 0),
    "varbinary": ("varbinary", 1073741824, 0),
}
_FRACTION = re.compile(r"(\d{2}:\d{2}:\d{2})(?:\.(\d+))?")


def java_double(value: float | str) -> str:
    """A double as Java prints it: 1.0, 0.001, 1.0E7, 1.0E-4, NaN, Infinity."""
    if isinstance(value, str):  # what JSON has no number for
        return value
    text = repr(float(value))
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return format(decimal.Decimal(text), "f") if "e" in text else text
    sign, digits, exponent = decimal.Decimal(text).normalize().as_tuple()
    mantissa = "".join(map(str, digits))
    power = int(exponent) + len(mantissa) - 1
    return f"{'-' if sign else ''}{mantissa[0]}.{mantissa[1:] or '0'}E{power}"


def _in_milliseconds(value: str) -> str:
    """Times have three digits behind the second, whatever their precision."""
    return _FRACTION.sub(lambda m: f"{m.group(1)}.{(m.group(2) or '')[:3]:0<3}", value, count=1)


def _arguments(signature: Mapping[str, Any]) -> list[Any]:
    return [argument["value"] for argument in signature.get("arguments") or ()]


def _array(signature: Mapping[str, Any]) -> Render:
    of = _renderer(_arguments(signature)[0])
    return lambda value: "[" + ", ".join(_inner(of, one) for one in value) + "]"


def _map(signature: Mapping[str, Any]) -> Render:
    key, of = map(_renderer, _arguments(signature))
    return lambda value: (
        "{" + ", ".join(f"{_inner(key, k)}={_inner(of, v)}" for k, v in value.items()) + "}"
    )


def _row(signature: Mapping[str, Any]) -> Render:
    fields = []
    for number, field in enumerate(_arguments(signature)):
        name = (field.get("fieldName") or {}).get("name", f"field{number}")
        fields.append((name, _renderer(field["typeSignature"])))
    return lambda value: (
        "{" + ", ".join(f"{n}={_inner(of, one)}" for (n, of), one in zip(fields, value)) + "}"
    )


def _inner(render: Render, value: Any) -> str:
    return "null" if value is None else str(render(value))


def _renderer(signature: Mapping[str, Any]) -> Render:
    kind = signature["rawType"]
    nested = {"array": _array, "map": _map, "row": _row}.get(kind)
    if nested is not None:
        return nested(signature)
    if kind in ("double", "real"):
        return java_double
    if kind == "boolean":
        return lambda value: "true" if value in (True, "true") else "false"
    if kind == "varbinary":
        return lambda value: base64.b64decode(value).hex(" ")
    if kind.startswith("time"):
        return _in_milliseconds
    return str


def renderer(column: Mapping[str, Any]) -> Render:
    """The function from a value of this column, as Trino's JSON has it, to Athena's text."""
    render = _renderer(column["typeSignature"])
    return lambda value: None if value is None else render(value)


def column_info(column: Mapping[str, Any]) -> dict[str, Any]:
    """ColumnInfo without its constant members."""
    signature = column["typeSignature"]
    kind, arguments = signature["rawType"], _arguments(signature)
    if kind == "decimal":
        name, precision, scale = "decimal", arguments[0], arguments[1]
    else:
        name, fixed, scale = _TYPES.get(kind, (kind, 0, 0))
        precision = arguments[0] if fixed is None else fixed
    return {"Name": column["name"], "Type": name, "Precision": precision, "Scale": scale}
