# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fewest API calls that upload a data folder and catalog it: the floor that bench.py divides by.

One process, boto3 and as many threads as the modules have. It sends each file once, makes each
database and table once, and looks at nothing that is there. With "again" it makes the fewest calls
that find nothing to change: it lists objects and tables, and holds every file against them. Prints
the seconds of the calls alone.

    python floor.py ENDPOINT BUCKET FOLDER [again]      (the folder has DATABASE/TABLE/FILE.csv)
"""

from __future__ import annotations

import csv
import hashlib
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


def make(s3: Any, glue: Any, bucket: str, root: Path) -> None:
    """Upload and catalog."""
    files = [path for path in root.rglob("*") if path.is_file()]
    databases = [path for path in root.iterdir() if path.is_dir()]
    tables = [path for database in databases for path in database.iterdir()]

    def put(path: Path) -> None:
        key = path.relative_to(root).as_posix()
        s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes(), ContentType="text/csv")

    def create(folder: Path) -> None:
        glue.create_table(DatabaseName=folder.parent.name, TableInput=table_input(folder, bucket))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(put, files))
        for database in databases:
            glue.create_database(DatabaseInput={"Name": database.name})
        list(pool.map(create, tables))


def look(s3: Any, glue: Any, bucket: str, root: Path) -> None:
    """Find that every object and table is as ``make`` made it; ends with an error otherwise."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    tags = {found["Key"]: found["ETag"] for page in pages for found in page.get("Contents", ())}
    for path in root.rglob("*"):
        if path.is_file():
            # Of an object that was put in one piece the tag is its MD5.
            digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            if tags[path.relative_to(root).as_posix()] != f'"{digest}"':
                sys.exit(f"{path} differs")
    for database in root.iterdir():
        lists = glue.get_paginator("get_tables").paginate(DatabaseName=database.name)
        tables = {found["Name"]: found for page in lists for found in page["TableList"]}
        for folder in database.iterdir():
            wanted = table_input(folder, bucket)["StorageDescriptor"]["Columns"]
            if tables[folder.name]["StorageDescriptor"]["Columns"] != wanted:
                sys.exit(f"{folder} differs")


def main(endpoint: str, bucket: str, root: Path, again: bool) -> None:
    """Make everything, or look at it again."""
    s3, glue = client("s3", endpoint), client("glue", endpoint)
    began = time.perf_counter()
    (look if again else make)(s3, glue, bucket, root)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:] == ["again"])
