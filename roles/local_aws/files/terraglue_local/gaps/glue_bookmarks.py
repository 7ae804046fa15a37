# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job bookmarks, which MiniStack lacks: what Job.commit has noted, one entry for each job."""

from __future__ import annotations

from typing import Any

from ministack.services import glue

from ..dispatch import Answer, Call, Forward, Refusal, answers, changed, done, own_store
from .glue_shared import page

_bookmarks = own_store(glue, "terraglue_job_bookmarks")
# JobBookmarkEntry of the API reference
_FIELDS = ("JobName", "Version", "Run", "Attempt", "PreviousRunId", "RunId", "JobBookmark")


def stored(job_name: str) -> dict[str, Any] | None:
    """The entry that a run begins with."""
    return _bookmarks.get(job_name)


def store(job_name: str, entry: dict[str, Any]) -> None:
    """Keep what a run has committed."""
    _bookmarks[job_name] = {
        "Version": 0,
        "Run": 0,
        "Attempt": 0,
        **{key: entry[key] for key in _FIELDS if entry.get(key) is not None},
        "JobName": job_name,
    }
    changed("glue")


def _found(call: Call) -> dict[str, Any]:
    name = call.data.get("JobName")
    if not name:
        raise Refusal("InvalidInputException", "JobName is required")
    entry = _bookmarks.get(name)
    run_id = call.data.get("RunId")
    if entry is None or (run_id and entry.get("RunId") != run_id):
        raise Refusal("EntityNotFoundException", "Requested job bookmark does not exist.")
    return dict(entry)


@answers("glue", "GetJobBookmark")
def get_job_bookmark(call: Call, forward: Forward) -> Answer:
    """EntityNotFoundException until a run has committed one."""
    return done({"JobBookmarkEntry": _found(call)})


@answers("glue", "GetJobBookmarks")
def get_job_bookmarks(call: Call, forward: Forward) -> Answer:
    """Entries of one job: the newest, which is all that is kept here."""
    name = call.data.get("JobName")
    if not name:
        raise Refusal("InvalidInputException", "JobName is required")
    names, token = page(call, [name] if name in _bookmarks else [])
    return done({"JobBookmarkEntries": [_bookmarks[one] for one in names], **token})


@answers("glue", "ResetJobBookmark")
def reset_job_bookmark(call: Call, forward: Forward) -> Answer:
    """The next run reads everything again. The entry, emptied, is the answer and stays."""
    entry = _found(call)
    store(
        entry["JobName"],
        {key: entry.get(key) for key in ("Version", "RunId")} | {"JobBookmark": "{}"},
    )
    return done({"JobBookmarkEntry": _bookmarks[entry["JobName"]]})


def forget(job_name: str) -> None:
    """A deleted job takes its bookmark along."""
    _bookmarks.pop(job_name, None)
