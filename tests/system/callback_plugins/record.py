# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what each task did as a line of JSON, and can strike a run dead half-way."""

from __future__ import annotations

import json
import os
import signal

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: aggregate
short_description: Writes what each task did as a line of JSON
description:
  - The system tests read what a run did from the file named by E(RECORD_FILE).
  - With E(RECORD_RESULTS) the whole result stands beside what most tests look at.
  - After E(RECORD_KILL_AFTER) tasks that changed something the whole run is killed, as by a power cut.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"

    def __init__(self):
        super().__init__()
        self.path = os.environ.get("RECORD_FILE")
        self.kill_after = int(os.environ.get("RECORD_KILL_AFTER", "0"))
        self.changed = 0
        if not self.path:
            self.disabled = True

    def _write(self, status, result):
        data = result._result
        items = [item for item in data.get("results", []) if isinstance(item, dict)]
        diffs = data.get("diff") or []
        line = {
            "task": result._task.get_name().rpartition(" : ")[2],
            "action": result._task.action,
            "status": status,
            "changed": bool(data.get("changed")),
            "msg": str(data.get("msg", "")),
            "items": [str(item.get("_ansible_item_label", item.get("item"))) for item in items],
            "warnings": [str(warning) for warning in data.get("warnings", [])],
            "diff": diffs if isinstance(diffs, list) else [diffs],
        }
        if os.environ.get("RECORD_RESULTS"):
            line["result"] = data
        for item in items:
            if item.get("failed"):
                line["msg"] += f" {item.get('msg')}"
        with open(self.path, "a", encoding="utf-8") as record:
            record.write(json.dumps(line, default=str) + "\n")
        if line["changed"] and status == "ok":
            self.changed += 1
            if self.changed == self.kill_after:
                os.killpg(os.getpgrp(), signal.SIGKILL)

    def v2_runner_on_ok(self, result):
        self._write("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write("failed", result)

    def v2_runner_on_skipped(self, result):
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._write("failed", result)
