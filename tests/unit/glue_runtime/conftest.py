# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library of Glue jobs, importable as in a run, on one Spark session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from ..conftest import RUNTIME


@pytest.fixture(scope="session")
def glue(spark: Any) -> Iterator[Any]:
    """A GlueContext."""
    sys.path.insert(0, str(RUNTIME))
    from awsglue.context import GlueContext

    yield GlueContext(spark.sparkContext)
    sys.path.remove(str(RUNTIME))


@pytest.fixture
def read(glue: Any, tmp_path: Path) -> Callable[..., Any]:
    """A frame of a file with this text."""

    def make(text: str, kind: str = "json", **options: Any) -> Any:
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        (folder / f"data.{kind}").write_text(text, encoding="utf-8")
        return glue.create_dynamic_frame.from_options(
            "file", {"paths": [str(folder)]}, format=kind, format_options=options
        )

    return make


def rows(frame: Any) -> list[tuple[Any, ...]]:
    """The rows of a frame, in an order of their own."""
    return sorted((tuple(row) for row in frame.toDF().collect()), key=repr)
