# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a module ends."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import errors


class Module:
    """Notes how it ended."""

    def __init__(self, diff: bool = False) -> None:
        self._diff = diff
        self.ended: list[dict[str, Any]] = []

    def fail_json(self, **result: Any) -> None:
        self.ended.append(result)
        raise SystemExit(1)

    def exit_json(self, **result: Any) -> None:
        self.ended.append(result)
        raise SystemExit(0)


@pytest.fixture(autouse=True)
def threshold() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_work_is_seldom_interrupted_to_look_for_garbage() -> None:
    module, seen = Module(), []

    def work(module: Any) -> dict[str, Any]:
        seen.append((gc.isenabled(), gc.get_threshold()[0]))
        return {"changed": False}

    with pytest.raises(SystemExit, match="0"):
        errors.run(module, work)
    assert (module.ended, seen) == ([{"changed": False}], [(True, errors.GARBAGE)])


def test_an_error_in_words_ends_a_module() -> None:
    module = Module()

    def work(module: Any) -> dict[str, Any]:
        raise errors.TerraglueError("No.", error_code="x")

    with pytest.raises(SystemExit, match="1"):
        errors.run(module, work)
    assert module.ended == [{"msg": "No.", "error_code": "x"}]


def test_a_diff_is_told_to_who_asks_for_it() -> None:
    for module, result in ((Module(), {}), (Module(diff=True), {"diff": [1]})):
        with pytest.raises(SystemExit, match="0"):
            errors.run(module, lambda dummy: {"changed": True, "diff": [1]})
        assert module.ended == [{"changed": True, **result}]
