#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: validate
short_description: Judge the inputs of the collection's roles before anything is changed
version_added: 1.0.0
author:
  - The terraglue.aws contributors (@terraglue)
description:
  - Reads the variables of roles of this collection, and the data, policies and scripts that they name, and reports every fault
    at once, each with the file and line or the variable and what to do about it.
  - It asks nothing of AWS and needs no credentials. Each role judges its own inputs first; with this action a play judges those
    of all its roles before the first of them begins.
  - Inputs that depend on what a role leaves, such as C(storage_result), are passed over until that is known.
options:
  roles:
    description:
      - Short names of roles of this collection, such as V(storage).
      - Of a role whose state is V(absent), only types and names are judged.
    type: list
    elements: str
    required: true
  every_value:
    description:
      - Also hold every value of the data folder against the type of its column, those beyond the rows that the types are
        inferred from too. It takes as long as reading all files.
    type: bool
    default: false
    version_added: 1.1.0
extends_documentation_fragment:
  - terraglue.aws.attributes
  - terraglue.aws.attributes.info
attributes:
  action:
    description: Runs in the controller and not on the host.
    support: full
notes:
  - This is an action plugin. It runs in the controller and reads the controller's files.
"""

EXAMPLES = r"""
- name: Judge the inputs before anything is changed
  terraglue.aws.validate:
    roles: [storage, catalog, iam, kms, glue]

- name: Is there any value that does not fit its column?
  terraglue.aws.validate:
    roles: [catalog]
    every_value: true
  vars:
    catalog_data_dir: ~/data
    catalog_column_types: infer

- name: Judge a job's inputs, given for it alone
  terraglue.aws.validate:
    roles: [glue]
  vars:
    glue_job_name: nightly
    glue_app_dir: "{{ playbook_dir }}/nightly"
    glue_trigger_schedule: cron(30 2 * * ? *)
"""

RETURN = r"""
faults:
  description: What is wrong. When there is anything, the task has failed and RV(msg) lists it.
  returned: always
  type: list
  elements: dict
  contains:
    where:
      description: A file, with the line after a colon where there is one, or a variable and its value.
      type: str
      sample: files/policies/iam/reader.json:12
    message:
      description: What is wrong, and what to do.
      type: str
      sample: Nothing stands for the placeholder <acount_id>. Known are <account_id>, <prefix>.
msg:
  description: All faults as one text, or that there are none.
  returned: always
  type: str
  sample: The inputs of storage, catalog are sound.
"""
