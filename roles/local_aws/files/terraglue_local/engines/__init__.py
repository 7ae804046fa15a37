# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engines behind the APIs stand on: Java, jars and Python packages.

Nothing here is needed to deploy. It is got when the first job runs or the first query comes, once
for each user and not for each environment, into the cache folder of the settings. Whatever is there
is used: the machine's Java, an installed pyspark.

Every function blocks, tells its progress to ``say`` line by line, and raises Unready.
"""

from __future__ import annotations

from collections.abc import Callable

Say = Callable[[str], None]


class Unready(Exception):
    """An engine cannot be had. The text says what is missing and what the user can do."""
