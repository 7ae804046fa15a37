# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ended a run, in Glue's words. Pure."""

from __future__ import annotations

import dataclasses
import re
import signal
from typing import Any

OUT_OF_MEMORY = "OUT_OF_MEMORY_ERROR"
_MOST = 2000

# The categories that failed runs of Glue show before their message: by the exception's name.
_CATEGORIES = (
    ("SYNTAX_ERROR", r"SyntaxError|IndentationError|TabError|ParseException"),
    ("IMPORT_ERROR", r"ModuleNotFoundError|ImportError"),
    ("INVALID_ARGUMENT_ERROR", r"GlueArgumentError|IllegalArgumentException"),
    ("QUERY_ERROR", r"AnalysisException"),
    (OUT_OF_MEMORY, r"MemoryError|OutOfMemoryError"),
    ("RESOURCE_NOT_FOUND_ERROR", r"EntityNotFoundException|NoSuchBucket|NoSuchKey"),
    ("PERMISSION_ERROR", r"AccessDenied"),
)


class Failed(Exception):
    """The run fails before its script begins; the text is its ErrorMessage."""


@dataclasses.dataclass(frozen=True)
class Ending:
    """State and ErrorMessage of a run that has ended."""

    state: str
    message: str = ""


def no_script(bucket: str, key: str) -> Failed:
    """The script, or a file of ``--extra-py-files``, is not where the job says."""
    return Failed(
        f"LAUNCH ERROR | Error downloading from S3 for bucket: {bucket}, key: {key}. The specified"
        " key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey)"
    )


def timed_out(minutes: int) -> Ending:
    """Timeout of the run."""
    return Ending("TIMEOUT", f"Job run timed out: its Timeout is {minutes} min.")


def _category(name: str, message: str) -> str:
    for category, pattern in _CATEGORIES:
        if re.search(pattern, name) or re.search(rf"\b(?:{pattern})\b", message):
            return category
    return "UNCLASSIFIED_ERROR"


def _in_short(message: str) -> str:
    """Without the JVM's stack, which the log has."""
    lines = [line for line in message.splitlines() if not re.match(r"\s*(at |\.\.\. \d)", line)]
    return "\n".join(lines).strip()[:_MOST]


def ending(code: int, outcome: dict[str, Any] | None, tail: str) -> Ending:
    """How a run ended: by the exit code, what the launcher noted (if it could), the log's tail."""
    if outcome == {}:
        return Ending("SUCCEEDED")
    if outcome is None:
        return _without_outcome(code, tail)
    name, message, line = outcome["type"], outcome["message"], outcome.get("line")
    if name == "SystemExit":
        return Ending("FAILED", f"SystemExit: {message}")
    category = _category(f"{name} {outcome.get('java', '')}", message)
    if "OutOfMemoryError" in tail and name.startswith(("Py4J", "ConnectionRefused", "EOFError")):
        # The JVM died of it, and the script saw only that the JVM was gone.
        category, name, message = OUT_OF_MEMORY, "java.lang.OutOfMemoryError", _memory(tail)
    where = f"Failed line number: {line}; " if line else ""
    return Ending(
        "FAILED", f"Error Category: {category}; {where}{name}: {_in_short(message)}".rstrip(": ")
    )


def _memory(tail: str) -> str:
    found = re.search(r"OutOfMemoryError:?\s*([^\n]*)", tail)
    return found.group(1) if found else ""


def _without_outcome(code: int, tail: str) -> Ending:
    """The process ended before the launcher could say why: os._exit, or a signal."""
    if "OutOfMemoryError" in tail or code == -signal.SIGKILL:
        # Nobody but the machine sends a run SIGKILL without being asked to.
        reason = _memory(tail) or "the process was killed, most likely because memory ran out"
        return Ending(
            "FAILED",
            f"Error Category: {OUT_OF_MEMORY}; Command failed with exit code 137: {reason}",
        )
    if code == 0:
        return Ending("SUCCEEDED")
    shown = code if code > 0 else 128 - code
    return Ending("FAILED", f"Command failed with exit code {shown}")
