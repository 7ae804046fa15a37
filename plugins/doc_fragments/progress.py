# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """How a module that takes long says how far it is."""

    DOCUMENTATION = r"""
options:
  progress_file:
    description:
      - Not for users. While a person watches a terminal, the collection sets it to show how far the module is.
      - The module writes there only when the file exists already.
    type: path
"""
