#!/usr/bin/python
# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: athena_query
version_added: 1.1.0
short_description: Run a statement in Athena and return its rows
description:
  - Runs one SQL statement, waits until it has ended, and returns its rows with types, what it scanned and what that costs.
  - A query is run once, also when the connection is lost meanwhile. It is stopped when O(timeout) is over and when the play is interrupted.
options:
  query:
    description: The statement, without a semicolon at its end.
    type: str
    required: true
  parameters:
    description:
      - Values for the question marks in O(query), in their order.
      - These are values and no SQL. A string becomes a string, whatever characters it has; where a date is wanted, write C(CAST(? AS date)).
    type: list
    elements: raw
    default: []
  workgroup:
    description: The workgroup that the query runs in. Its settings may override O(output_location).
    type: str
    default: primary
  database:
    description: The database that names without one lie in.
    type: str
  catalog:
    description: The data catalog that names without one lie in.
    type: str
    default: AwsDataCatalog
  output_location:
    description: Where the result is written, C(s3://bucket/prefix/). Required when the workgroup has no location of its own.
    type: str
  max_rows:
    description:
      - How many rows are returned at most. RV(truncated) says whether there are more.
      - A result is held in memory as a whole, here and by Ansible. O(csv_path) is for large ones.
    type: int
    default: 1000
  csv_path:
    description:
      - A file that B(all) rows are written to, as CSV (RFC 4180, UTF-8, a header, lines end with a line feed).
      - All values stand in quotes. NULL is nothing between the commas, an empty string is V("").
      - The file is replaced as a whole or not at all. It counts as a change when its content is another one.
      - The result is copied from its object in S3, which takes C(s3:GetObject); one that is encrypted by the client (CSE_KMS) is
        read by pages.
    type: path
  timeout:
    description: Seconds after which the query is stopped, its time in the queue included.
    type: int
    default: 1800
  delay:
    description: Seconds before the second look at the query. The delay grows by half with each look.
    type: float
    default: 0.2
  max_delay:
    description: Seconds that the delay grows to.
    type: float
    default: 5
  price_per_tb:
    description: USD for a scanned TB. The default is the list price in us-east-1.
    type: float
    default: 5
notes:
  - In check mode a statement that only reads (C(SELECT), C(WITH), C(VALUES), C(SHOW), C(DESCRIBE), C(EXPLAIN)) is run, since it changes
    nothing and later tasks want its rows. Any other is not run.
  - RV(ignore:changed) is true for every statement that ran and does not only read, also for C(CREATE TABLE IF NOT EXISTS) of a table
    that is there, since Athena does not tell. C(EXECUTE) is taken for one that changes something.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - terraglue.aws.attributes
  - terraglue.aws.progress
attributes:
  check_mode:
    support: partial
    details: Statements that only read are run; of the others it is said that they would change something.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: As far as the statement is.
seealso:
  - module: terraglue.aws.athena_workgroup
author:
  - The terraglue.aws contributors (@terraglue)
"""

EXAMPLES = r"""
- name: Count the orders of each status
  terraglue.aws.athena_query:
    query: SELECT order_status, count(*) AS orders FROM orders GROUP BY order_status ORDER BY orders DESC
    database: sor_ecommerce_br
    workgroup: sbx-analytics-workgroup
  register: statuses

- name: Use a row
  ansible.builtin.debug:
    msg: "{{ statuses.rows[0].orders + 1 }} orders with one more"

- name: Pass values safely
  terraglue.aws.athena_query:
    query: SELECT * FROM orders WHERE order_status = ? AND CAST(order_purchase_timestamp AS timestamp) >= CAST(? AS timestamp)
    parameters:
      - "{{ status }}"
      - "2018-01-01 00:00:00"
    database: sor_ecommerce_br
    workgroup: sbx-analytics-workgroup

- name: Keep a large result as a file
  terraglue.aws.athena_query:
    query: SELECT * FROM order_items
    database: sor_ecommerce_br
    workgroup: sbx-analytics-workgroup
    max_rows: 0
    csv_path: order_items.csv

- name: Register the folders of a table as its partitions
  terraglue.aws.athena_query:
    query: MSCK REPAIR TABLE events
    database: web
    workgroup: sbx-analytics-workgroup
"""

RETURN = r"""
query_execution_id:
  description: The id of the query.
  returned: when the query was started
  type: str
  sample: 6dc3f1d0-6f0a-4c0f-9c4e-0d3f5b7d2a11
state:
  description: How it ended. A query that did not succeed fails the task.
  returned: when the query was started
  type: str
  sample: SUCCEEDED
statement_type:
  description: V(DML), V(DDL) or V(UTILITY).
  returned: when the query was started
  type: str
  sample: DML
columns:
  description: The columns of the result.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name as Athena gives it; several columns may have the same.
      type: str
    type:
      description: The type in the words of Athena.
      type: str
    key:
      description: The name in RV(rows). A second column V(id) is V(id_2) there, so that none is lost.
      type: str
  sample:
    - {name: order_status, type: varchar, key: order_status}
    - {name: orders, type: bigint, key: orders}
rows:
  description:
    - The rows, O(max_rows) at most, each by RV(columns[].key).
    - Whole numbers are integers, doubles are floats (V(NaN) and V(Infinity) are strings), booleans are booleans, NULL is null.
    - Decimals are strings with all of their digits, timestamps strings of ISO 8601, everything else is the string that Athena gives,
      for instance V([1, 2]) for an array.
    - What a statement other than a query prints stands in one column.
  returned: success
  type: list
  elements: dict
  sample:
    - {order_status: delivered, orders: 771}
row_count:
  description: How many rows are in RV(rows).
  returned: success
  type: int
  sample: 1
truncated:
  description: Whether the result has more rows than RV(rows).
  returned: success
  type: bool
  sample: false
data_scanned_bytes:
  description: What was read from S3.
  returned: when the query was started
  type: int
  sample: 142185
cost_usd:
  description:
    - An estimate by O(price_per_tb) of what the query costs, by the megabyte, 10 MB at least. DDL is free.
    - Requests and storage of S3 are not in it, nor is capacity that is paid by the hour.
  returned: success
  type: float
  sample: 4.768e-05
engine_execution_ms:
  description: Milliseconds that the engine worked.
  returned: when the query was started
  type: int
  sample: 731
queue_ms:
  description: Milliseconds that the query waited for the engine.
  returned: when the query was started
  type: int
  sample: 96
output_location:
  description: The object that holds the result.
  returned: when the query was started
  type: str
  sample: s3://terraglue-athena-query-results-123456789012-us-east-1/6dc3f1d0-6f0a-4c0f-9c4e-0d3f5b7d2a11.csv
csv_path:
  description: The file that was written.
  returned: when O(csv_path) is set
  type: str
  sample: /home/me/order_items.csv
msg:
  description: Why the statement was not run.
  returned: in check mode, for a statement that does not only read
  type: str
"""

import filecmp
import os
import tempfile
from collections.abc import Iterable
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.terraglue.aws.plugins.module_utils import athena_queries as queries
from ansible_collections.terraglue.aws.plugins.module_utils import errors, progress, session
from ansible_collections.terraglue.aws.plugins.module_utils.interruptions import (
    Interrupted,
    Interruptions,
)


def check(options: dict[str, Any]) -> None:
    """Refuse what cannot be done before a query is paid for."""
    location, path = options["output_location"], options["csv_path"]
    folder = os.path.dirname(os.path.abspath(path)) if path else ""
    wrong = ""
    if not queries.first_words(options["query"]):
        wrong = "query holds no statement. An example: SELECT count(*) FROM orders"
    elif location and not location.startswith("s3://"):
        wrong = f"output_location '{location}' has to begin with s3://"
    elif options["max_rows"] < 0:
        wrong = f"max_rows {options['max_rows']} has to be 0 or more"
    elif options["timeout"] <= 0 or options["delay"] <= 0 or options["max_delay"] <= 0:
        wrong = "timeout, delay and max_delay have to be more than 0"
    elif path and not queries.only_reads(options["query"]):
        wrong = "csv_path is for statements that answer rows, such as SELECT"
    elif path and os.path.isdir(path):
        wrong = f"csv_path '{path}' is a folder. Name a file"
    elif path and not os.access(folder, os.W_OK):
        wrong = f"csv_path '{path}': the folder {folder} does not exist or cannot be written to"
    if wrong:
        raise errors.TerraglueError(f"{wrong}.")


def write_file(module: AnsibleAWSModule, pieces: Iterable[bytes], signals: Interruptions) -> bool:
    """Put the pieces where csv_path says, all of them or none; whether that is a change."""
    path = os.path.abspath(module.params["csv_path"])
    # Beside the file, since only within a file system a rename is one step.
    handle, beside = tempfile.mkstemp(prefix=".athena-", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                signals.pause(0)
                file.write(piece)
        if os.path.exists(path) and filecmp.cmp(beside, path, shallow=False):
            return False
        if not module.check_mode:
            module.atomic_move(beside, path)
        return True
    except OSError as error:
        raise errors.TerraglueError(f"csv_path '{path}' cannot be written: {error}.") from error
    finally:
        if os.path.exists(beside):
            os.unlink(beside)


def answers_rows(execution: dict[str, Any], reads: bool) -> bool:
    """Whether there is something to read: the rows of a query, or what a DDL statement prints."""
    made_by_query = "AS_SELECT" in (execution.get("SubstatementType") or "")
    return reads or (execution.get("StatementType") != "DML" and not made_by_query)


def read(
    module: AnsibleAWSModule,
    athena: Any,
    execution: dict[str, Any],
    signals: Interruptions,
) -> dict[str, Any]:
    """What the query answered, in the words of the module's result."""
    options = module.params
    result: dict[str, Any] = {"columns": [], "rows": [], "truncated": False, "changed": False}
    reads = queries.only_reads(options["query"])
    if answers_rows(execution, reads):
        # A header, and one row more than wanted: that tells whether there are more.
        first = min(queries.PAGE, options["max_rows"] + 2)
        answer = queries.Answer(athena, execution, signals, first)
        result["columns"] = [column._asdict() for column in answer.columns]
        result["rows"], result["truncated"] = answer.records(options["max_rows"])
    result["changed"] = not reads
    if options["csv_path"]:
        if queries.can_be_copied(execution):
            pieces = queries.result_object(session.client(module, "s3"), execution)
        else:
            pieces = queries.csv_content(queries.Answer(athena, execution, signals))
        result["csv_path"] = os.path.abspath(options["csv_path"])
        result["changed"] = write_file(module, pieces, signals)
    return {**result, "row_count": len(result["rows"])}


def work(module: AnsibleAWSModule) -> dict[str, Any]:
    """The result of the module."""
    options = module.params
    check(options)
    if module.check_mode and not queries.only_reads(options["query"]):
        verb = queries.first_words(options["query"], 1)[0].upper()
        return {
            "changed": True,
            "msg": f"The statement was not run in check mode, since {verb} does not only read.",
        }
    session.region_of(module)
    athena = session.client(module, "athena")
    times = options["timeout"], options["delay"], options["max_delay"]
    say = progress.Progress(module).say
    with Interruptions() as signals:
        query_id = queries.start(athena, queries.request(options))
        try:
            execution = queries.wait(athena, query_id, signals, say, *times)
            if execution["Status"]["State"] != "SUCCEEDED":
                raise queries.failure(execution)
            result = read(module, athena, execution, signals)
        except Interrupted as signal:
            raise errors.TerraglueError(
                f"The play was interrupted ({signal}). The query {query_id} does not run any more.",
                query_execution_id=query_id,
            ) from signal
    price = queries.cost(execution, options["price_per_tb"])
    return {**queries.figures(execution), "cost_usd": price, **result}


def main() -> None:
    """Declare the options and do the work."""
    module = AnsibleAWSModule(
        argument_spec={
            "query": {"type": "str", "required": True},
            "parameters": {"type": "list", "elements": "raw", "default": []},
            "workgroup": {"type": "str", "default": "primary"},
            "database": {"type": "str"},
            "catalog": {"type": "str", "default": "AwsDataCatalog"},
            "output_location": {"type": "str"},
            "max_rows": {"type": "int", "default": 1000},
            "csv_path": {"type": "path"},
            "timeout": {"type": "int", "default": 1800},
            "delay": {"type": "float", "default": 0.2},
            "max_delay": {"type": "float", "default": 5},
            "price_per_tb": {"type": "float", "default": 5},
            **progress.OPTIONS,
        },
        supports_check_mode=True,
    )
    errors.run(module, work)


if __name__ == "__main__":
    main()
