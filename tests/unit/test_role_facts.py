# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fact that a role leaves has the keys that its documentation promises, no more and no fewer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
FACTS = {
    "target": "terraglue_environment",
    **{role: f"{role}_result" for role in ("storage", "catalog", "iam", "kms", "glue")},
}


def documented(role: str) -> set[str]:
    """The keys in the sentence of the documentation that begins with "leaves the fact"."""
    spec = yaml.safe_load((ROLES / role / "meta/argument_specs.yml").read_text(encoding="utf-8"))
    text = " ".join(spec["argument_specs"]["main"]["description"])
    sentence = re.search(rf"leaves the fact C\({FACTS[role]}\) with (.*?)[.](?: |$)", text)
    assert sentence, f"the role {role} does not say what fact it leaves"
    # What stands in brackets are keys within a key.
    outer = re.sub(r" \([^()]*(?:\([^()]*\)[^()]*)*\)", "", sentence[1].replace("C(", "<C>("))
    return set(re.findall(r"<C>\((\w+)\)", outer))


def left(role: str, file: str) -> dict[str, Any]:
    """The fact that a file of the role's tasks sets."""
    tasks = yaml.safe_load((ROLES / role / "tasks" / file).read_text(encoding="utf-8"))
    facts = [
        task["ansible.builtin.set_fact"] for task in tasks if "ansible.builtin.set_fact" in task
    ]
    return facts[-1][FACTS[role]]


@pytest.mark.parametrize("role", FACTS)
def test_a_role_leaves_what_it_documents(role: str) -> None:
    files = {"target": ["main.yml"], "kms": ["present.yml", "existing.yml"]}
    for file in files.get(role, ["present.yml"]):
        assert set(left(role, file)) == documented(role), file


@pytest.mark.parametrize("role", [role for role in FACTS if role != "target"])
def test_a_removal_leaves_no_fact_of_what_was(role: str) -> None:
    assert left(role, "absent.yml") == {}
