# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Crawlers of a blueprint."""

from __future__ import annotations

from awsglue.local.coverage import BLUEPRINTS, class_not_covered

__all__ = ["Crawler"]


@class_not_covered(BLUEPRINTS)
class Crawler:
    """A crawler of the workflow."""
