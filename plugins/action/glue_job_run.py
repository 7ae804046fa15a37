# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the log of a job run while it goes; the module of the same name does it. Runs in the controller."""

from __future__ import annotations

from ansible_collections.terraglue.aws.plugins.plugin_utils.forked_module import preload
from ansible_collections.terraglue.aws.plugins.plugin_utils.progress import WatchedModule

preload(["glue_job_run"], ["glue"])


class ActionModule(WatchedModule):
    """The action ``terraglue.aws.glue_job_run``; plugins/modules/glue_job_run.py documents it."""
