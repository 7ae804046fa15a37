# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SearchTables, which MiniStack does not implement."""

from __future__ import annotations

from typing import Any

from ministack.services import glue

from ..dispatch import Answer, Call, Forward, answers, done
from .glue_catalog import table_answer
from .glue_shared import page

# PropertyPredicate.Key → the member of a table; other keys are names of its Parameters.
_MEMBERS = {"DatabaseName": "DatabaseName", "Name": "Name", "Owner": "Owner"}


def _has_text(table: dict[str, Any], text: str) -> bool:
    """A text in double quotes is a whole name, any other a part of one."""
    columns = (table.get("StorageDescriptor") or {}).get("Columns") or []
    named = [table["Name"], table.get("Description") or "", *(one["Name"] for one in columns)]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].lower() in (one.lower() for one in named)
    return any(text.lower() in one.lower() for one in named)


def _passes(table: dict[str, Any], predicate: dict[str, Any]) -> bool:
    key, value = predicate.get("Key", ""), predicate.get("Value", "")
    if key in _MEMBERS:
        found = table.get(_MEMBERS[key])
    else:
        found = (table.get("Parameters") or {}).get(key)
    return found is not None and str(found).lower() == value.lower()


@answers("glue", "SearchTables")
def search_tables(call: Call, forward: Forward) -> Answer:
    """Tables with a text in their names, that pass all filters, by pages."""
    text = call.data.get("SearchText") or ""
    filters = call.data.get("Filters") or []
    found = [
        key
        for key, table in glue._tables.items()
        if _has_text(table, text) and all(_passes(table, one) for one in filters)
    ]
    keys, token = page(call, sorted(found), most=1000)
    return done({"TableList": [table_answer(glue._tables[key]) for key in keys], **token})
