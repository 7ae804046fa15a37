# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenCSVSerde with types, which Athena reads and Trino does not: to it all columns are strings.

So Trino, and Trino alone, sees such a table as a view: each column is cast from the text of the same
table under another name. Dates are days and timestamps milliseconds since 1970 there (Athena, "Open
CSV SerDe"); an empty cell is no number, and fails.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from ..dispatch import Answer, Call, Forward, content_of, done, sees_all
from ..sql.configuration import CATALOG, ENGINES_KEY
from .hive_statements import OPEN_CSV
from .trino_tokens import quoted

# Behind the name of the table: its text, as Trino reads it.
_TEXT = "$text"
# Hive's type → Trino's. What has arguments has the same in both.
_TYPES = {
    "tinyint": "tinyint",
    "smallint": "smallint",
    "int": "integer",
    "integer": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp(3)",
    "string": "varchar",
}
_WITH_ARGUMENTS = re.compile(r"(?:decimal|char|varchar)\(.*\)")
_SINCE_1970 = {
    "date": "date_add('day', CAST({} AS bigint), DATE '1970-01-01')",
    "timestamp(3)": "CAST(from_unixtime(CAST({} AS bigint) / 1e3, 'UTC') AS timestamp(3))",
}


def _trino_type(hive_type: str) -> str:
    kind = hive_type.lower().replace(" ", "")
    return kind if _WITH_ARGUMENTS.fullmatch(kind) else _TYPES.get(kind, "varchar")


def is_typed(table: dict[str, Any]) -> bool:
    """Whether a table is one that Trino would read otherwise than Athena does."""
    storage = table.get("StorageDescriptor") or {}
    serde = (storage.get("SerdeInfo") or {}).get("SerializationLibrary")
    kinds = (_trino_type(column.get("Type", "string")) for column in storage.get("Columns") or ())
    return serde == OPEN_CSV and any(kind != "varchar" for kind in kinds)


def view(table: dict[str, Any]) -> dict[str, Any]:
    """The table as Trino's view of its text."""
    chosen, columns = [], []
    keys = table.get("PartitionKeys") or []
    for column in [*table["StorageDescriptor"]["Columns"], *keys]:
        name, kind = quoted(column["Name"]), _trino_type(column.get("Type", "string"))
        # A partition's value is no text of the file: it has the form of a literal.
        cast = "CAST({} AS " + kind + ")"
        form = cast if column in keys else _SINCE_1970.get(kind, cast)
        chosen.append(f"{form.format(name)} AS {name}")
        columns.append({"name": column["Name"], "type": kind})
    source = ".".join(map(quoted, (CATALOG, table["DatabaseName"], table["Name"] + _TEXT)))
    definition = {
        "originalSql": f"SELECT {', '.join(chosen)} FROM {source}",
        "catalog": CATALOG,
        "schema": table["DatabaseName"],
        "columns": columns,
        "runAsInvoker": True,
    }
    text = base64.b64encode(json.dumps(definition).encode()).decode()
    return {
        **table,
        "TableType": "VIRTUAL_VIEW",
        "ViewOriginalText": f"/* Presto View: {text} */",
        "ViewExpandedText": "/* Presto View */",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
    }


def _is_engines(call: Call) -> bool:
    sent = {name.lower(): value for name, value in call.headers.items()}
    return f"Credential={ENGINES_KEY}/" in sent.get("authorization", "")


@sees_all("glue")
async def as_the_engine_sees_it(call: Call, go_on: Forward) -> Answer:
    """Trino's calls about typed tables of OpenCSVSerde; all others go on as they are."""
    if not _is_engines(call):
        return await go_on(call)
    text_of = {
        name: value.removesuffix(_TEXT)
        for name in ("Name", "TableName")
        if isinstance(value := call.data.get(name), str) and value.endswith(_TEXT)
    }
    answer = await go_on(call.with_data({**call.data, **text_of}) if text_of else call)
    if answer[0] != 200:
        return answer
    content = content_of(answer)
    if text_of:
        _as_text(content)
    elif call.action == "GetTables":
        content["TableList"] = [view(t) if is_typed(t) else t for t in content["TableList"]]
    elif call.action == "GetTable" and is_typed(content["Table"]):
        content["Table"] = view(content["Table"])
    return done(content)


def _as_text(content: dict[str, Any]) -> None:
    """Put the text's name for the table's into an answer: Trino compares it with what it asked for."""
    if "Table" in content:
        content["Table"]["Name"] += _TEXT
    for partition in [*content.get("Partitions", []), *filter(None, [content.get("Partition")])]:
        partition["TableName"] += _TEXT
