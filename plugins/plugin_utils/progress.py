# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show what a module says while it works, when a person watches. Runs in the controller.

An action plugin of the module's name, whose class is ``WatchedModule``, runs the module as Ansible
would and shows its progress beside it. The other side is plugins/module_utils/progress.py.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible import constants as C
from ansible.utils.display import Display
from ansible_collections.terraglue.aws.plugins.module_utils.progress import LINE_BYTES, OPTIONS
from ansible_collections.terraglue.aws.plugins.plugin_utils.forked_module import ForkedModule

FIRST_SECONDS = 5.0  # what ends earlier needs no progress
EVERY_SECONDS = 4.0
LOOK_SECONDS = 0.5
PIECE_BYTES = 1 << 20  # of lines that are shown at one look

(OPTION,) = OPTIONS


def person_watches(stream: Any, environment: Mapping[str, str]) -> bool:
    """Whether lines on a stream are read as they come: by a terminal, and not by a CI's log."""
    try:
        return stream.isatty() and environment.get("CI", "").lower() in ("", "0", "false")
    except (AttributeError, ValueError):
        return False  # no stream, or one that is closed


# Ansible loads an action plugin in its main process before it forks the worker that runs the task. Only there
# is this the user's terminal: since ansible-core 2.19 a worker has none.
WATCHED = person_watches(sys.stdout, os.environ)


class WatchedModule(ForkedModule):
    """Run the module of the task's name, showing what it says in the meantime."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The module's result."""
        if not WATCHED or self._task.no_log or self._task.async_val:
            return super().run(tmp, task_vars)
        host = (task_vars or {}).get("inventory_hostname", "")
        given = self._task.args
        with shown(f"busy: [{host}] => ") as path:
            self._task.args = {**given, **({OPTION: path} if path else {})}
            try:
                result = super().run(tmp, task_vars)
            finally:
                self._task.args = given
        # It was ours, not the user's.
        result.get("invocation", {}).get("module_args", {}).pop(OPTION, None)
        return result


@contextmanager
def shown(before: str) -> Iterator[str | None]:
    """A file for a module to speak in; its line is shown, after ``before``, while the block runs.

    None when no file can be made: then the module speaks to nobody.
    """
    try:
        file, path = tempfile.mkstemp(prefix="progress-", dir=C.DEFAULT_LOCAL_TMP)
    except OSError:
        yield None
        return
    over = threading.Event()
    reader = threading.Thread(target=_show, args=(file, before, over), daemon=True)
    reader.start()
    try:
        yield path
    finally:
        over.set()
        reader.join()
        os.close(file)
        os.unlink(path)


def _show(file: int, before: str, over: threading.Event) -> None:
    """Show lines as they come, and how far it is whenever that is new, every few seconds."""
    display, last, quiet, place = Display(), "", FIRST_SECONDS, LINE_BYTES
    while True:
        ended = over.wait(LOOK_SECONDS)
        lines, place = _lines(file, place)
        for line in lines:
            display.display(before + line)
        if ended:
            return
        quiet -= LOOK_SECONDS
        line = os.pread(file, LINE_BYTES, 0).decode("utf-8", "replace").strip()
        if quiet <= 0 and line and line != last:
            display.display(before + line)
            last, quiet = line, EVERY_SECONDS


def _lines(file: int, place: int) -> tuple[list[str], int]:
    """The whole lines from a place on, and where they end."""
    content = os.pread(file, PIECE_BYTES, place)
    whole = content[: content.rfind(b"\n") + 1]
    return whole.decode("utf-8", "replace").splitlines(), place + len(whole)
