# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, stop, wipe and look at the local AWS. Standard library only; each verb returns facts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

from . import ACCOUNT, HOST, MINISTACK_PIN, REGION, endpoint, layer_version
from .engines import settings
from .engines.settings import Settings
from .folder import Refused, StateFolder
from .probe import Answer, ask, owner_of_port

STOP_SECONDS = 20.0
_POLL_SECONDS = 0.02
_INSTALL = "pip install -r requirements.txt"
# What the server may see of the caller's environment. Anything else could change what MiniStack
# does (it reads well over a hundred variables) or hand real credentials to a fake AWS.
_KEPT_ENVIRONMENT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "VIRTUAL_ENV"),
    # where the engines are got from, and the Java that they run on
    *("JAVA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)


def default_state_dir() -> str:
    """Per user: $XDG_STATE_HOME or ~/.local/state, then terraglue/local-aws."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(base, "terraglue", "local-aws")


def _facts(
    folder: StateFolder, port: int, state: str, changed: bool, **more: Any
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "changed": changed,
        "state": state,
        "endpoint": endpoint(port),
        "region": REGION,
        "account": ACCOUNT,
        "pid": None,
        "version": None,
        "ministack_version": None,
        "state_dir": folder.path,
        "log": folder.log,
        "notes": [],
    }
    facts.update(more)
    return facts


def _running_facts(
    folder: StateFolder, port: int, health: dict[str, Any], changed: bool, notes: list[str]
) -> dict[str, Any]:
    return _facts(
        folder,
        port,
        "started",
        changed,
        pid=health.get("pid"),
        version=health.get("layer"),
        ministack_version=health.get("ministack"),
        notes=notes,
    )


def _require_same(folder: StateFolder, port: int, health: dict[str, Any]) -> None:
    """Refuse a running local AWS that is not the one asked for."""
    where = f"The local AWS on {endpoint(port)} (pid {health.get('pid')})"
    if health.get("state_dir") != folder.path:
        raise Refused(
            f"{where} keeps its state in {health.get('state_dir')}, not in {folder.path}. "
            "Set local_aws_state_dir to that folder to use it, or local_aws_port to a free port."
        )
    wanted = (layer_version(), MINISTACK_PIN)
    running = (health.get("layer"), health.get("ministack"))
    if running != wanted:
        raise Refused(
            f"{where} runs layer {running[0]} on MiniStack {running[1]}; this collection wants "
            f"layer {wanted[0]} on MiniStack {wanted[1]}. Stop it (local_aws_state: stopped, or "
            "`make local-stop`) and start it again: its state is kept."
        )


def _port_taken(port: int, answer: Answer) -> Refused:
    owner = owner_of_port(port) or "a process that this user cannot see"
    said = f"It answered: {answer.said}. " if answer.said else "It does not speak HTTP. "
    return Refused(
        f"Port {port} on {HOST} is taken by something that is not this local AWS: {owner}. {said}"
        "End it, or set local_aws_port to a free port."
    )


def _require_ministack() -> None:
    """Refuse early, with the command to run, when the pinned MiniStack is not there."""
    # Imported here: only a real start pays for it.
    from importlib.metadata import PackageNotFoundError, version

    for package, pin in (("ministack", MINISTACK_PIN), ("hypercorn", None)):
        try:
            found = version(package)
        except PackageNotFoundError:
            raise Refused(
                f"The Python package {package} is not installed for {sys.executable}. In the "
                f"folder of the collection run `{_INSTALL}` with that Python's pip."
            ) from None
        if pin and found != pin:
            raise Refused(
                f"{package} {found} is installed for {sys.executable}, but the local AWS is built "
                f"for exactly {pin}. In the folder of the collection run `{_INSTALL}` with that "
                "Python's pip."
            )


def _server_environment(folder: StateFolder) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT_ENVIRONMENT or name.startswith("PIP_")
    }
    kept["TMPDIR"] = folder.within("tmp")
    return kept


def _launch(folder: StateFolder, port: int, timeout: float) -> dict[str, Any]:
    """Start the server in a session of its own and wait until it answers. Returns its health."""
    launcher = os.path.join(
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "local_aws.py"
    )
    command = [sys.executable, launcher, "serve", "--port", str(port), "--state-dir", folder.path]
    folder.keep_log_small()
    with open(folder.log, "ab") as log:
        offset = log.tell()
        server = subprocess.Popen(  # nosec B603: our own launcher by absolute path, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder.path,
            env=_server_environment(folder),
            start_new_session=True,
        )
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        answer = ask(port)
        if answer.health and answer.health.get("pid") == server.pid:
            return answer.health
        if server.poll() is not None:
            raise Refused(
                f"The local AWS ended while starting (exit code {server.returncode}). The last "
                f"lines of its log {folder.log}:\n{folder.last_log_lines(offset)}"
            )
        time.sleep(_POLL_SECONDS)
    server.kill()
    server.wait()
    folder.forget_server()
    raise Refused(
        f"The local AWS did not answer within {timeout:.0f} seconds and was ended. Raise "
        f"local_aws_start_timeout if the machine is slow. The last lines of its log {folder.log}:\n"
        f"{folder.last_log_lines(offset)}"
    )


def _own_answer(folder: StateFolder, port: int, timeout: float) -> Answer:
    """The port's answer. Refused when something else has the port.

    A server of this folder that does not answer yet (it is starting, or the machine is busy) is
    waited for.
    """
    deadline = time.monotonic() + timeout
    while True:
        answer = ask(port)
        if answer.health:
            _require_same(folder, port, answer.health)
            return answer
        alive, noted = folder.server()
        if not (alive and noted.get("port") == port):
            if answer.listening:
                raise _port_taken(port, answer)
            return answer
        if time.monotonic() > deadline:
            raise Refused(
                f"The local AWS (pid {noted.get('pid')}) runs but did not answer on {endpoint(port)} "
                f"for {timeout:.0f} seconds. Stop it (local_aws_state: stopped) and start it again. "
                f"Its log: {folder.log}"
            )
        time.sleep(_POLL_SECONDS)


def _running_with(
    folder: StateFolder, port: int, health: dict[str, Any], wanted: Settings | None
) -> dict[str, Any]:
    """Facts of a server that runs already. The settings it reads are those that are wanted now."""
    changed = wanted is not None and settings.write(folder.path, wanted)
    notes = ["Its settings have changed."] if changed else []
    return _running_facts(folder, port, health, changed, notes)


def start(
    folder: StateFolder,
    port: int,
    timeout: float,
    check: bool = False,
    wanted: Settings | None = None,
) -> dict[str, Any]:
    """Make sure that the local AWS is up. Refused when the port or the folder is another's.

    Without ``wanted`` settings it keeps those that it has.
    """
    answer = _own_answer(folder, port, timeout)
    if check:
        if answer.health:
            return _running_facts(folder, port, answer.health, changed=False, notes=[])
        return _facts(folder, port, "started", True)
    if answer.health:
        return _running_with(folder, port, answer.health, wanted)
    folder.create()
    with folder.command_lock(timeout):
        answer = _own_answer(folder, port, timeout)  # another start may have been faster
        if answer.health:
            return _running_with(folder, port, answer.health, wanted)
        alive, noted = folder.server()
        if alive:
            raise Refused(
                f"A local AWS (pid {noted.get('pid')}) already runs on the state folder "
                f"{folder.path}, on port {noted.get('port')} instead of {port}. Stop it first "
                "(local_aws_state: stopped), or set local_aws_state_dir to another folder."
            )
        notes = []
        if noted:
            notes.append(
                f"The previous local AWS (pid {noted.get('pid')}) ended without being stopped; "
                f"what it had saved is used. Its log: {folder.log}"
            )
            folder.forget_server()
        _require_ministack()
        if wanted is not None:
            settings.write(folder.path, wanted)
        health = _launch(folder, port, timeout)
    return _running_facts(folder, port, health, changed=True, notes=notes)


def _stop_server(folder: StateFolder) -> tuple[bool, list[str]]:
    """(whether a server was stopped, notes). SIGTERM lets it save; SIGKILL after STOP_SECONDS."""
    alive, noted = folder.server()
    if not alive:
        notes = []
        if noted:
            notes.append(
                f"The local AWS (pid {noted.get('pid')}) had already ended without being stopped."
            )
        folder.forget_server()
        return False, notes
    pid = noted.get("pid")
    if not isinstance(pid, int):
        raise Refused(
            f"The note of the running server in {folder.path}/server.lock is not readable."
        )
    for end, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, end)
        except ProcessLookupError:
            pass
        except PermissionError:
            raise Refused(
                f"The local AWS (pid {pid}) belongs to another user; it was not stopped."
            ) from None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not folder.server()[0]:
                folder.forget_server()
                if end == signal.SIGTERM:
                    return True, []
                note = (
                    f"It did not end within {STOP_SECONDS:.0f} seconds and was killed; changes of "
                    "its last second may be lost."
                )
                return True, [note]
            time.sleep(_POLL_SECONDS)
    raise Refused(f"The local AWS (pid {pid}) could not be ended.")


def stop(folder: StateFolder, port: int, timeout: float, check: bool = False) -> dict[str, Any]:
    """Stop the local AWS of this state folder; its state is kept."""
    if check or not folder.is_ours:
        return _facts(folder, port, "stopped", folder.server()[0])
    with folder.command_lock(timeout):
        stopped, notes = _stop_server(folder)
    return _facts(folder, port, "stopped", stopped, notes=notes)


def wipe(folder: StateFolder, port: int, timeout: float, check: bool = False) -> dict[str, Any]:
    """Stop the local AWS of this state folder and delete the folder, if it is ours."""
    folder.require_ours_or_nothing()
    if check or not folder.is_ours:
        return _facts(folder, port, "wiped", folder.is_ours)
    with folder.command_lock(timeout):
        notes = _stop_server(folder)[1]
        folder.delete()
    return _facts(folder, port, "wiped", True, notes=notes)


def status(folder: StateFolder, port: int, timeout: float, check: bool = False) -> dict[str, Any]:
    """What runs. It waits for nothing and changes nothing, so two options mean nothing to it."""
    answer = ask(port)
    if answer.health:
        facts = _running_facts(folder, port, answer.health, changed=False, notes=[])
        facts["state_dir"] = answer.health.get("state_dir")
        facts["log"] = answer.health.get("log")
        return facts
    notes = []
    if answer.listening:
        notes.append(str(_port_taken(port, answer)))
    alive, noted = folder.server()
    if alive:
        notes.append(f"A local AWS (pid {noted.get('pid')}) runs here on port {noted.get('port')}.")
    elif noted:
        notes.append(f"The last local AWS (pid {noted.get('pid')}) ended without being stopped.")
    return _facts(folder, port, "stopped", False, notes=notes)
