# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Glue's logger says: lines for the error log of the run."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timezone


class GlueLogger:
    """The logger of GlueContext.get_logger."""

    def __init__(self) -> None:
        self._file = os.environ.get("TERRAGLUE_LOGGER_FILE", "")

    def _say(self, level: str, message: object) -> None:
        moment = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
        line = f"{moment} {level} GlueLogger: {message}\n"
        if not self._file:
            sys.stderr.write(line)
            return
        with open(self._file, "a", encoding="utf-8") as file:
            file.write(line)

    def debug(self, message: object) -> None:
        """Nothing: the level is INFO, as on Glue."""

    def info(self, message: object) -> None:
        """A line of level INFO."""
        self._say("INFO", message)

    def warn(self, message: object) -> None:
        """A line of level WARN."""
        self._say("WARN", message)

    warning = warn

    def error(self, message: object) -> None:
        """A line of level ERROR."""
        self._say("ERROR", message)
