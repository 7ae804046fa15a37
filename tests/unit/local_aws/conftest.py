# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One local AWS for the tests of its layer, on a free port, in a folder of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

LAUNCHER = Path(__file__).parents[3] / "roles" / "local_aws" / "files" / "local_aws.py"


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LocalAws:
    """The command of the local AWS on one port and state folder, and clients for it."""

    def __init__(self, port: int, state_dir: Path) -> None:
        self.port = port
        self.state_dir = state_dir
        self.endpoint = f"http://127.0.0.1:{port}"
        self._clients: dict[str, Any] = {}

    def run(self, verb: str, *options: str, python: str = sys.executable) -> dict[str, Any]:
        """Run one verb; its JSON answer."""
        command = [python, str(LAUNCHER), verb, "--json", f"--port={self.port}"]
        command += [f"--state-dir={self.state_dir}", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert done.stderr == "", done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (1 if answer.get("failed") else 0)
        return answer

    def client(self, service: str) -> Any:
        """A boto3 client with the contract's credentials, made once: that takes longer than calls.

        It checks no parameters, so that bad ones reach the local AWS.
        """
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 2}, parameter_validation=False),
            )
        return self._clients[service]


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """The shared local AWS. Tests make things under names of their own."""
    local = LocalAws(free_port(), tmp_path_factory.mktemp("local-aws") / "state")
    answer = local.run("start")
    assert answer["changed"] is True, answer
    yield local
    local.run("wipe")


@pytest.fixture
def name() -> str:
    """A name that no other test uses, fit for buckets, databases and jobs."""
    return f"t{uuid.uuid4().hex[:12]}"


def error_code(call: Callable[..., Any], **arguments: Any) -> str:
    """The AWS error code that a call ends with; fails when it succeeds."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def is_alive(pid: int) -> bool:
    """Whether a process is there, and not only its entry."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def of_session(leader: int) -> list[int]:
    """The living processes of the session that a process began."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if os.getsid(int(name)) == leader and is_alive(int(name)):
                found.append(int(name))
        except OSError:
            pass
    return found
