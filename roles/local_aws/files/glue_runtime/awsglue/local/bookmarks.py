# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bookmarks: which files of a source a job has seen.

What the local AWS knows of the job lies in TERRAGLUE_BOOKMARK_FILE; ``commit`` rewrites it. Only
sources with a transformation_ctx have a bookmark, and only ``Job.commit`` moves it.
"""

from __future__ import annotations

import json
import os
from typing import Any

from awsglue.local.files import File

_ENABLE, _PAUSE = "job-bookmark-enable", "job-bookmark-pause"
Seen = dict[str, list[float]]  # path → [modified, size]


class Bookmark:
    """The bookmark of the job that runs in this process."""

    def __init__(self) -> None:
        self._option = os.environ.get("TERRAGLUE_BOOKMARK_OPTION", "")
        self._file = os.environ.get("TERRAGLUE_BOOKMARK_FILE", "")
        self._entry = self._read()
        text = self._entry.get("JobBookmark") or "{}"
        self._sources: dict[str, Seen] = json.loads(text).get("sources", {})
        self._read_now: dict[str, Seen] = {}

    def _read(self) -> dict[str, Any]:
        try:
            with open(self._file, encoding="utf-8") as file:
                entry: dict[str, Any] = json.load(file)
                return entry
        except FileNotFoundError:
            return {}

    def unseen(self, source: str, files: list[File]) -> list[File]:
        """The files of a source that are new or have changed; all, where there is no bookmark."""
        if not source or self._option not in (_ENABLE, _PAUSE):
            return files
        seen = self._sources.get(source, {})
        fresh = [file for file in files if seen.get(file.path) != [file.modified, file.size]]
        noted = self._read_now.setdefault(source, {})
        noted.update({file.path: [file.modified, file.size] for file in fresh})
        return fresh

    def commit(self, job: str, run: str) -> None:
        """Keep what was read since the last commit."""
        if self._option != _ENABLE or not self._file:
            return
        for source, noted in self._read_now.items():
            self._sources.setdefault(source, {}).update(noted)
        self._read_now.clear()
        before = self._entry
        first = before.get("RunId") != run
        self._entry = {
            "JobName": job,
            "Version": before.get("Version", 0) + 1,
            "Run": before.get("Run", 0) + first,
            "Attempt": 0,
            "PreviousRunId": before.get("RunId" if first else "PreviousRunId", ""),
            "RunId": run,
            "JobBookmark": json.dumps({"sources": self._sources}),
        }
        beside = f"{self._file}.new"
        with open(beside, "w", encoding="utf-8") as file:
            json.dump(self._entry, file)
        os.replace(beside, self._file)


_current: Bookmark | None = None


def current() -> Bookmark:
    """The one of this process."""
    global _current  # noqa: PLW0603  one process is one run
    if _current is None:
        _current = Bookmark()
    return _current
