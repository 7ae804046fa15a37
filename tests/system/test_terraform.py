# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Terraform's AWS provider against the local AWS: what it wrote it has to read back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import SYSTEM, LocalAws

pytestmark = pytest.mark.skipif(
    not shutil.which("terraform"), reason="there is no terraform on the PATH"
)


def plugin_folder() -> str | None:
    """$TF_PLUGIN_DIR, or a folder of /opt that is laid out like one; else Terraform asks its registry."""
    found = sorted(Path("/opt").glob("*/*/hashicorp/aws"))
    return os.environ.get("TF_PLUGIN_DIR") or (str(found[0].parents[2]) if found else None)


class Terraform:
    """The stack of the folder ``terraform``, in a folder of its own."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **aws.client_environment(),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
        }
        shutil.copy(SYSTEM / "terraform" / "main.tf", folder)
        # Where a folder has the provider, it is used alone, whatever the machine's settings say.
        plugins = plugin_folder()
        if plugins:
            self.environment.pop("TF_CLI_CONFIG_FILE", None)
        self.run("init", *([f"-plugin-dir={plugins}"] if plugins else []))

    def run(self, verb: str, *options: str, codes: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            ["terraform", verb, "-no-color", *options],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode in codes, done.stdout + done.stderr
        return done.stdout

    def changes(self, *options: str) -> dict[str, dict[str, object]]:
        """Address → the planned values that differ from what was read."""
        self.run("plan", "-out=plan", "-detailed-exitcode", *options, codes=(0, 2))
        plan = json.loads(self.run("show", "-json", "plan"))
        found = {}
        for resource in plan.get("resource_changes", []):
            change = resource["change"]
            if change["actions"] not in (["no-op"], ["read"]):
                before = change["before"] or {}
                after = change["after"] or {}
                differs = {key: value for key, value in after.items() if before.get(key) != value}
                found[resource["address"]] = differs
        return found


@pytest.fixture
def terraform(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    return Terraform(local_aws, tmp_path_factory.mktemp("terraform"))


def test_a_second_plan_finds_nothing_to_change(local_aws: LocalAws, terraform: Terraform) -> None:
    before = local_aws.contents()
    terraform.run("apply", "-auto-approve")
    made = local_aws.contents()
    assert made["buckets"] == ["terraform-athena", "terraform-sor", "terraform-sot"]
    assert made["tables"] == ["terraform_sor.bare", "terraform_sor.orders"]
    assert made["jobs"] == ["terraform-bare", "terraform-main"]
    assert made["triggers"] == ["terraform-after", "terraform-by-hand", "terraform-daily"]
    assert made["workgroups"] == ["terraform-analysts", "terraform-bare"]
    assert terraform.changes() == {}

    # A drift is found, and it alone; so the plan before did look.
    local_aws.client("glue").update_table(
        DatabaseName="terraform_sor", TableInput={"Name": "bare", "Description": "drifted"}
    )
    assert terraform.changes() == {"aws_glue_catalog_table.bare": {"description": None}}

    terraform.run("destroy", "-auto-approve")
    assert local_aws.contents() == before
