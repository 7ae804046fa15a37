# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows how far an upload is; the module of the same name does it. Runs in the controller."""

from __future__ import annotations

from ansible_collections.terraglue.aws.plugins.plugin_utils.forked_module import preload
from ansible_collections.terraglue.aws.plugins.plugin_utils.progress import WatchedModule

preload(["s3_folder"], ["s3"])


class ActionModule(WatchedModule):
    """The action ``terraglue.aws.s3_folder``; plugins/modules/s3_folder.py documents it."""
