# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress on a terminal, and silence elsewhere: a play run by the real ansible-playbook."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils.role_rules import ROLES
from ansible_collections.terraglue.aws.plugins.plugin_utils.progress import person_watches

COLLECTIONS = Path(sys.modules[ROLES["glue"].__module__].__file__ or "").parents[5]
PLAYBOOK = [
    sys.executable,
    "-c",
    "from ansible.cli.playbook import main; main()",
    "play.yml",
    "-vvv",
]

ACTION = """
from ansible_collections.terraglue.aws.plugins.plugin_utils import progress

progress.FIRST_SECONDS = progress.EVERY_SECONDS = progress.LOOK_SECONDS = 0.05


class ActionModule(progress.WatchedModule):
    pass
"""

# It waits for a beat of the reader's after each text, and says what it was given.
MODULE = """
import time
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.terraglue.aws.plugins.module_utils import progress

module = AnsibleModule({"name": {}, "pause": {"type": "float"}, **progress.OPTIONS}, supports_check_mode=True)
say = progress.Progress(module).say
for text in ("one", "two", "two"):
    say(f"{module.params['name']} {text}")
    time.sleep(module.params["pause"])
module.exit_json(given=module.params["progress_file"] is not None)
"""

PLAY = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    slow: {pause: "{{ 0.4 if watched | bool else 0 }}"}
  tasks:
    - slow: {name: plain}
      register: plain
    - slow: {name: secret}
      no_log: true
    - slow: {name: "{{ item }}"}
      loop: [looped]
    - assert:
        that:
          - plain.given == (watched | bool)
"""


@pytest.fixture
def play(tmp_path: Path) -> Path:
    for name, text in (
        ("action_plugins/slow.py", ACTION),
        ("library/slow.py", MODULE),
        ("play.yml", PLAY),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(play: Path, watched: bool, stdout: int, **more: str) -> subprocess.Popen[bytes]:
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if name != "CI" and not name.startswith("ANSIBLE_")
    }
    surroundings.update(
        ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS),
        ANSIBLE_LOCALHOST_WARNING="0",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="0",
        ANSIBLE_LOCAL_TEMP=str(play / "tmp"),
        **more,
    )
    return subprocess.Popen(
        [*PLAYBOOK, "-e", f"watched={watched}"],
        cwd=play,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
    )


def on_a_terminal(play: Path, watched: bool, **more: str) -> tuple[int, str]:
    """(exit code, what was on the screen) of the play with a terminal as its output."""
    ours, theirs = pty.openpty()
    try:
        process = run(play, watched, theirs, **more)
    finally:
        os.close(theirs)
    screen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # what Linux says when the other side has closed
            break
        if not piece:
            break
        screen += piece
    os.close(ours)
    return process.wait(timeout=60), screen.decode("utf-8", "replace")


def said(screen: str) -> list[str]:
    return [line.partition("=> ")[2].strip() for line in screen.splitlines() if "busy:" in line]


def test_a_person_sees_each_new_text_once(play: Path) -> None:
    code, screen = on_a_terminal(play, True)
    assert code == 0, screen
    assert said(screen) == ["plain one", "plain two", "looped one", "looped two"]
    assert "busy: [localhost] => plain one" in screen
    # The module's option is ours alone; -vvv prints what the user gave.
    assert '"name": "plain"' in screen
    assert "progress_file" not in screen
    assert not list(play.rglob("progress-*"))


def test_a_log_is_spared(play: Path) -> None:
    code, screen = on_a_terminal(play, False, CI="true")
    assert (code, said(screen)) == (0, []), screen


def test_who_watches() -> None:
    terminal = SimpleNamespace(isatty=lambda: True)
    assert person_watches(terminal, {})
    assert person_watches(terminal, {"CI": "false"})
    assert not person_watches(terminal, {"CI": "1"})
    assert not person_watches(io.StringIO(), {})
    assert not person_watches(None, {})
    closed = io.StringIO()
    closed.close()
    assert not person_watches(closed, {})
