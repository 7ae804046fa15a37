# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules of awsglue stand on; no script imports from here."""

from __future__ import annotations


def install() -> None:
    """Make every Spark session of this process see the Data Catalog; the launcher calls it."""
    from awsglue.local import sql_sessions

    sql_sessions.install()
