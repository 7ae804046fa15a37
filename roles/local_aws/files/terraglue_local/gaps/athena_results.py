# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a query leaves in S3: its rows as Athena's CSV or as lines, the list of files it wrote.

Rows lie only there; GetQueryResults reads them from there. The file ``….metadata`` has a form that
AWS does not document and that no client reads; here it holds ColumnInfo as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from ministack.services import s3

from ..dispatch import changed
from .athena_calls import Failed

PAGE = 1000  # GetQueryResults, MaxResults: "Maximum value of 1000", the header among them

_CELL = re.compile(rb'(?:"([^"]*(?:""[^"]*)*)"|)(,|\n)')
_DENIED = (
    "Access denied when writing output to url: {location} . Please ensure you are allowed to access"
    " the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed"
    " to access your KMS key"
)


def record(values: Sequence[str | None]) -> str:
    """A line of Athena's CSV: every value in quotes, NULL as nothing."""
    return ",".join("" if v is None else '"' + v.replace('"', '""') + '"' for v in values) + "\n"


def _records(content: bytes, start: int) -> Iterator[tuple[list[str | None], int]]:
    """(values, position behind them) of Athena's own CSV, from a position on."""
    values: list[str | None] = []
    for cell in _CELL.finditer(content, start):
        value = cell.group(1)
        values.append(None if value is None else value.replace(b'""', b'"').decode())
        if cell.group(2) == b"\n":
            yield values, cell.end()
            values = []


def line(values: Sequence[str | None]) -> str:
    """A line of a text result: what SHOW and EXPLAIN print."""
    return "\t".join(value or "" for value in values) + "\n"


def page(location: str, start: int, most: int) -> tuple[list[list[str | None]], int | None] | None:
    """(rows, where the next page begins) of a result; None when its object is not there."""
    place = urlsplit(location)
    content = s3._get_object_data(place.netloc, place.path.lstrip("/"))
    if content is None:
        return None
    rows: list[list[str | None]] = []
    if location.endswith(".csv"):
        for values, behind in _records(content, start):
            rows.append(values)
            start = behind
            if len(rows) == most:
                break
    else:
        lines = content[start:].splitlines(keepends=True)[:most]
        rows = [[one.decode().rstrip("\n")] for one in lines]
        start += len(b"".join(lines))
    return rows, start if start < len(content) else None


def _encryption(configuration: dict[str, Any]) -> dict[str, str]:
    """The headers of PutObject that a result configuration asks for."""
    given = configuration.get("EncryptionConfiguration") or {}
    if given.get("EncryptionOption") == "SSE_S3":
        return {"x-amz-server-side-encryption": "AES256"}
    if given.get("EncryptionOption") == "SSE_KMS":
        return {
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": given.get("KmsKey", ""),
        }
    return {}


def store(location: str, content: bytes, configuration: dict[str, Any], account: str) -> None:
    """Write an object as a result configuration says. Failed with Athena's reason."""
    place = urlsplit(location)
    expected = configuration.get("ExpectedBucketOwner")
    if expected and expected != account:
        raise Failed(_DENIED.format(location=location))
    headers = {
        "content-type": "application/octet-stream",
        "content-length": str(len(content)),
        **_encryption(configuration),
    }
    status, dummy, body = s3._put_object(place.netloc, place.path.lstrip("/"), content, headers)
    if status >= 300:
        said = re.findall(rb"<(?:Code|Message)>([^<]*)<", body if isinstance(body, bytes) else b"")
        raise Failed(f"Unable to write the result to {location}: {b': '.join(said).decode()}")
    changed("s3")


def metadata(columns: list[dict[str, Any]]) -> bytes:
    """The content of ``….metadata``."""
    return json.dumps({"ColumnInfo": columns}).encode()


def manifest(engine_id: str) -> bytes:
    """The paths of the files that a statement wrote: the engine puts its id in their names."""
    return "".join(
        f"s3://{bucket}/{key}\n"
        for bucket, content in s3._buckets.items()
        for key in sorted(name for name in content["objects"] if engine_id in name)
    ).encode()
