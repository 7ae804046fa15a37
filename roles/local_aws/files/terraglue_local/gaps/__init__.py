# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What MiniStack 1.5.33 lacks or does differently from AWS, one file per service area.

Beside each gap stands what AWS documents (the page of the API reference is the action's name unless
said otherwise). A gap that a newer MiniStack closes is deleted here when the pin moves.
"""

from __future__ import annotations

import importlib

AREAS = (
    "athena",
    "athena_lists",
    "athena_metadata",
    "athena_queries",
    "athena_typed_csv",
    "glue_catalog",
    "glue_bookmarks",
    "glue_job_runs",
    "glue_jobs",
    "glue_search",
    "glue_triggers",
    "iam",
    "kms",
    "logs",
    "s3",
    "tagging",
)


def load() -> None:
    """Import every area: its gaps register themselves, its ``mend`` (if any) replaces functions."""
    for area in AREAS:
        module = importlib.import_module(f"{__name__}.{area}")
        mend = getattr(module, "mend", None)
        if mend is not None:
            mend()
