# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that puts an environment's prefix before a name."""

from __future__ import annotations

from typing import Callable

DEFAULT_PREFIX = "terraglue"


def environment_name(name: str, prefix: str, separator: str = "-") -> str:
    """``name`` as it is called in the environment ``prefix``."""
    if prefix == DEFAULT_PREFIX:
        return name
    if separator == "_":
        prefix = prefix.replace("-", "_")
    return f"{prefix}{separator}{name}"


class FilterModule:
    """Filters of the collection."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"environment_name": environment_name}
