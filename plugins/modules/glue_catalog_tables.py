#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: glue_catalog_tables
version_added: 1.0.0
short_description: Glue databases and tables from a folder of CSV files
description:
  - Reads a folder V(<database>/<table>/<file>.csv) and makes one Glue database per first folder and one external table
    per second folder, over the same paths in S3.
  - The columns of a table are the first record of its files, read as CSV, lower-cased and stripped. They are of type
    C(string), which OpenCSVSerde reads reliably, unless O(column_types=infer).
  - Files are C(.csv), C(.tsv) and C(.txt), or lines of JSON in C(.json), C(.jsonl) and C(.ndjson), each also with C(.gz).
    Folders C(<key>=<value>) within a table's folder are its partitions, which are registered.
  - Of each file only the head is read, whatever its size. All databases and tables are handled in one call. The folder is
    judged before the catalog is touched, and all faults are listed at once.
  - A table that was changed by hand is mended. Parameters, comments and statistics that others added stay.
author:
  - The terraglue.aws contributors (@terraglue)
options:
  data_dir:
    description:
      - The folder with the data. Names that begin with a dot or an underscore are passed by.
      - With O(state=absent), the databases named after its folders are removed; what is in the folders does not matter.
    type: path
  location:
    description:
      - Where the folder's files lie in S3, as V(s3://BUCKET) or V(s3://BUCKET/PREFIX).
      - Required with O(data_dir) when O(state=present).
    type: str
  database_prefix:
    description: Is put before the name of each database, so that two environments can share an account.
    type: str
    default: ""
  databases:
    description:
      - Further databases, without tables, for example the one that a job writes to; they get O(database_prefix) too.
      - An entry with the name of a folder describes that folder's database.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the database, without O(database_prefix).
        type: str
        required: true
      description:
        description: What is in it.
        type: str
      location:
        description: Where its tables lie by default, as V(s3://BUCKET/PREFIX).
        type: str
  delimiter:
    description:
      - The character between two fields. When empty it is found out, for each table, among comma, semicolon, tab and pipe.
    type: str
    default: ""
    aliases: [separator]
  quote:
    description: The character around a field.
    type: str
    default: '"'
  escape:
    description: The character that takes the meaning from the next one.
    type: str
    default: '\'
  encoding:
    description:
      - Encoding of the files, such as V(latin-1). When empty it is UTF-8, or UTF-16 where a file begins with its byte order
        mark.
    type: str
    default: ""
  convert:
    description:
      - What lies in S3 has been made UTF-8, as M(terraglue.aws.s3_folder) does on request. When false, a file of another
        encoding is a fault, since Athena and Glue read UTF-8 alone.
    type: bool
    default: false
  column_names:
    description:
      - V(keep) takes names as they are written, in lower case.
      - V(underscore) also turns blanks, punctuation and accents into what needs no quotes in SQL, and keeps the original as
        the column's comment. Names that become the same are numbered, and the task warns.
    type: str
    choices: [keep, underscore]
    default: keep
  column_types:
    description:
      - V(string) makes every column a string.
      - V(infer) looks at O(sample_rows) rows of each table, and chooses types (bigint, double, decimal, boolean, date,
        timestamp) together with LazySimpleSerDe, which reads them. It knows no quotes, so that a table with quoted fields
        keeps OpenCSVSerde and strings, and the task says so.
    type: str
    choices: [string, infer]
    default: string
  sample_rows:
    description: How many rows of each table O(column_types=infer) looks at. V(0) for all.
    type: int
    default: 10000
  table_options:
    description:
      - Choices for single tables, C(<database>.<table>) (folder names) to a mapping of C(delimiter), C(quote), C(escape),
        C(encoding), C(convert), C(column_names), C(column_types), C(sample_rows), C(description) and C(columns), which maps
        names of columns to a type, or to C(type) and C(comment).
      - The same can stand in a file C(_table.yml) in the table's folder. What stands here goes before it.
    type: dict
    default: {}
  method:
    description:
      - How tables come about, by V(glue)'s own calls, or by running CREATE EXTERNAL TABLE in V(athena). Both give the same
        table. Databases, and changes of tables that exist, go by Glue's calls in either case, since Athena has no statement
        for tags or for another SerDe.
    type: str
    choices: [glue, athena]
    default: glue
  workgroup:
    description: The Athena workgroup that O(method=athena) runs statements in.
    type: str
  ddl_dir:
    description:
      - Folder to write the CREATE EXTERNAL TABLE statement of each table to, as C(<database>/<table>.sql).
    type: path
  table_parameters:
    description: Further parameters of every table.
    type: dict
  state:
    description:
      - V(present) makes and mends databases and tables.
      - V(absent) removes the databases of O(data_dir) and O(databases) with all of their tables, also those that jobs
        made. With neither of the two, or with O(prune=true), every database of the region that carries the tag of
        O(owner) is removed.
      - Glue itself removes the partitions and versions of a removed table, some time later. Objects in S3 stay.
    type: str
    choices: [present, absent]
    default: present
  prune:
    description:
      - Remove tables whose folder is gone, from the databases that O(data_dir) and O(databases) name. Tables without
        the mark of O(owner), such as those that a job made, stay.
      - With O(state=absent), remove the other databases of O(owner) too, with all of their tables.
      - Needs O(owner).
    type: bool
    default: false
  owner:
    description:
      - The environment that databases and tables belong to, usually its prefix. Databases are tagged
        C(terraglue:owner) with this value; tables, which take no tags, carry it as a parameter.
      - A database or table of the right name without that mark belongs to somebody else. It is not changed (the task
        fails and says what it found) and not removed (the task warns).
      - When not given, the module asks nobody whose they are, and does not mark them.
    type: str
  adopt:
    description:
      - Names of databases (with O(database_prefix)) that are taken over, with those of their tables that O(data_dir)
        asks for, although they do not carry the mark of O(owner).
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.ownership
  - terraglue.aws.attributes
  - terraglue.aws.attributes.full
seealso:
  - module: terraglue.aws.glue_catalog_tables_info
  - module: terraglue.aws.s3_folder
"""

EXAMPLES = r"""
- name: Upload the data
  terraglue.aws.s3_folder:
    bucket: shop-raw-data
    src: data
    owner: shop

- name: Make a table of each folder
  terraglue.aws.glue_catalog_tables:
    data_dir: data
    location: s3://shop-raw-data
    owner: shop

- name: Two environments in one account, and a database for what a job writes
  terraglue.aws.glue_catalog_tables:
    data_dir: data
    location: s3://shop-raw-data-test/files
    database_prefix: test_
    databases:
      - name: sot_shop
        description: Curated tables
        location: s3://shop-curated-data-test/sot_shop
    prune: true
    owner: test
    tags:
      CostCenter: "4711"

- name: Remove everything that the environment has in the catalog
  terraglue.aws.glue_catalog_tables:
    state: absent
    owner: test
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
    change:
      description: V(created), V(updated), V(unchanged) or V(removed).
      type: str
  sample:
    - name: sales
      description: Tables of the data folder sales
      location: s3://shop-raw-data/sales
      change: created
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
    location:
      description: Where its files lie.
      type: str
    columns:
      description: Names of its columns, in order.
      type: list
      elements: str
    types:
      description: Their types.
      type: list
      elements: str
    partitions:
      description: How many partitions the folder has of it.
      type: int
    change:
      description: V(created), V(updated), V(unchanged) or V(removed).
      type: str
  sample:
    - database: sales
      name: orders
      location: s3://shop-raw-data/sales/orders
      columns: [id, customer_id]
      types: [string, string]
      partitions: 0
      change: created
statements:
  description: The files that O(ddl_dir) has of this call, sorted.
  returned: success
  type: list
  elements: str
  sample: []
left_alone:
  description: What was not removed because it is somebody else's, one sentence each.
  returned: success
  type: list
  elements: str
  sample: []
"""

from collections.abc import Sequence
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import (
    catalog_tables,
    catalog_wanted,
    data_folder,
    statement_files,
    table_options,
)
from ansible_collections.terraglue.aws.plugins.module_utils.catalog_tables import Outcome, Rules
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, run
from ansible_collections.terraglue.aws.plugins.module_utils.session import caller, client
from ansible_collections.terraglue.aws.plugins.module_utils.state import described


def present(module: AnsibleAWSModule) -> dict[str, Any]:
    """Judge the options and the folder, then bring the catalog to what they say."""
    options = module.params
    if not options["data_dir"] and not options["databases"]:
        raise TerraglueError("Nothing to make: give data_dir, or databases, or both.")
    if options["data_dir"] and not options["location"]:
        raise TerraglueError("data_dir needs location: where the files lie, such as s3://BUCKET.")
    if options["prune"] and not options["owner"]:
        raise TerraglueError("prune needs owner: without it, nobody knows which tables are ours.")
    if options["method"] == "athena" and not options["workgroup"]:
        raise TerraglueError("method=athena needs workgroup: where its statements run.")
    wanted, notes = catalog_wanted.wanted_databases(
        data_dir=options["data_dir"] or None,
        choices=table_options.from_options(options, options["table_options"]),
        location=options["location"] or None,
        prefix=options["database_prefix"],
        extra=options["databases"],
        owner=options["owner"],
        parameters=options["table_parameters"],
    )
    for note in notes:
        module.warn(f"{note.where}: {note.message}")
    rules = Rules(
        options["owner"],
        options["tags"],
        options["purge_tags"],
        tuple(options["adopt"]),
        options["prune"],
    )
    who, glue = caller(module), client(module, "glue")
    create: catalog_tables.Create = catalog_tables.create_by_glue
    if options["method"] == "athena":
        create = catalog_tables.create_by_athena(client(module, "athena"), options["workgroup"])
    outcomes = catalog_tables.ensure(glue, who, wanted, rules, module.check_mode, create)
    made = result(outcomes, [])
    if options["ddl_dir"]:
        written = statement_files.write(module, options["ddl_dir"], wanted)
        made["changed"] |= bool(written)
        made["diff"] += written
        made["statements"] = statement_files.paths(options["ddl_dir"], wanted)
    return made


def absent(module: AnsibleAWSModule) -> dict[str, Any]:
    """Remove the named databases, all of the owner's, or both."""
    options = module.params
    data_dir, owner, prefix = options["data_dir"], options["owner"], options["database_prefix"]
    names = {prefix + item["name"] for item in options["databases"]}
    everything = options["prune"] or not (data_dir or names)
    if everything and not owner:
        raise TerraglueError(
            "Nothing to remove: give data_dir, databases or owner; prune needs owner."
        )
    if data_dir:
        folders = data_folder.database_names(data_dir)
        if not folders and not everything:
            module.warn(f"The data folder {data_dir} names no database, so none is removed by it.")
        names.update(prefix + name for name in folders)
    who, glue = caller(module), client(module, "glue")
    if everything:
        names.update(catalog_tables.owned_databases(glue, who, owner))
    outcomes, stayed = catalog_tables.remove(glue, who, sorted(names), owner, module.check_mode)
    for sentence in stayed:
        module.warn(sentence)
    return result(outcomes, stayed)


def result(outcomes: Sequence[Outcome], left_alone: list[str]) -> dict[str, Any]:
    """The module's result; what did not change has no place in the diff."""
    outcomes = sorted(outcomes, key=lambda one: (one.database, one.table or ""))
    changes = [one for one in outcomes if one.change != "unchanged"]
    return {
        "changed": bool(changes),
        "databases": [{**one.facts, "change": one.change} for one in outcomes if not one.table],
        "tables": [{**one.facts, "change": one.change} for one in outcomes if one.table],
        "statements": [],
        "left_alone": left_alone,
        "diff": [described(one.title, one.before, one.after) for one in changes],
    }


def main() -> None:
    """Declare the options and hand over."""
    module = AnsibleAWSModule(
        argument_spec={
            "data_dir": {"type": "path"},
            "location": {"type": "str"},
            "database_prefix": {"type": "str", "default": ""},
            "databases": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "description": {"type": "str"},
                    "location": {"type": "str"},
                },
            },
            "delimiter": {"type": "str", "default": "", "aliases": ["separator"]},
            "quote": {"type": "str", "default": '"'},
            "escape": {"type": "str", "default": "\\"},
            "encoding": {"type": "str", "default": ""},
            "convert": {"type": "bool", "default": False},
            "column_names": {"type": "str", "choices": ["keep", "underscore"], "default": "keep"},
            "column_types": {"type": "str", "choices": ["string", "infer"], "default": "string"},
            "sample_rows": {"type": "int", "default": 10000},
            "table_options": {"type": "dict", "default": {}},
            "method": {"type": "str", "choices": ["glue", "athena"], "default": "glue"},
            "workgroup": {"type": "str"},
            "ddl_dir": {"type": "path"},
            "table_parameters": {"type": "dict"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "prune": {"type": "bool", "default": False},
            "owner": {"type": "str"},
            "adopt": {"type": "list", "elements": "str", "default": []},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "purge_tags": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run(module, present if module.params["state"] == "present" else absent)


if __name__ == "__main__":
    main()
