# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what comes true by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator


def tries(seconds: float, pause: float = 0.1) -> Iterator[None]:
    """One try now, and further ones until the time is up."""
    deadline = time.monotonic() + seconds
    yield
    while time.monotonic() < deadline:
        time.sleep(pause)
        yield


def eventually(read: Callable[[], object], wanted: object, seconds: float) -> None:
    """Wait until what is read is what is wanted."""
    for dummy in tries(seconds):
        found = read()
        if found == wanted:
            return
    raise TimeoutError(f"after {seconds:.0f} seconds it is {found!r} and not {wanted!r}")
