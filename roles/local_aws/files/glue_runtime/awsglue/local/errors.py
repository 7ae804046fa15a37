# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that a transformation could not take: counted when somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark import RDD, SparkContext


class Errors:
    """The failed records of each transformation, in their order."""

    def __init__(self, stages: Sequence[RDD[Any]] = ()) -> None:
        self._stages = list(stages)

    def and_those(self, more: Errors | None) -> Errors:
        """These and others."""
        return Errors([*self._stages, *(more._stages if more else ())])

    def count(self) -> int:
        return sum(stage.count() for stage in self._stages)

    def count_of_last(self) -> int:
        return self._stages[-1].count() if self._stages else 0

    def rdd(self, context: SparkContext) -> RDD[Any]:
        """All of them."""
        return context.union(list(self._stages)) if self._stages else context.parallelize([], 1)
