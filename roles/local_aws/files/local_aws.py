# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, stop, wipe or show the local AWS: ``python local_aws.py start|stop|wipe|status``."""

from __future__ import annotations

import sys

from terraglue_local.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
