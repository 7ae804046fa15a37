# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a Spark application: are its scripts there, and are they Python at all?

Pure but for reading the folder. Nothing of a script is run.
"""

from __future__ import annotations

import ast
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault

# "AWS Glue versions" of the Glue developer guide.
_PYTHONS = {"3.0": (3, 7), "4.0": (3, 10), "5.0": (3, 11), "5.1": (3, 11)}


def python_of(glue_version: str) -> tuple[int, int]:
    """The Python that a version of Glue runs; a version not known here is a newer one."""
    return _PYTHONS.get(glue_version, _PYTHONS["5.1"])


def check(folder: str, patterns: Sequence[str], script: str, glue_version: str) -> list[Fault]:
    """Every fault of the folder, of the job's ``script`` and of the other Python files."""
    if not os.path.isdir(folder):
        kind = "is not a folder" if os.path.exists(folder) else "does not exist"
        return [Fault(folder, f"this folder of scripts {kind}. Make it, or set glue_app_dir.")]
    files = sorted(matching(folder, patterns))
    if not files:
        wanted = ", ".join(patterns) or "no pattern"
        message = (
            f"no file in this folder matches glue_app_patterns ({wanted}). Correct one of them."
        )
        return [Fault(folder, message)]
    faults = _judge_main(folder, files, script)
    version = python_of(glue_version)
    for name in files:
        if name.endswith(".py"):
            faults += check_script(os.path.join(folder, name), version)
    return faults


def matching(folder: str, patterns: Sequence[str]) -> Iterator[str]:
    """The paths, below the folder, of visible files of which the path or the name fits a pattern.

    The upload makes the same choice; it is not asked, because it brings boto3 with it.
    """
    seen = {os.path.realpath(folder)}
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders[:]:
            whole = os.path.realpath(os.path.join(parent, name))
            if whole in seen:  # a link that leads in a circle
                folders.remove(name)
            seen.add(whole)
        for name in names:
            path = os.path.relpath(os.path.join(parent, name), folder)
            fits = any(fnmatchcase(part, each) for each in patterns for part in (path, name))
            if fits and not name.startswith("."):
                yield path


def _judge_main(folder: str, files: Sequence[str], script: str) -> list[Fault]:
    if os.path.normpath(script) in files:
        return []
    path = os.path.join(folder, script)
    if not os.path.isfile(path):
        there = ", ".join(files[:5])
        message = f"the script of the job does not exist. Write it, or set glue_script; there are {there}."
        return [Fault(path, message)]
    message = (
        "the script of the job matches none of glue_app_patterns, so it would not be uploaded."
    )
    return [Fault(path, f"{message} Add a pattern for it.")]


def check_script(path: str, python: tuple[int, int]) -> list[Fault]:
    """What keeps one file from being read as Python, with Python's own words."""
    try:
        with open(path, "rb") as stream:
            source = stream.read()
        source.decode("utf-8")
    except OSError as error:
        return [Fault(path, f"cannot be read: {error.strerror or error}.")]
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        message = (
            f"is not UTF-8 (byte {error.start + 1} of the file is 0x{source[error.start]:02x})."
        )
        return [Fault(f"{path}:{line}", f"{message} Save it as UTF-8.")]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, path, feature_version=python)
            compile(tree, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        line = error.lineno or 0
        where = f"{path}:{line}" if line > 0 else path
        return [Fault(where, f"is not valid Python: {error.msg}.{_reader(python)}")]
    except (ValueError, RecursionError, MemoryError) as error:
        what = str(error) or type(error).__name__
        return [Fault(path, f"is not valid Python: {what}.{_reader(python)}")]
    return []


def _reader(python: tuple[int, int]) -> str:
    """Whose judgement it is, where it is not that of the Python that Glue runs."""
    here = sys.version_info[:2]
    if here >= python:
        return " Correct it."
    return (
        f" It was read by Python {here[0]}.{here[1]}, Glue runs {python[0]}.{python[1]}: correct it,"
        " or run Ansible with a Python as new."
    )
