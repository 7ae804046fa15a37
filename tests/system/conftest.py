# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as a user runs them, against a local AWS of the tests' own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
LAUNCHER = ROOT / "roles" / "local_aws" / "files" / "local_aws.py"
SYSTEM = Path(__file__).parent


@dataclass
class Run:
    """What a playbook did: its tasks, in order, and what a person saw."""

    code: int
    output: str
    tasks: list[dict[str, Any]]

    @property
    def changed(self) -> list[str]:
        return [task["task"] for task in self.tasks if task["changed"] and task["status"] == "ok"]

    @property
    def failures(self) -> list[str]:
        return [task["msg"] for task in self.tasks if task["status"] == "failed"]

    @property
    def warnings(self) -> str:
        return "\n".join(warning for task in self.tasks for warning in task["warnings"])

    def diff_of(self, task: str) -> str:
        """The text of all diffs of the tasks of that name."""
        return "\n".join(
            json.dumps(diff)
            for entry in self.tasks
            if entry["task"] == task
            for diff in entry["diff"]
        )

    def ok(self) -> Run:
        """The run itself, when it succeeded; its output otherwise."""
        assert self.code == 0, self.output
        return self

    def failed(self) -> Run:
        """The run itself, when it failed in words."""
        assert self.code != 0, self.output
        assert "Traceback" not in self.output, self.output
        return self


class LocalAws:
    """A local AWS on a port of its own, with playbook runs and clients that lead to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state_dir = folder / "state"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.runs = 0

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def client_environment(self) -> dict[str, str]:
        """What leads a client that knows nothing of the local AWS to it."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("AWS_")
        }
        environment.update(
            AWS_ENDPOINT_URL=self.endpoint,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            AWS_DEFAULT_REGION="us-east-1",
            AWS_REGION="us-east-1",
            AWS_EC2_METADATA_DISABLED="true",
            AWS_SHARED_CREDENTIALS_FILE=str(self.folder / "no-credentials"),
            AWS_CONFIG_FILE=str(self.folder / "no-config"),
            HOME=str(self.folder),
        )
        return environment

    def play(
        self,
        playbook: str | Path,
        *options: str,
        kill_after: int = 0,
        local: bool = True,
        environment: dict[str, str] | None = None,
        **variables: Any,
    ) -> Run:
        """Run a playbook of the collection, or one of a test's own."""
        self.runs += 1
        record = self.folder / f"run-{self.runs}.jsonl"
        if local:
            variables = {
                "local_aws_port": self.port,
                "local_aws_state_dir": str(self.state_dir),
                **variables,
            }
        path = playbook if Path(playbook).is_absolute() else ROOT / "playbooks" / playbook
        surroundings = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "ANSIBLE_"))
        }
        surroundings.update(
            ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"),
            ANSIBLE_CALLBACK_PLUGINS=str(SYSTEM / "callback_plugins"),
            ANSIBLE_CALLBACKS_ENABLED="record",
            ANSIBLE_FORCE_COLOR="0",
            AWS_EC2_METADATA_DISABLED="true",
            AWS_SHARED_CREDENTIALS_FILE=str(self.folder / "no-credentials"),
            AWS_CONFIG_FILE=str(self.folder / "no-config"),
            PATH=f"{BIN}{os.pathsep}{os.environ['PATH']}",
            RECORD_FILE=str(record),
            RECORD_KILL_AFTER=str(kill_after),
            **(environment or {}),
        )
        done = subprocess.run(
            [str(BIN / "ansible-playbook"), str(path), "-e", json.dumps(variables), *options],
            cwd=ROOT,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            start_new_session=True,
            check=False,
        )
        tasks = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        return Run(done.returncode, done.stdout + done.stderr, [json.loads(line) for line in tasks])

    def kill(self) -> None:
        """kill -9 of the server. It tells its process itself: others have its folder in their words."""
        command = [sys.executable, str(LAUNCHER), "status", "--json", f"--port={self.port}"]
        command.append(f"--state-dir={self.state_dir}")
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        status = json.loads(done.stdout)
        assert status["state"] == "started", status
        os.kill(status["pid"], signal.SIGKILL)

    def check(self, playbook: str | Path, **variables: Any) -> Run:
        """What the playbook would change."""
        return self.play(playbook, "--check", "--diff", **variables)

    def contents(self) -> dict[str, list[str]]:
        """The names of everything that the project could have made, by kind; empty kinds are left out."""
        s3, glue, athena = self.client("s3"), self.client("glue"), self.client("athena")
        iam, kms, logs = self.client("iam"), self.client("kms"), self.client("logs")
        databases = [database["Name"] for database in glue.get_databases()["DatabaseList"]]
        found = {
            "buckets": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
            "databases": databases,
            "tables": [
                f"{database}.{table['Name']}"
                for database in databases
                for table in glue.get_tables(DatabaseName=database)["TableList"]
            ],
            "workgroups": [
                group["Name"]
                for group in athena.list_work_groups()["WorkGroups"]
                if group["Name"] != "primary"
            ],
            "jobs": [job["Name"] for job in glue.get_jobs()["Jobs"]],
            "triggers": [trigger["Name"] for trigger in glue.get_triggers()["Triggers"]],
            "security configurations": [
                item["Name"]
                for item in glue.get_security_configurations()["SecurityConfigurations"]
            ],
            "roles": [role["RoleName"] for role in iam.list_roles()["Roles"]],
            "policies": [
                policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]
            ],
            "log groups": [
                group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]
            ],
            "keys": [
                key["KeyId"]
                for key in kms.list_keys()["Keys"]
                if (about := kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"])["KeyManager"]
                == "CUSTOMER"
                and about["KeyState"] != "PendingDeletion"
            ],
        }
        return {kind: sorted(names) for kind, names in found.items() if names}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first, so that two workers end at about the same time."""
    longest = ("test_half_built.py", "test_drift.py", "test_clients.py")
    items.sort(key=lambda item: item.path.name not in longest)


@pytest.fixture(scope="module")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """An empty local AWS for the tests of one file."""
    aws = LocalAws(tmp_path_factory.mktemp("local-aws"))
    aws.play("local_aws.yml", local_aws_state="started").ok()
    try:
        yield aws
    finally:
        aws.play("local_aws.yml", local_aws_state="wiped")
