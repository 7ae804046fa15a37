# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all plans share: options, names, the question of whose a resource is, and the result.

A plan reads one kind of resource, judges ownership, compares what is with what is wanted, and says
what is to be done. It changes nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.errors import DENIED, NotOurs
from ansible_collections.terraglue.aws.plugins.module_utils.placeholders import fill
from ansible_collections.terraglue.aws.plugins.module_utils.session import Caller
from ansible_collections.terraglue.aws.plugins.module_utils.state import described
from ansible_collections.terraglue.aws.plugins.module_utils.tags import (
    foreign,
    is_ours,
    left_alone,
    tag_changes,
)


def name_options() -> dict[str, dict[str, Any]]:
    """The options that say what placeholders in names stand for."""
    return {"prefix": {"type": "str"}, "variables": {"type": "dict", "default": {}}}


def plan_options() -> dict[str, dict[str, Any]]:
    """The options of every plan."""
    return {
        **name_options(),
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "owner": {"type": "str"},
        "adopt": {"type": "list", "elements": "str", "default": []},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge_tags": {"type": "bool", "default": False},
    }


def stands_for(who: Caller, params: Mapping[str, Any]) -> dict[str, str]:
    """What each placeholder stands for: the caller's place, the prefix and the user's variables.

    A variable may itself speak of the built-in ones, but cannot replace them.
    """
    built_in = who.placeholders()
    if params["prefix"]:
        built_in["prefix"] = params["prefix"]
    variables = {name: fill(str(value), built_in) for name, value in params["variables"].items()}
    return {**variables, **built_in}


class Found(NamedTuple):
    """A resource that exists: its kind for messages, its name and its tags."""

    kind: str
    name: str
    tags: Mapping[str, str]


class Ownership(NamedTuple):
    """Whose resources are: the environment, and the names that it takes over."""

    owner: str | None
    adopt: frozenset[str]
    variable: str

    @classmethod
    def of(cls, params: Mapping[str, Any], variable: str, values: Mapping[str, str]) -> Ownership:
        """From a plan's options; names to adopt may hold placeholders like all names.

        ``variable`` is the role's variable of names to adopt.
        """
        adopt = frozenset(fill(name, values) for name in params["adopt"])
        return cls(params["owner"], adopt, variable)

    def ours(self, found: Found) -> bool:
        """Whether the resource is the environment's already."""
        return is_ours(found.tags, self.owner)

    def require(self, resources: Iterable[Found]) -> None:
        """Stop when any of the resources is neither ours nor to be adopted, naming all of them."""
        strangers = [
            found for found in resources if found.name not in self.adopt and not self.ours(found)
        ]
        if not strangers:
            return
        said = [foreign(kind, name, tags, self.owner or "") for kind, name, tags in strangers]
        them = "its name" if len(strangers) == 1 else "their names"
        raise NotOurs(
            f"{'. '.join(said)}. Nothing was changed. To take over what is yours, add {them} to"
            f" {self.variable} (in a task of your own: the module's adopt option); otherwise choose"
            " another name or prefix.",
            not_ours=[
                {"kind": kind, "name": name, "found_tags": dict(tags)}
                for kind, name, tags in strangers
            ],
        )

    def removable(self, found: Found, passed_by: list[dict[str, str]]) -> bool:
        """Whether a removal may touch the resource; what it may not is told in ``passed_by``."""
        if self.ours(found):
            return True
        passed_by.append(
            {
                "name": found.name,
                "reason": left_alone(found.kind, found.name, found.tags, self.owner or ""),
            }
        )
        return False


def tag_drift(
    current: Mapping[str, str], wanted: Mapping[str, str], purge: bool
) -> tuple[dict[str, str], dict[str, str]]:
    """The tags that differ, before and after."""
    changes = tag_changes(current, wanted, purge)
    touched = [*changes.to_set, *changes.to_remove]
    return {name: current[name] for name in touched if name in current}, changes.to_set


def entry(kind: str, name: str, change: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A drift as one entry of the ``diff``."""
    return described(f"{kind} {name}", change["before"], change["after"])


def touched(change: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The settings that a drift touches: ``["encryption", "public_access_block"]``."""
    return list(dict.fromkeys([*change["before"], *change["after"]]))


def words(change: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The same for people: ``["encryption", "public access block"]``."""
    return [name.replace("_", " ") for name in touched(change)]


def conclude(
    module: Any,
    who: Caller,
    diff: list[dict[str, Any]],
    left: Iterable[Mapping[str, str]] = (),
    **rest: Any,
) -> dict[str, Any]:
    """The result of a plan. In check mode it stands for the tasks that are skipped there.

    Outside check mode the tasks that follow report what they change; the plan changes nothing, so
    it says so. ``left`` is what was passed by, each told as a warning.
    """
    passed_by = [dict(item) for item in left]
    for item in passed_by:
        module.warn(item["reason"])
    result = {
        "account_id": who.account,
        "region": who.region,
        "partition": who.partition,
        "left_alone": passed_by,
        **rest,
        "changed": bool(module.check_mode and diff),
    }
    if module.check_mode:
        result["diff"] = diff
    return result


def denied(error: Exception) -> bool:
    """Whether AWS refused for want of a permission."""
    return getattr(error, "details", {}).get("error_code") in DENIED
