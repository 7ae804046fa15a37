#!/usr/bin/env python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the table of docs/glue.md: every call of the awsglue layer and how far it goes.

What stands there is read from the code. ``document_glue.py --check`` only says whether it is so.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = ROOT / "roles" / "local_aws" / "files" / "glue_runtime"
PAGE = ROOT / "docs" / "glue.md"
BEGIN, END = "<!-- table: tools/document_glue.py writes it -->", "<!-- end of the table -->"

# Module → its classes and functions that scripts use.
CALLS = {
    "awsglue.utils": ["getResolvedOptions"],
    "awsglue.context": ["GlueContext"],
    "awsglue.local.readers": ["DynamicFrameReader", "DataFrameReader"],
    "awsglue.local.writers": ["DynamicFrameWriter", "DataFrameWriter"],
    "awsglue.data_source": ["DataSource"],
    "awsglue.data_sink": ["DataSink"],
    "awsglue.dynamicframe": ["DynamicFrame", "DynamicFrameCollection"],
    "awsglue.transforms": [],  # all of __all__
    "awsglue.job": ["Job"],
}
# Modules whose classes are told as a whole, under their full names.
CLASSES = (
    "awsglue.gluetypes",
    "awsglue.blueprint.job",
    "awsglue.blueprint.crawler",
    "awsglue.blueprint.workflow",
    "awsgluedq.transforms",
)


def rows() -> Iterator[tuple[str, str]]:
    """(call, what it does or that it does not)"""
    for module_name, names in CALLS.items():
        module = importlib.import_module(module_name)
        for name in names or module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing) or not names:
                if name != "GlueTransform":
                    yield f"{name}.apply" if not names else name, state(thing)
                continue
            for member, value in vars(thing).items():
                is_call = callable(value) or isinstance(value, (property, classmethod))
                if is_call and not member.startswith("_"):
                    yield f"{name}.{member}", state(getattr(thing, member))
    for module_name in CLASSES:
        module = importlib.import_module(module_name)
        for name in module.__all__:
            yield f"{module_name}.{name}", state(getattr(module, name))


def state(thing: Any) -> str:
    """The first sentence of its documentation, or the page of what is not here."""
    page = getattr(thing, "__page__", "")
    if page:
        return f"not here: NotImplementedError ([what AWS Glue does]({page}))"
    text = inspect.getdoc(thing) or ""
    return " ".join(text.partition("\n\n")[0].split())


def table() -> str:
    lines = ["| call | what it does here |", "| --- | --- |"]
    lines += [f"| `{call}` | {said.replace('|', '/')} |" for call, said in rows()]
    return "\n".join(lines)


def main() -> int:
    """0 when the page is as the code says, or has been made so."""
    sys.path.insert(0, str(RUNTIME))
    text = PAGE.read_text(encoding="utf-8")
    before, dummy, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    wanted = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if sys.argv[1:] == ["--check"]:
        return int(text != wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
