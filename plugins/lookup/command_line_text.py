# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A variable whose value on the command line is a text with blanks, as it was written."""

from __future__ import annotations

DOCUMENTATION = r"""
name: command_line_text
version_added: 1.1.0
short_description: A variable as it was written on the command line, blanks and all
description:
  - Of C(-e sql='SELECT 1 FROM t') the shell leaves C(sql=SELECT 1 FROM t), of which Ansible takes C(SELECT) for the value and drops the rest.
    This lookup returns the whole text behind the equals sign.
  - Words of such a text that look like variables (C(WHERE csv='x')) are none to this lookup.
  - Without such a text it returns the variable as any play sees it, then the environment variable, then an empty string.
author:
  - The terraglue.aws contributors (@terraglue)
options:
  _terms:
    description: Names of variables.
    type: list
    elements: str
    required: true
  environment:
    description: Name of an environment variable that is asked when the variable is not set.
    type: str
    default: ""
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ lookup('terraglue.aws.command_line_text', 'sql', environment='TERRAGLUE_SQL') }}"
"""

RETURN = r"""
_list:
  description: The texts, one for each name.
  type: list
  elements: str
"""

import os
from collections.abc import Iterable
from typing import Any

from ansible import context
from ansible.parsing.splitter import parse_kv
from ansible.plugins.lookup import LookupBase


def whole_texts(options: Iterable[str]) -> tuple[dict[str, str], set[str]]:
    """(name → text of each ``name=text with blanks``, names that only seem to be set within them).

    An option of which every word is ``name=value`` is Ansible's ordinary form and none of these.
    """
    texts: dict[str, str] = {}
    seeming: set[str] = set()
    for option in options:
        if not option or option[0] in "@{[/.":
            continue
        name, equals, text = option.partition("=")
        words = parse_kv(option)
        if equals and name.isidentifier() and "_raw_params" in words and text[:1] not in ("'", '"'):
            texts[name] = text
            seeming |= set(words) - {name}
    return texts, seeming


class LookupModule(LookupBase):
    """The lookup."""

    def run(
        self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[Any]:
        self.set_options(var_options=variables, direct=kwargs)
        texts, seeming = whole_texts(context.CLIARGS.get("extra_vars") or ())
        given = variables or {}
        environment = os.environ.get(self.get_option("environment") or "", "")
        found: list[Any] = []
        for name in terms:
            if name in texts:
                found.append(texts[name])
            elif name in given and name not in seeming:
                found.append(self._templar.template(given[name]))
            else:
                found.append(environment)
        return found
