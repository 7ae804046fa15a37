# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of a blueprint."""

from __future__ import annotations

from awsglue.local.coverage import BLUEPRINTS, class_not_covered

__all__ = ["Job"]


@class_not_covered(BLUEPRINTS)
class Job:
    """A job of the workflow."""
