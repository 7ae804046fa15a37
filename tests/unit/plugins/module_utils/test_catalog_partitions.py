# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Partitions wanted and there: what is made, mended, removed, and how it is told."""

from __future__ import annotations

from typing import Any

from ansible_collections.terraglue.aws.plugins.module_utils.catalog_partitions import (
    TOLD,
    changes,
    told,
)


def partition(*values: str, column: str = "id", **more: Any) -> dict[str, Any]:
    return {
        "Values": list(values),
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": "string"}],
            "Location": f"s3://raw/t/day={'/'.join(values)}",
            "SerdeInfo": {"SerializationLibrary": "x", "Parameters": {"separatorChar": ","}},
        },
        **more,
    }


def test_what_is_there_as_wanted_stays() -> None:
    there = partition("1", CreationTime="now", Parameters={"rows": "7"})
    assert not changes([partition("1")], [there], prune=True)


def test_new_ones_are_made_and_strange_ones_stay_until_pruned() -> None:
    wanted, there = [partition("1"), partition("2")], [partition("1"), partition("0")]
    assert [one["Values"] for one in changes(wanted, there, prune=False).create] == [["2"]]
    assert changes(wanted, there, prune=False).remove == []
    assert changes(wanted, there, prune=True).remove == [("0",)]


def test_other_columns_are_mended_and_what_others_added_is_kept() -> None:
    there = partition("1", column="old", Parameters={"rows": "7"})
    change = changes([partition("1")], [there], prune=False)
    assert (change.create, change.remove) == ([], [])
    (mended,) = change.update
    assert mended["StorageDescriptor"]["Columns"] == [{"Name": "id", "Type": "string"}]
    assert mended["Parameters"] == {"rows": "7"}


def test_told_as_hive_writes_them() -> None:
    change = changes(
        [partition("2024", "1"), partition("2024", "3", column="b")],
        [partition("2024", "2"), partition("2024", "3", column="a")],
        prune=True,
    )
    assert told(["year", "month"], change) == {
        "before": {"partitions": ["year=2024/month=2", "year=2024/month=3"]},
        "after": {"partitions": ["year=2024/month=1", "year=2024/month=3 (mended)"]},
    }
    assert told(["day"], changes([], [], prune=True)) == {"before": {}, "after": {}}


def test_many_are_counted() -> None:
    change = changes([partition(str(number)) for number in range(TOLD + 3)], [], prune=False)
    lines = told(["day"], change)["after"]["partitions"]
    assert len(lines) == TOLD + 1
    assert lines[-1] == "… and 3 more"
