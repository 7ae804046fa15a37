# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placeholders ``<name>`` in names and policies: find them and fill them in. Pure.

They let a file or a variable speak of the account and region without writing them down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError

PLACEHOLDER = re.compile(r"<([A-Za-z_][A-Za-z0-9_-]*)>")
BUILT_IN = ("account_id", "region", "partition", "prefix")


def unknown(text: str, known: Mapping[str, Any] | tuple[str, ...]) -> list[str]:
    """The names of placeholders in ``text`` that nothing stands for, in order, once each."""
    return list(dict.fromkeys(name for name in PLACEHOLDER.findall(text) if name not in known))


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with each ``<name>`` replaced by its value."""
    strangers = unknown(text, values)
    if strangers:
        raise TerraglueError(
            f"Unknown placeholder <{strangers[0]}> in '{text[:80]}'."
            f" Known are: {', '.join(f'<{name}>' for name in sorted(values))}."
        )
    return PLACEHOLDER.sub(lambda match: values[match.group(1)], text)


def fill_all(value: Any, values: Mapping[str, str]) -> Any:
    """The same structure with every string in it filled in."""
    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, Mapping):
        return {key: fill_all(item, values) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [fill_all(item, values) for item in value]
    return value
