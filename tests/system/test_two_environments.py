# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two environments stand in one account, and removing one leaves the other whole."""

from __future__ import annotations

from typing import Any


def test_removing_one_environment_leaves_the_other_whole(local_aws: Any) -> None:
    local_aws.play("site.yml").ok()
    first = local_aws.contents()
    local_aws.play("site.yml", terraglue_prefix="test-two").ok()
    both = local_aws.contents()
    for kind, names in first.items():
        assert len(both[kind]) == 2 * len(names), kind
    local_aws.play("teardown.yml", terraglue_prefix="test-two").ok()
    assert local_aws.contents() == first
    assert local_aws.play("site.yml").ok().changed == []
