# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of a run: what it is called, and its bookmark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awsglue.local import bookmarks


class Job:
    """Scripts make one, init it before they read and commit it when all is written."""

    def __init__(self, glue_context: Any) -> None:
        self._glue_context = glue_context
        self._name = ""
        self._run = ""

    def init(self, job_name: str, args: Mapping[str, str] | None = None) -> None:
        """Begin: the bookmark is read."""
        self._name = job_name
        self._run = (args or {}).get("JOB_RUN_ID", "")
        bookmarks.current()

    def isInitialized(self) -> bool:
        """Whether init was called."""
        return bool(self._name)

    def commit(self) -> None:
        """Keep in the bookmark which files this run has read."""
        if not self._name:
            raise RuntimeError("job.commit() was called before job.init(name, args).")
        bookmarks.current().commit(self._name, self._run)
