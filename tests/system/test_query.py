# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees of a query, and that nothing of it goes on when the person has gone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import BIN, ROOT
from .queries import SECONDS, Queries
from .waiting import eventually

WORKGROUP = "sbx-analytics-workgroup"


@pytest.fixture(scope="module")
def lab(local_aws: Any) -> Any:
    """The environment's workgroup and a table shop.orders of three rows."""
    s3, athena, glue = (local_aws.client(name) for name in ("s3", "athena", "glue"))
    s3.create_bucket(Bucket="lab")
    s3.put_object(Bucket="lab", Key="orders/a.csv", Body=b"1,10.5,it's\n2,,\n3,7,50% \xc3\xa9\n")
    location = {"ResultConfiguration": {"OutputLocation": "s3://lab/results/"}}
    athena.create_work_group(Name=WORKGROUP, Configuration=location)
    columns = (("id", "bigint"), ("price", "decimal(10,2)"), ("note", "string"))
    serde = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
    glue.create_database(DatabaseInput={"Name": "shop"})
    storage = {
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
        "Location": "s3://lab/orders/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"field.delim": ","}},
    }
    table = {"Name": "orders", "StorageDescriptor": storage}
    glue.create_table(DatabaseName="shop", TableInput=table)
    return local_aws


def test_the_answer_is_a_table(lab: Any, tmp_path: Path) -> None:
    """Of the query as it was written: blanks, quotes and words that look like variables included."""
    sql = "SELECT * FROM orders WHERE note <> 'max_rows=1' AND id<>0 ORDER BY id;"
    options = ("-e", f"sql={sql}", "-e", "database=shop", "-e", f"csv={tmp_path}/a.csv")
    run = lab.play("query.yml", *options).ok()
    lines = [
        "id | price | note",
        "---+-------+------",
        " 1 | 10.50 | it's",
        " 2 |  NULL |",
        " 3 |  7.00 | 50% é",
        "3 rows",
        f"All rows are in {tmp_path}/a.csv",
    ]
    assert "\n".join(f"        {line}" for line in lines) in run.output
    assert re.search(
        r"Query [0-9a-f-]{36}: \d+\.\d s, 27\.00 Bytes scanned, 0\.00005 USD", run.output
    )
    written = '"id","price","note"\n"1","10.50","it\'s"\n"2",,""\n"3","7.00","50% é"\n'
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == written


def test_faults_are_told_in_words(lab: Any) -> None:
    nothing = lab.play("query.yml").failed()
    assert "There is no query" in nothing.output and "make query SQL=" in nothing.output
    # As make hands the query on.
    environment = {"TERRAGLUE_SQL": 'SELECT "the $id" FROM shop.orders'}
    wrong = lab.play("query.yml", environment=environment).failed()
    assert "Column 'the $id' cannot be resolved" in wrong.output
    assert f"{environment['TERRAGLUE_SQL']}\n" in wrong.output


def test_an_interrupted_play_stops_its_query(lab: Any) -> None:
    athena = lab.client("athena")
    known = set(athena.list_query_executions(WorkGroup=WORKGROUP)["QueryExecutionIds"])

    def new_state() -> str:
        found = athena.list_query_executions(WorkGroup=WORKGROUP)["QueryExecutionIds"]
        for identity in set(found) - known:
            return str(Queries(athena).execution(identity)["Status"]["State"])
        return ""

    # Trillions of rows.
    sql = "SELECT count(*) FROM " + ", ".join(f"shop.orders t{n}" for n in range(26))
    variables = {"local_aws_port": lab.port, "local_aws_state_dir": str(lab.state_dir)}
    words = [word for item in variables.items() for word in ("-e", "=".join(map(str, item)))]
    play = subprocess.Popen(
        [str(BIN / "ansible-playbook"), "playbooks/query.yml", *words, "-e", f"sql={sql}"],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        eventually(new_state, "RUNNING", SECONDS)
        play.send_signal(signal.SIGINT)
        play.wait(timeout=30)
        eventually(new_state, "CANCELLED", 10)
    finally:
        play.kill()
        play.wait()
