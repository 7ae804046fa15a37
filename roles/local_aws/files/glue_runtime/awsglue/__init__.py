# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library of AWS Glue jobs, on plain PySpark: written from scratch after AWS's documentation.

A job that runs on the local AWS finds it where AWS Glue puts its own. The modules beside this file
carry the names that scripts import; what they stand on is in ``awsglue.local``. docs/glue.md lists
every call and how far it goes.
"""

from __future__ import annotations

from awsglue.dynamicframe import DynamicFrame

__all__ = ["DynamicFrame"]
