# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role local_aws in a play of one's own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import LAUNCHER, LocalAws, free_port

ROOT = LAUNCHER.parents[3]
PLAY = """
- name: A play of one's own
  hosts: localhost
  gather_facts: false
  roles:
    - role: terraglue.aws.local_aws
  post_tasks:
    - name: Show the result
      ansible.builtin.debug:
        msg: "RESULT {{ local_aws_result | to_json }}"
"""


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalAws]:
    own = LocalAws(free_port(), tmp_path / "state")
    yield own
    own.run("wipe")


class Role:
    """The role on one local AWS: each run's recap, messages and result."""

    def __init__(self, local: LocalAws, folder: Path) -> None:
        self.local = local
        self.play = folder / "play.yml"
        self.play.write_text(PLAY, encoding="utf-8")

    def run(self, state: str, *options: str) -> tuple[dict[str, int], str, dict[str, Any]]:
        variables = {
            "local_aws_state": state,
            "local_aws_port": self.local.port,
            "local_aws_state_dir": str(self.local.state_dir),
        }
        done = subprocess.run(
            ["ansible-playbook", str(self.play), "-e", json.dumps(variables), *options],
            cwd=ROOT,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        recap = {
            k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", done.stdout.rpartition("RECAP")[2])
        }
        shown = re.search(r'"msg": ("RESULT .*")', done.stdout)
        result = json.loads(json.loads(shown.group(1)).partition(" ")[2]) if shown else {}
        return recap, done.stdout + done.stderr, result


def test_the_role_starts_stops_and_wipes(local: LocalAws, tmp_path: Path) -> None:
    role = Role(local, tmp_path)
    # In check mode, too: it is what everything else is checked against.
    recap, output, result = role.run("started", "--check")
    assert recap["failed"] == 0, output
    assert result["changed"] is True and result["state"] == "started"
    assert result["endpoint"] == local.endpoint and result["state_dir"] == str(local.state_dir)
    assert {"region", "account", "pid", "version", "ministack_version", "log", "notes"} <= set(
        result
    )
    assert role.run("started")[2] == {**result, "changed": False}

    assert role.run("stopped", "--check")[2]["changed"] is True
    assert local.run("status")["state"] == "started"
    assert role.run("stopped")[2]["changed"] is True
    assert role.run("wiped")[2]["changed"] is True
    assert not local.state_dir.exists()


def test_the_role_says_in_a_sentence_why_it_cannot(local: LocalAws, tmp_path: Path) -> None:
    local.run("start")
    other = Role(LocalAws(free_port(), local.state_dir), tmp_path)
    recap, output, dummy = other.run("started")
    assert recap["failed"] == 1
    assert f"already runs on the state folder {local.state_dir}" in " ".join(output.split())
    assert "Traceback" not in output


def test_the_role_refuses_an_unknown_state_before_it_does_anything(
    local: LocalAws, tmp_path: Path
) -> None:
    recap, output, dummy = Role(local, tmp_path).run("restarted")
    assert recap["failed"] == 1 and "started, stopped, wiped" in output
    assert not local.state_dir.exists()
