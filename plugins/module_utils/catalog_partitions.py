# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The partitions of a table in the Glue catalog: what is wanted, what is there, what to do. Pure.

A partition has a storage descriptor of its own: Athena refuses one whose columns are not its
table's, so they are compared as well. Source: Glue API reference, Partition actions; Athena user
guide, HIVE_PARTITION_SCHEMA_MISMATCH.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.state import differs, drift
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import (
    merged_storage,
    summary,
)

TOLD = 50  # partitions that a diff names one by one

Values = tuple[str, ...]
_COMPARED = ("columns", "location", "input_format", "output_format", "serde", "serde_parameters")


class Changes(NamedTuple):
    """PartitionInputs to create and to update, and the values of those to remove."""

    create: list[dict[str, Any]]
    update: list[dict[str, Any]]
    remove: list[Values]

    def __bool__(self) -> bool:
        return bool(self.create or self.update or self.remove)


def changes(
    wanted: Iterable[Mapping[str, Any]], actual: Iterable[Mapping[str, Any]], prune: bool
) -> Changes:
    """What turns ``actual`` into ``wanted``; what nobody wants stays unless ``prune``."""
    there = {tuple(one["Values"]): one for one in actual}
    made = Changes([], [], [])
    for one in wanted:
        found = there.pop(tuple(one["Values"]), None)
        if found is None:
            made.create.append(dict(one))
        elif differs(drift(_compared(one), _compared(found))):
            made.update.append(_mended(one, found))
    if prune:
        made.remove.extend(sorted(there))
    return made


def _compared(partition: Mapping[str, Any]) -> dict[str, Any]:
    whole = summary(partition)
    return {name: whole[name] for name in _COMPARED}


def _mended(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The PartitionInput that mends ``found``, with what others added to it."""
    parameters = {**(found.get("Parameters") or {}), **(wanted.get("Parameters") or {})}
    return {
        **wanted,
        **({"Parameters": parameters} if parameters else {}),
        "StorageDescriptor": merged_storage(
            wanted["StorageDescriptor"], found.get("StorageDescriptor") or {}
        ),
    }


def told(keys: Sequence[str], change: Changes) -> dict[str, dict[str, Any]]:
    """The change for a diff: ``{"before": {…}, "after": {…}}``, partitions as Hive writes them."""

    def lines(partitions: Iterable[Sequence[str]], mark: str = "") -> list[str]:
        named = ["/".join(f"{k}={v}" for k, v in zip(keys, values)) + mark for values in partitions]
        more = [f"… and {len(named) - TOLD} more"] if len(named) > TOLD else []
        return named[:TOLD] + more

    updated = [one["Values"] for one in change.update]
    before = lines(change.remove) + lines(updated)
    after = lines(one["Values"] for one in change.create) + lines(updated, " (mended)")
    return {
        "before": {"partitions": before} if before else {},
        "after": {"partitions": after} if after else {},
    }
