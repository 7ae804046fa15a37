# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module of the collection in a fork of the controller. Runs in the controller.

Ansible packs a module with all that it imports, unpacks it, and starts a Python that imports boto3
again: most of a second before a call does anything. On the controller itself all of that is there
already. So the worker that has the task forks a process that runs the module's file where it lies,
with the arguments, folder, signals and output that it would have otherwise. Its result is what it
prints, as ever.

Whatever is not plainly the same that way goes Ansible's way: another host or Python, ``become``,
``async``, ``environment``, modules that are kept or debugged, and a core that this was not tried
with. A module that was begun is never begun again.
"""

from __future__ import annotations

import atexit
import importlib
import json
import multiprocessing
import os
import pkgutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, BinaryIO

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_text
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.release import __version__ as core_version
from ansible.utils.display import Display
from ansible_collections.terraglue.aws.plugins.module_utils import session

COLLECTION = "terraglue.aws."
MODULES = f"ansible_collections.{COLLECTION}plugins.modules"
# A user's variable. False takes Ansible's way for every module.
VARIABLE = "terraglue_forked_modules"
# Cores whose inner parts, which this uses, are known to be what is meant here.
CORES = ("2.19.", "2.20.")
# Core's name for how arguments and results of a module are written that asks for nothing else.
PROFILE = "legacy"
SERVICES = ("sts", "s3", "glue")  # those that most modules ask
DEBUGGERS = ("_ANSIBALLZ_COVERAGE_CONFIG", "_ANSIBALLZ_DEBUGPY_CONFIG", "_ANSIBALLZ_PYDEVD_CONFIG")
END_SECONDS = 10.0  # for a module to end that is told to


def is_tried() -> bool:
    """Whether this system and core are among those that this was tried with.

    macOS is none: libraries that a process has used do not work in its forks there.
    """
    return sys.platform.startswith("linux") and core_version.startswith(CORES)


def preload(modules: Iterable[str], services: Iterable[str]) -> None:
    """Import what modules will, and read what clients of services will, for all forks to come.

    Ansible loads an action plugin in its main process before it forks a worker for the task, so that
    this is done there when an action plugin does it as it is loaded. What is missing is for a module
    to tell.
    """
    if is_tried():
        for module in modules:
            with suppress(ImportError):
                importlib.import_module(f"{MODULES}.{module}")
        session.read_ahead(services)


def preload_all() -> None:
    """The same for all modules, and the services that most of them ask."""
    folder = importlib.import_module(MODULES).__path__
    preload([found.name for found in pkgutil.iter_modules(folder)], SERVICES)


class ForkedModule(NormalAction):
    """Run the module of the task's name in a fork where that is the same, else as Ansible does."""

    _forks = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The module's result."""
        reason = self._ordinary_because(task_vars or {})
        self._forks = reason is None
        how = f"in the ordinary way, because {reason}" if reason else "in a fork of the controller"
        Display().vvv(f"{self._task.action} runs {how}", host=self._play_context.remote_addr)
        return super().run(tmp, task_vars)

    def _ordinary_because(self, task_vars: Mapping[str, Any]) -> str | None:
        """Why the module has to be run as Ansible does; None when a fork does the same."""
        if not is_tried():
            return "this system or ansible-core was not tried"
        task, connection = self._task, self._connection
        wanted = self._templated(task_vars.get(VARIABLE, True))
        there = task_vars
        if task.delegate_to:
            there = task_vars.get("ansible_delegated_vars", {}).get(task.delegate_to, {})
        python = self._templated(there.get("ansible_python_interpreter"))
        hindrances = {
            f"{VARIABLE} is false": not boolean(wanted, strict=False),
            "it is no module of the collection": not str(task.resolved_action).startswith(
                COLLECTION
            ),
            "the connection is not local": connection.transport != "local",
            "it becomes another user": bool(connection.become),
            "it is asynchronous": bool(task.async_val),
            "it has an environment of its own": any(task.environment or ()),
            "modules are kept": C.DEFAULT_KEEP_REMOTE_FILES,
            "modules are debugged": any(map(C.config.get_config_value, DEBUGGERS)),
            "the host has another Python": python != sys.executable,
        }
        return next((reason for reason, holds in hindrances.items() if holds), None)

    def _templated(self, value: Any) -> Any:
        try:
            return self._templar.template(value)
        except AnsibleError:
            return None

    def _module_name(self) -> str:
        return f"{MODULES}.{str(self._task.resolved_action).removeprefix(COLLECTION)}"

    # What follows stands in for steps of core's _execute_module: nothing is packed, sent or written,
    # and everything before, between and after them is core's own.

    def _is_pipelining_enabled(self, module_style: str, wrap_async: bool = False) -> bool:
        return self._forks or super()._is_pipelining_enabled(module_style, wrap_async)

    def _configure_module(
        self, module_name: str, module_args: Any, task_vars: Any
    ) -> tuple[Any, str]:
        if not self._forks:
            return super()._configure_module(module_name, module_args, task_vars)
        from ansible.module_utils.common.json import Direction, get_module_encoder  # since 2.19

        encoder = get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": module_args}, cls=encoder).encode()
        package = SimpleNamespace(
            b_module_data=arguments,
            module_style="new",
            shebang=f"#!{sys.executable}",
            serialization_profile=PROFILE,
        )
        return package, self._module_name()

    def _low_level_execute_command(
        self, cmd: str, *args: Any, in_data: bytes | None = None, **options: Any
    ) -> dict[str, Any]:
        if not self._forks or in_data is None:
            return super()._low_level_execute_command(cmd, *args, in_data=in_data, **options)
        return in_fork(self._module_name(), in_data, self._loader.get_basedir())


def in_fork(name: str, arguments: bytes, folder: str) -> dict[str, Any]:
    """Run a module in a fork: its exit code and what it printed, as core has them of a command.

    ``name`` is the module's name for Python, ``arguments`` the text that a package would hold.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = multiprocessing.get_context("fork").Process(
            target=_be_module, args=(name, arguments, folder, out, err)
        )
        process.start()
        try:
            process.join()
        finally:
            _end(process)
        stdout, stderr = _text(out), _text(err)
    return {
        "rc": process.exitcode,
        "stdout": stdout,
        "stdout_lines": stdout.splitlines(),
        "stderr": stderr,
        "stderr_lines": stderr.splitlines(),
    }


def _end(process: Any) -> None:
    """End a module that is not waited for any more, such as by a task's timeout."""
    if process.is_alive():
        process.terminate()
        process.join(END_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()


def _text(stream: BinaryIO) -> str:
    stream.seek(0)
    return str(to_text(stream.read(), errors="surrogate_then_replace"))


def _be_module(name: str, arguments: bytes, folder: str, out: BinaryIO, err: BinaryIO) -> None:
    """What a package of core's does once it is unpacked, in a process made like a new one."""
    from ansible.module_utils._internal._ansiballz import _loader

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.chdir(folder)
    for number, stream in ((1, out), (2, err)):
        os.dup2(stream.fileno(), number)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    _leave_controller()
    # What is to be done at the controller's end is not this process's to do; what the module leaves to its
    # own end, such as removing a temporary folder, is.
    atexit._clear()
    try:
        _loader.run_module(
            json_params=arguments, profile=PROFILE, module_fqn=name, modlib_path="", extensions={}
        )
    finally:
        atexit._run_exitfuncs()


def _leave_controller() -> None:
    """Have warnings and tracebacks put into the result, where the controller would show them itself."""
    from ansible.module_utils import _internal
    from ansible.module_utils._internal import _traceback

    _internal.is_controller = False
    _internal.get_controller_serialize_map = dict
    _internal.import_controller_module = lambda dummy: None
    _traceback._is_traceback_enabled = _traceback._is_module_traceback_enabled
