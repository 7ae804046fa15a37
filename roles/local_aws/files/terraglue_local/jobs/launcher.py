# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program in the job's process: it runs the script, says what ended it, and leaves nothing.

Called as ``launcher.py FOLDER``. FOLDER holds ``run.json``: the script's path and its argv. What
ended the script goes to ``outcome.json`` there. Standard library only.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import types
from contextlib import suppress
from typing import Any


def _line_of(script: str, error: BaseException) -> int | None:
    """The last line of the script itself on the way to the error."""
    if isinstance(error, SyntaxError) and error.filename == script:
        return error.lineno
    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == script
    ]
    return lines[-1] if lines else None


def _show(script: str, error: BaseException) -> None:
    """The traceback as the script's author knows it: without the launcher's own frames."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != script:
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)


def _exit_code(code: object) -> int:
    """sys.exit: None is 0, a number is itself, anything else is printed and is 1."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)
    return 1


def _install_catalog() -> None:
    """spark.sql sees the Data Catalog, where the awsglue layer is there to do it."""
    try:
        from awsglue import local
    except ImportError:
        return
    local.install()


def _stop_spark() -> None:
    """End Spark in order: the history of a run is whole only then, and scripts leave that to Glue."""
    pyspark: Any = sys.modules.get("pyspark")
    context = pyspark.SparkContext._active_spark_context if pyspark else None
    if context is not None:
        with suppress(Exception):  # the JVM may be gone, and how the script ended is settled
            context.stop()


def _run(script: str) -> dict[str, object]:
    """Run the script as ``__main__``. {} when it succeeded, else what ended it."""
    main = types.ModuleType("__main__")
    main.__file__ = script
    sys.modules["__main__"] = main
    try:
        with open(script, "rb") as file:
            code = compile(file.read(), script, "exec")
        exec(code, main.__dict__)  # nosec B102  # noqa: S102  the script is what the job is
    except SystemExit as left:
        code_left = _exit_code(left.code)
        if code_left == 0:
            return {}
        return {"type": "SystemExit", "message": str(left.code), "line": _line_of(script, left)}
    except BaseException as error:  # noqa: BLE001  whatever ends the script is its outcome
        _show(script, error)
        # A Java exception that py4j or PySpark carries says itself what it is.
        java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
        named = java.getClass().getName() if java is not None else ""
        return {
            "type": type(error).__name__,
            "message": str(error),
            "line": _line_of(script, error),
            "java": named,
        }
    return {}


def main() -> int:
    """0 when the script succeeded, 1 otherwise."""
    folder = sys.argv[1]
    sys.path.pop(0)  # the folder of this file: its modules are none of the script's business
    with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    script = run["script"]
    sys.path.insert(0, os.path.dirname(script))
    sys.argv = run["argv"]
    if run["spark"]:
        _install_catalog()
    outcome = _run(script)
    if run["history"]:
        _stop_spark()
    sys.stdout.flush()
    sys.stderr.flush()
    with open(os.path.join(folder, "outcome.json"), "w", encoding="utf-8") as file:
        json.dump(outcome, file)
    return 1 if outcome else 0


if __name__ == "__main__":
    sys.exit(main())
