# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transforms of data quality: names that can be imported here, and not called."""

from __future__ import annotations

from awsglue.local.coverage import DATA_QUALITY, class_not_covered, not_covered

__all__ = ["EvaluateDataQuality"]


@class_not_covered(DATA_QUALITY)
class EvaluateDataQuality:
    """Rules held against a frame."""

    @staticmethod
    @not_covered(DATA_QUALITY)
    def apply() -> None: ...
