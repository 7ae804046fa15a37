#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: glue_catalog_tables_info
version_added: 1.0.0
short_description: What databases and tables the Glue catalog has
description:
  - Reads databases of the Glue Data Catalog with their tables, columns, parameters and owners.
author:
  - The terraglue.aws contributors (@terraglue)
options:
  databases:
    description:
      - Names of databases to read. Those that do not exist are passed by.
      - When neither O(databases) nor O(owner) is given, every database of the region is read.
    type: list
    elements: str
  tables:
    description: Names of tables to read, in any of the databases. When not given, all tables are read.
    type: list
    elements: str
  owner:
    description: Read only databases that carry the tag C(terraglue:owner) with this value.
    type: str
  statements:
    description: Also write each database and table as a statement, CREATE DATABASE or CREATE EXTERNAL TABLE, which Athena could run.
    type: bool
    default: false
    version_added: 1.1.0
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.attributes.info
seealso:
  - module: terraglue.aws.glue_catalog_tables
"""

EXAMPLES = r"""
- name: Read what the environment has in the catalog
  terraglue.aws.glue_catalog_tables_info:
    owner: shop
  register: catalog

- name: Show the tables
  ansible.builtin.debug:
    msg: "{{ catalog.tables | map(attribute='name') | join(', ') }}"

- name: Read one table
  terraglue.aws.glue_catalog_tables_info:
    databases: [sales]
    tables: [orders]
"""

RETURN = r"""
databases:
  description: The databases, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the database.
      type: str
    description:
      description: What is in it.
      type: str
    location:
      description: Where its tables lie by default.
      type: str
    owner:
      description: The environment that it belongs to, by its tag; null when it carries none.
      type: str
    tags:
      description: Its tags.
      type: dict
    statement:
      description: What Athena would run to make the database; it has no words for tags.
      returned: O(statements=true)
      type: str
  sample:
    - name: sales
      description: Tables of the data folder sales
      location: s3://shop-raw-data/sales
      owner: shop
      tags:
        terraglue:owner: shop
tables:
  description: The tables, sorted by database and name.
  returned: success
  type: list
  elements: dict
  contains:
    database:
      description: Name of its database.
      type: str
    name:
      description: Name of the table.
      type: str
    owner:
      description: The environment that it belongs to, by its parameter; null when it carries none.
      type: str
    table_type:
      description: What kind of table it is.
      type: str
    location:
      description: Where its files lie.
      type: str
    columns:
      description: Its columns, in order, each with C(name) and C(type).
      type: list
      elements: dict
    partition_keys:
      description: The columns that it is partitioned by, in order, each with C(name) and C(type).
      type: list
      elements: dict
    comments:
      description: The comments of its columns and partition keys, by name.
      type: dict
    parameters:
      description: Its parameters.
      type: dict
    input_format:
      description: The class that reads its files.
      type: str
    output_format:
      description: The class that writes its files.
      type: str
    serde:
      description: The class that turns a line into columns.
      type: str
    serde_parameters:
      description: Parameters of that class.
      type: dict
    statement:
      description: What Athena would run to make the table.
      returned: O(statements=true), and not for views and tables of which the catalog lacks SerDe or format
      type: str
  sample:
    - database: sales
      name: orders
      owner: shop
      table_type: EXTERNAL_TABLE
      location: s3://shop-raw-data/sales/orders
      columns:
        - name: id
          type: string
      partition_keys: []
      parameters:
        classification: csv
      serde: org.apache.hadoop.hive.serde2.OpenCSVSerde
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import glue_catalog, table_ddl
from ansible_collections.terraglue.aws.plugins.module_utils.errors import run
from ansible_collections.terraglue.aws.plugins.module_utils.glue_catalog import Database
from ansible_collections.terraglue.aws.plugins.module_utils.session import (
    caller,
    client,
    in_parallel,
)
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import (
    OWNER_PARAMETER,
    columns_of,
    summary,
)
from ansible_collections.terraglue.aws.plugins.module_utils.tags import OWNER_TAG, is_ours

_SAID = ("location", "serde", "input_format", "output_format")


def read(module: AnsibleAWSModule) -> dict[str, Any]:
    """Read the databases that are asked for, and put them into the module's words."""
    names, tables, owner = (module.params[name] for name in ("databases", "tables", "owner"))
    who, glue = caller(module), client(module, "glue")
    if names is None:
        names = glue_catalog.list_databases(glue)
    found = in_parallel(
        lambda name: glue_catalog.read_database(glue, who, name), sorted(set(names))
    )
    databases = [one for one in found if one and is_ours(one.tags, owner)]
    return {
        "changed": False,
        "databases": [database_facts(one, module.params["statements"]) for one in databases],
        "tables": [
            table_facts(database.name, table, module.params["statements"])
            for database in databases
            for name, table in sorted(database.tables.items())
            if tables is None or name in tables
        ],
    }


def database_facts(database: Database, statements: bool) -> dict[str, Any]:
    """One entry of the result's databases."""
    statement = table_ddl.create_database(database.name, database.settings)
    return {
        **({"statement": statement} if statements else {}),
        "name": database.name,
        "description": database.settings.get("Description"),
        "location": database.settings.get("LocationUri"),
        "owner": database.tags.get(OWNER_TAG),
        "tags": database.tags,
    }


def table_facts(database: str, table: Mapping[str, Any], statements: bool) -> dict[str, Any]:
    """One entry of the result's tables."""
    facts = summary(table)
    # Views have no files, and others' tables may lack a part of what a statement has to say.
    if statements and all(facts[part] for part in _SAID):
        facts["statement"] = table_ddl.create_table(database, table)
    return {
        **facts,
        "database": database,
        "name": table["Name"],
        "owner": facts["parameters"].get(OWNER_PARAMETER),
        "columns": columns_of((table.get("StorageDescriptor") or {}).get("Columns")),
        "partition_keys": columns_of(table.get("PartitionKeys")),
    }


def main() -> None:
    """Declare the options and hand over."""
    module = AnsibleAWSModule(
        argument_spec={
            "databases": {"type": "list", "elements": "str"},
            "tables": {"type": "list", "elements": "str"},
            "owner": {"type": "str"},
            "statements": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run(module, read)


if __name__ == "__main__":
    main()
