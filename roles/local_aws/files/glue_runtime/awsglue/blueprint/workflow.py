# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workflows of a blueprint."""

from __future__ import annotations

from awsglue.local.coverage import BLUEPRINTS, class_not_covered

__all__ = ["Entities", "Workflow"]


@class_not_covered(BLUEPRINTS)
class Entities:
    """The jobs and crawlers of a workflow."""


@class_not_covered(BLUEPRINTS)
class Workflow:
    """What a blueprint makes."""
