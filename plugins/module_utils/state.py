# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired and actual state: compare them and put the difference into words. Pure.

A state is a JSON-like mapping. Only what is desired is compared: AWS adds defaults and bookkeeping
of its own, and those are nobody's drift. ``None`` as a desired value means "not set".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_UNSET: tuple[Any, ...] = (None, "", [], {})


def drop_none(value: Any) -> Any:
    """The same structure without keys whose value is None, at any depth."""
    if isinstance(value, Mapping):
        return {key: drop_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [drop_none(item) for item in value]
    return value


def matches(desired: Any, actual: Any) -> bool:
    """Whether ``actual`` has all that ``desired`` asks for."""
    if desired in _UNSET and actual in _UNSET:
        return True
    if isinstance(desired, Mapping) and isinstance(actual, Mapping):
        return all(matches(item, actual.get(key)) for key, item in desired.items())
    if isinstance(desired, (list, tuple)) and isinstance(actual, (list, tuple)):
        return len(desired) == len(actual) and all(map(matches, desired, actual))
    return bool(desired == actual)


def exactly(wanted: Mapping[str, Any], found: Mapping[str, Any] | None) -> dict[str, Any]:
    """``wanted`` as a whole: what ``found`` has besides is to go, so it is desired as None."""
    return {**dict.fromkeys(found or {}), **wanted}


def drift(
    desired: Mapping[str, Any], actual: Mapping[str, Any] | None
) -> dict[str, dict[str, Any]]:
    """What differs, as ``{"before": {...}, "after": {...}}`` of the keys that differ alone.

    Nested mappings are narrowed in the same way, so that a changed argument shows as one line. An
    ``actual`` of None is a resource that does not exist: all of ``desired`` is in "after".
    """
    if actual is None:
        return {"before": {}, "after": drop_none(dict(desired))}
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for key, wanted in desired.items():
        found = actual.get(key)
        if matches(wanted, found):
            continue
        if isinstance(wanted, Mapping) and isinstance(found, Mapping) and wanted:
            inner = drift(wanted, found)
            before[key], after[key] = inner["before"], inner["after"]
        else:
            if found not in _UNSET:
                before[key] = found
            if wanted not in _UNSET:
                after[key] = wanted
    return {"before": before, "after": after}


def differs(change: Mapping[str, Any]) -> bool:
    """Whether a drift says that anything is to be done."""
    return bool(change["before"] or change["after"])


def described(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of a module's ``diff``, headed by the resource's name."""
    return {
        "before_header": f"{name} (now)",
        "after_header": f"{name} (wanted)",
        "before": dict(before),
        "after": dict(after),
    }


def removal(name: str, actual: Mapping[str, Any]) -> dict[str, Any]:
    """The ``diff`` of a resource that goes."""
    return described(name, drop_none(dict(actual)), {})
