# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge the inputs of the collection's roles, all faults at once. Runs in the controller."""

from __future__ import annotations

import os
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.terraglue.aws.plugins.module_utils.faults import report
from ansible_collections.terraglue.aws.plugins.plugin_utils.forked_module import preload_all
from ansible_collections.terraglue.aws.plugins.plugin_utils.role_inputs import RoleInputs

# Every role begins here, and goes on with modules of the collection.
preload_all()

ROLES_DIR = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", "..", "roles"))


class ActionModule(ActionBase):
    """The action ``terraglue.aws.validate``; plugins/modules/validate.py documents it."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The task's result; it has failed when there is any fault."""
        result = super().run(tmp, task_vars)
        spec = {
            "roles": {"type": "list", "elements": "str", "required": True},
            "every_value": {"type": "bool", "default": False},
        }
        options = self.validate_argument_spec(argument_spec=spec)[1]
        roles, every_value = options["roles"], options["every_value"]
        inputs = RoleInputs(ROLES_DIR, self._loader, self._templar, task_vars or {}, every_value)
        known = inputs.known_roles()
        strangers = [role for role in roles if role not in known]
        if strangers:
            raise AnsibleActionFail(
                f"The collection has no role '{strangers[0]}'. Choose from {', '.join(known)}."
            )
        faults = inputs.faults(roles)
        result.update(changed=False, faults=[fault._asdict() for fault in faults])
        if faults:
            result.update(failed=True, msg=report(faults))
        else:
            result["msg"] = f"The inputs of {', '.join(roles)} are sound."
        return result
