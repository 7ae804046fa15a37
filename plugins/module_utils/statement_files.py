# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CREATE EXTERNAL TABLE statements of tables as files, ``<folder>/<database>/<table>.sql``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.terraglue.aws.plugins.module_utils.catalog_wanted import Wanted
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError


def _files(folder: str, wanted: Sequence[Wanted]) -> Iterator[tuple[str, str]]:
    """Path and text of each file."""
    for database in wanted:
        for name, table in sorted(database.tables.items()):
            text = ";\n\n".join(table.statements(database.name)) + ";\n"
            yield os.path.join(folder, database.name, f"{name}.sql"), text


def paths(folder: str, wanted: Sequence[Wanted]) -> list[str]:
    """The paths of all files, sorted."""
    return sorted(path for path, dummy in _files(folder, wanted))


def write(module: Any, folder: str, wanted: Sequence[Wanted]) -> list[dict[str, str]]:
    """Write the files that differ, each as a whole; the entries of the module's diff. In check mode
    only say which."""
    changes = []
    for path, text in _files(folder, wanted):
        before = _read(path)
        if before == text:
            continue
        if not module.check_mode:
            _replace(module, path, text)
        changes.append(
            {"before_header": path, "after_header": path, "before": before or "", "after": text}
        )
    return changes


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from error


def _replace(module: Any, path: str, text: str) -> None:
    """A file comes about whole, or stays as it is."""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=module.tmpdir, suffix=".sql")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise _unusable(path, error) from error
    module.atomic_move(draft, path)


def _unusable(path: str, error: Exception) -> TerraglueError:
    reason = getattr(error, "strerror", None) or "it is not UTF-8"
    return TerraglueError(f"ddl_dir: {path} cannot be used: {reason}. Choose another folder.")
