# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application's modules, as Glue would load them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Callable

import pytest

APP = Path(__file__).resolve().parents[3] / "files" / "glue_app"

Rows = Sequence[Sequence[Any]]
MakeTable = Callable[[str, Rows], Any]


@pytest.fixture(scope="session")
def transformers() -> Iterator[Any]:
    """The module transformers, importable under that name for main as well, as on Glue."""
    with pytest.MonkeyPatch.context() as path:
        path.syspath_prepend(str(APP))
        import transformers

        yield transformers
        del sys.modules["transformers"]


@pytest.fixture(scope="session")
def source(spark: Any, transformers: Any) -> MakeTable:
    """Makes a source table of that name: text in every column, as the catalog has it."""

    def make(name: str, rows: Rows) -> Any:
        schema = ", ".join(f"{column} string" for column in transformers.SOURCE_COLUMNS[name])
        return spark.createDataFrame([tuple(row) for row in rows], schema)

    return make
