# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults in what the user wrote, as data, so that all of them are told at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Fault(NamedTuple):
    """One thing that is wrong: where (a file, ``file:line`` or variable), what, and what to do."""

    where: str
    message: str


def report(faults: Iterable[Fault]) -> str:
    """All faults as one numbered text, one line each."""
    found = list(faults)
    head = "1 fault was found" if len(found) == 1 else f"{len(found)} faults were found"
    lines = (f"  {number}. {where}: {message}" for number, (where, message) in enumerate(found, 1))
    return "\n".join([f"{head} before anything was changed:", *lines])
