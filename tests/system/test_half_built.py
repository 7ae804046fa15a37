# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is struck dead after any task that changed something can be torn down, or mended by running again."""

from __future__ import annotations

import itertools
from typing import Any


def test_a_deploy_cut_off_after_each_task_can_be_torn_down(local_aws: Any) -> None:
    for tasks in itertools.count(1):
        # A prefix of its own each time: a key that waits for its deletion would be revived, not made.
        prefix = f"cut-{tasks}"
        run = local_aws.play("site.yml", kill_after=tasks, terraglue_prefix=prefix)
        finished = run.code == 0
        local_aws.play("teardown.yml", terraglue_prefix=prefix).ok()
        assert local_aws.contents() == {}, (
            f"left after a deploy of {tasks} tasks, the last: {run.changed[-1]}"
        )
        if finished:
            break
    assert tasks > 12, "the deploy has hardly any tasks: was it cut off at all?"


def test_a_deploy_or_teardown_cut_off_is_mended_by_running_again(local_aws: Any) -> None:
    for tasks in (3, 9):
        assert local_aws.play("site.yml", kill_after=tasks).code != 0
    local_aws.play("site.yml").ok()
    assert local_aws.play("site.yml").ok().changed == []
    assert local_aws.play("teardown.yml", kill_after=4).code != 0
    local_aws.play("teardown.yml").ok()
    assert local_aws.contents() == {}
