# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module in a fork: a process like the one that it would have otherwise, and nothing of it stays."""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils.role_rules import ROLES
from ansible_collections.terraglue.aws.plugins.plugin_utils import forked_module

COLLECTIONS = Path(sys.modules[ROLES["glue"].__module__].__file__ or "").parents[5]
PLAYBOOK = [sys.executable, "-c", "from ansible.cli.playbook import main; main()"]

pytestmark = pytest.mark.skipif(not forked_module.is_tried(), reason="nothing is forked here")

HEAD = """
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({"word": {"default": "none"}, "secret": {"no_log": True}}, supports_check_mode=True)
"""

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the text of a module in a fork, in the folder ``tmp_path/here``."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "here").mkdir()

    def it(text: str, **arguments: Any) -> dict[str, Any]:
        name = f"module_{len(list(tmp_path.iterdir()))}"
        (tmp_path / f"{name}.py").write_text(HEAD + text, encoding="utf-8")
        importlib.invalidate_caches()
        given = {"_ansible_remote_tmp": str(tmp_path), "_ansible_tracebacks_for": [], **arguments}
        packed = json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()
        return forked_module.in_fork(name, packed, str(tmp_path / "here"))

    return it


def answer(done: dict[str, Any]) -> dict[str, Any]:
    assert done["rc"] in (0, 1), done
    return dict(json.loads(done["stdout"]))


def test_result_and_arguments(run: Run) -> None:
    done = run("module.exit_json(changed=True, said=module.params['word'])", word="é")
    assert done["rc"] == 0
    assert answer(done)["said"] == "é"
    assert done["stderr"] == ""


def test_a_failure_is_the_modules_own(run: Run) -> None:
    done = run("module.fail_json(msg='no')")
    assert (done["rc"], answer(done)["msg"], answer(done)["failed"]) == (1, "no", True)


def test_unknown_arguments_are_refused(run: Run) -> None:
    assert "Unsupported parameters" in answer(run("module.exit_json()", other=1))["msg"]


def test_warnings_are_in_the_result(run: Run) -> None:
    text = "module.warn('careful'); module.deprecate('old', version='9.0.0', collection_name='a.b')"
    found = answer(run(f"{text}; module.exit_json()"))
    assert "careful" in json.dumps(found["warnings"])
    assert "old" in json.dumps(found["deprecations"])


def test_secrets_are_kept(run: Run) -> None:
    found = run("module.exit_json(said='it is hunter2')", secret="hunter2")
    assert "hunter2" not in found["stdout"]


def test_an_exception_is_told_as_core_tells_it(run: Run) -> None:
    found = answer(run("raise ValueError('broken')"))
    assert found["failed"]
    assert "broken" in json.dumps(found)


def test_a_module_that_says_nothing_is_not_run_again(run: Run, tmp_path: Path) -> None:
    done = run("import os\nopen('runs', 'a').write('x')\nos._exit(3)")
    assert (done["rc"], done["stdout"]) == (3, "")
    assert (tmp_path / "here" / "runs").read_text() == "x"


def test_a_module_that_is_killed(run: Run) -> None:
    assert run("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")["rc"] == -9


def test_what_it_prints_besides_is_seen(run: Run) -> None:
    text = (
        "import os, sys\nprint('junk')\nos.system('echo child; echo wrong >&2')\nmodule.exit_json()"
    )
    done = run(text)
    assert {"junk", "child"} <= set(done["stdout_lines"])
    assert done["stderr_lines"] == ["wrong"]


def test_a_result_larger_than_any_pipe(run: Run) -> None:
    assert len(answer(run("module.exit_json(said='x' * 3_000_000)"))["said"]) == 3_000_000


def test_folder_and_signals_are_those_of_a_new_process(run: Run, tmp_path: Path) -> None:
    text = """
import os, signal, sys
module.exit_json(
    folder=os.getcwd(),
    name=__name__,
    interrupt=signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    terminate=signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
)
"""
    found = answer(run(text))
    assert found["folder"] == str(tmp_path / "here")
    assert found["name"] == "__main__"
    assert found["interrupt"] and found["terminate"]


def test_nothing_of_it_stays(run: Run, tmp_path: Path) -> None:
    text = """
import json, os
json.left = True
os.environ["LEFT"] = "yes"
os.chdir("/")
open(os.path.join(module.tmpdir, "file"), "w").close()
module.exit_json(folder=module.tmpdir)
"""
    before = os.getcwd()
    folder = Path(answer(run(text))["folder"])
    assert folder.parent == tmp_path  # it was made,
    assert not folder.exists()  # and is gone
    assert not hasattr(json, "left")
    assert "LEFT" not in os.environ
    assert os.getcwd() == before


def test_threads_that_still_work_are_waited_for(run: Run, tmp_path: Path) -> None:
    text = """
import threading, time
def late():
    time.sleep(0.3)
    open("late", "w").close()
threading.Thread(target=late).start()
module.exit_json()
"""
    answer(run(text))
    assert (tmp_path / "here" / "late").exists()


def test_what_is_not_waited_for_is_ended(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked_module, "END_SECONDS", 0.2)
    text = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("pid", "w").write(str(os.getpid()))
time.sleep(60)
"""

    class OutOfTime(BaseException):
        """As the one of a task's timeout."""

    def out_of_time(*dummy: object) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, out_of_time)
    signal.setitimer(signal.ITIMER_REAL, 2)
    try:
        with pytest.raises(OutOfTime):
            run(text)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "here" / "pid").read_text()), 0)


WAYS = {
    "plain": ("", "in a fork of the controller"),
    "delegated": ("delegate_to: localhost", "in a fork of the controller"),
    "unwanted": ("vars: {terraglue_forked_modules: 'no'}", "terraglue_forked_modules is false"),
    "environment": ("environment: {TZ: UTC}", "it has an environment of its own"),
    "async": ("async: 20, poll: 1", "it is asynchronous"),
    "python": ("vars: {ansible_python_interpreter: /no/python}", "the host has another Python"),
    "become": ("become: true", "it becomes another user"),
    # The last: there is no such host, and the play ends with it.
    "connection": ("vars: {ansible_connection: ssh}", "the connection is not local"),
}


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """How each of these tasks is run. No region is told, so that none gets as far as a call."""
    tasks = [
        f"- {{name: {name}, terraglue.aws.glue_job_info: {{}}, ignore_errors: true, {keyword}}}"
        for name, (keyword, dummy) in WAYS.items()
    ]
    return ways_of(tmp_path_factory.mktemp("ways"), tasks)


def ways_of(folder: Path, tasks: list[str], **more: str) -> dict[str, str]:
    """The ways of tasks, by name, as a play's -vvv tells them."""
    lines = ["- hosts: localhost", "  gather_facts: false", "  become_method: su", "  tasks:"]
    text = "\n".join([*lines, *(f"    {task}" for task in tasks)])
    (folder / "play.yml").write_text(text, encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "AWS_"))}
    done = subprocess.run(
        [*PLAYBOOK, "play.yml", "-vvv"],
        cwd=folder,
        env={
            **kept,
            "AWS_CONFIG_FILE": os.devnull,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "tmp"),
            "ANSIBLE_SSH_ARGS": "-o ConnectTimeout=1",
            **more,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    pattern = r"TASK \[(\w+)\].*?glue_job_info runs (.*?)\n(.*?)(?=TASK|PLAY|\Z)"
    found = re.findall(pattern, done.stdout, re.DOTALL)
    for dummy, way, rest in found:
        # The module's own words: it was really run.
        assert "in a fork" not in way or "requires a region and none was found" in rest, rest
    return {name: way for name, way, dummy in found}


@pytest.mark.parametrize("name", WAYS)
def test_which_way_a_task_goes(ways: dict[str, str], name: str) -> None:
    assert ways[name].removeprefix("in the ordinary way, because ") == WAYS[name][1]


def test_kept_modules_go_the_ordinary_way(tmp_path: Path) -> None:
    task = "- {name: kept, terraglue.aws.glue_job_info: {}, ignore_errors: true}"
    found = ways_of(tmp_path, [task], ANSIBLE_KEEP_REMOTE_FILES="1")
    assert found == {"kept": "in the ordinary way, because modules are kept"}
