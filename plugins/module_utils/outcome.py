# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules answer: the result of one that looks after a resource, the list of one that reads.

A change is what ``state.drift`` answers: ``{"before": {...}, "after": {...}}`` in the words of the
module's options, so that a user finds in the diff what the task says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.terraglue.aws.plugins.module_utils import session, state
from ansible_collections.terraglue.aws.plugins.module_utils.tags import TagChanges, is_ours

# Mappings whose keys are the user's own words and not names of the API.
_USERS_OWN = ["DefaultArguments", "NonOverridableArguments", "CodeGenConfigurationNodes", "Tags"]


def tagging(current: Mapping[str, str], changes: TagChanges) -> dict[str, dict[str, Any]]:
    """A change that names the tags that are set or removed, and no other."""
    touched = [name for name in (*changes.to_set, *changes.to_remove) if name in current]
    before = {name: current[name] for name in touched}
    return {
        "before": {"tags": before} if before else {},
        "after": {"tags": dict(changes.to_set)} if changes.to_set else {},
    }


def together(*changes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Several changes of one resource as one."""
    whole: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
    for change in changes:
        whole["before"].update(change["before"])
        whole["after"].update(change["after"])
    return whole


def names(change: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What changes, as sorted dotted names: ``["default_arguments.--TempDir", "timeout"]``."""

    def leaves(value: Any, path: tuple[str, ...]) -> Iterable[str]:
        if isinstance(value, Mapping):
            for key, item in value.items():
                yield from leaves(item, (*path, key))
        else:
            yield ".".join(path)

    return sorted({name for side in change.values() for name in leaves(side, ())})


def changed(
    kind: str, name: str, change: Mapping[str, Mapping[str, Any]], resource: Mapping[str, Any]
) -> dict[str, Any]:
    """The result of a resource that is present: changed when anything differed.

    ``resource`` is what AWS answers, or what it is expected to answer in check mode.
    """
    return {
        "changed": state.differs(change),
        "changes": names(change),
        "diff": state.described(name, change["before"], change["after"]),
        kind: dict(resource),
    }


def gone(kind: str, name: str, actual: Mapping[str, Any] | None) -> dict[str, Any]:
    """The result of a resource that is absent: changed when ``actual`` was there to be removed."""
    return {
        "changed": actual is not None,
        "changes": [] if actual is None else ["state"],
        "diff": state.removal(name, actual or {}),
        kind: {},
    }


def kept(kind: str, name: str, resource: Mapping[str, Any], why: str) -> dict[str, Any]:
    """The result of a removal that passed by, with the reason as its message."""
    change: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
    return {**changed(kind, name, change, resource), "msg": why}


def snake(resource: Mapping[str, Any], arn: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """A resource of the API as modules return it, with its ARN and tags."""
    plain = camel_dict_to_snake_dict(dict(resource), ignore_list=_USERS_OWN)
    return {**plain, "arn": arn, "tags": dict(tags)}


def read(
    names: Sequence[str] | None,
    get: Callable[[str], dict[str, Any] | None],
    list_all: Callable[[], list[dict[str, Any]]] = list,
) -> list[dict[str, Any]]:
    """Resources of the API by name, in parallel and without the missing; all when no name is given."""
    if names is None:
        return list_all()
    return [each for each in session.in_parallel(get, dict.fromkeys(names)) if each]


def listed(resources: Iterable[dict[str, Any]], owner: str | None) -> list[dict[str, Any]]:
    """Resources as an info module returns them: those of the owner, sorted by name."""
    ours = [each for each in resources if is_ours(each["tags"], owner)]
    return sorted(ours, key=lambda each: str(each["name"]))
