# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fewest API calls that upload a data folder and catalog it: the floor that bench.py divides by.

One process, boto3 and as many threads as the modules have. It sends each file once, makes each
database and table once, and looks at nothing that is there. Prints the seconds of the calls alone.

    python floor.py ENDPOINT BUCKET FOLDER      (the folder has DATABASE/TABLE/FILE.csv)
"""

from __future__ import annotations

import csv
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

THREADS = 16


def client(service: str, endpoint: str) -> Any:
    """A client of the local AWS."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(max_pool_connections=THREADS),
    )


def table_input(folder: Path, bucket: str) -> dict[str, Any]:
    """A table as the Glue API takes it, with the columns of the folder's first file."""
    first = min(folder.iterdir())
    with open(first, encoding="utf-8", newline="") as stream:
        columns = next(csv.reader(stream))
    return {
        "Name": folder.name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": "string"} for name in columns],
            "Location": f"s3://{bucket}/{folder.parent.name}/{folder.name}",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"},
        },
    }


def main(endpoint: str, bucket: str, root: Path) -> None:
    """Upload and catalog."""
    s3, glue = client("s3", endpoint), client("glue", endpoint)
    began = time.perf_counter()
    files = [path for path in root.rglob("*") if path.is_file()]
    databases = [path for path in root.iterdir() if path.is_dir()]
    tables = [path for database in databases for path in database.iterdir()]

    def put(path: Path) -> None:
        key = path.relative_to(root).as_posix()
        s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes(), ContentType="text/csv")

    def make(folder: Path) -> None:
        glue.create_table(DatabaseName=folder.parent.name, TableInput=table_input(folder, bucket))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(put, files))
        for database in databases:
            glue.create_database(DatabaseInput={"Name": database.name})
        list(pool.map(make, tables))
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
