# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In front of the collection's modules, by meta/runtime.yml: runs them. Runs in the controller."""

from __future__ import annotations

from ansible_collections.terraglue.aws.plugins.plugin_utils.forked_module import ForkedModule


class ActionModule(ForkedModule):
    """The action of every module that has none of its name; the modules document themselves."""
