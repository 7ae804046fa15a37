# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files at a path, on S3 or on this machine: listed as Glue lists them, and deleted."""

from __future__ import annotations

import fnmatch
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from awsglue.local import aws

_S3 = re.compile(r"s3[an]?://([^/]+)/?(.*)", re.DOTALL)


@dataclass(frozen=True)
class File:
    """One file, as a listing tells it."""

    path: str
    modified: float
    size: int
    storage_class: str = "STANDARD"

    @property
    def folder(self) -> str:
        return self.path.rsplit("/", 1)[0]


def is_true(value: Any) -> bool:
    """Whether an option is on: scripts write True as well as "true"."""
    return str(value).strip().lower() == "true"


def listing(path: str, recurse: bool = False, exclusions: Sequence[str] = ()) -> list[File]:
    """The data files at a path, in order. Sub-folders are passed by unless ``recurse`` says so.

    Names that begin with ``_`` or ``.`` are no data, nor are empty files.
    """
    prefix = path.rstrip("/") + "/"
    found = []
    for file in under(path, recurse):
        below = file.path[len(prefix) :] if file.path.startswith(prefix) else ""
        names = below.split("/") if below else [file.path.rsplit("/", 1)[1]]
        if not recurse and len(names) > 1:
            continue
        if file.size and not any(name[:1] in ("_", ".") or name == "" for name in names):
            found.append(file)
    return [file for file in found if not _excluded(file.path, exclusions)]


def _excluded(path: str, patterns: Sequence[str]) -> bool:
    return any(re.fullmatch(_glob(pattern), path) for pattern in patterns)


def _glob(pattern: str) -> str:
    """A pattern of the option exclusions: ``*`` stays in its folder, ``**`` does not."""
    parts = []
    for word in re.split(r"(\*\*|\*|\?|\{[^}]*\}|\[[^\]]*\])", pattern):
        if word == "**":
            parts.append(".*")
        elif word == "*":
            parts.append("[^/]*")
        elif word == "?":
            parts.append("[^/]")
        elif word.startswith("{"):
            parts.append("(?:" + "|".join(_glob(one) for one in word[1:-1].split(",")) + ")")
        elif word.startswith("["):
            parts.append(fnmatch.translate(word)[4:-3])
        else:
            parts.append(re.escape(word))
    return "".join(parts)


def exclusion_patterns(option: Any) -> list[str]:
    """The option exclusions: a JSON list as text, or a list."""
    if not option:
        return []
    return [str(one) for one in (json.loads(option) if isinstance(option, str) else option)]


def under(path: str, recurse: bool = True) -> Iterator[File]:
    """Every file at a path: that one, or those in the folder of that name."""
    s3 = _S3.fullmatch(path)
    if s3:
        folder = path.rstrip("/") + "/"
        for file in _objects(s3[1], s3[2].rstrip("/"), recurse, path):
            if file.path == path or file.path.startswith(folder):
                yield file
        return
    place = _local(path)
    if place.is_file():
        yield _local_file(place)
    elif place.is_dir():
        pattern = "**/*" if recurse else "*"
        yield from (_local_file(one) for one in sorted(place.glob(pattern)) if one.is_file())


def _local(path: str) -> Path:
    url = urlsplit(path)
    if url.scheme not in ("", "file"):
        raise ValueError(f"The path {path} is neither on S3 (s3://bucket/folder/) nor a local one.")
    return Path(unquote(url.path) if url.scheme else path)


def _local_file(place: Path) -> File:
    facts = place.stat()
    return File(place.as_uri().replace("file:///", "file:/"), facts.st_mtime, facts.st_size)


def _objects(bucket: str, prefix: str, recurse: bool, path: str) -> Iterator[File]:
    scheme = path.split("://")[0]
    asked = {"Bucket": bucket, "Prefix": prefix}
    if not recurse:
        # Both the object of that name and the folder's own, which lie on two levels.
        asked["Prefix"] = f"{prefix}/" if prefix else ""
        asked["Delimiter"] = "/"
        if prefix and not path.endswith("/"):
            yield from _pages({"Bucket": bucket, "Prefix": prefix, "Delimiter": "/"}, scheme)
    yield from _pages(asked, scheme)


def _pages(asked: Mapping[str, str], scheme: str) -> Iterator[File]:
    for page in aws.client("s3").get_paginator("list_objects_v2").paginate(**asked):
        for one in page.get("Contents", []):
            yield File(
                f"{scheme}://{asked['Bucket']}/{one['Key']}",
                one["LastModified"].timestamp(),
                one["Size"],
                one.get("StorageClass", "STANDARD"),
            )


@dataclass
class Purge:
    """What a purge leaves alone: young files and those of some storage classes."""

    retention_hours: float = 168.0
    spared_classes: tuple[str, ...] = ()
    manifest: str = ""

    @staticmethod
    def of(options: Mapping[str, Any] | None) -> Purge:
        options = options or {}
        return Purge(
            float(options.get("retentionPeriod", 168)),
            tuple(options.get("excludeStorageClasses") or ()),
            str(options.get("manifestFilePath") or ""),
        )

    def takes(self, file: File) -> bool:
        age = datetime.now(timezone.utc).timestamp() - file.modified
        # S3 tells whole seconds, and its clock may be ahead of ours.
        old = self.retention_hours <= 0 or age > self.retention_hours * 3600
        return old and file.storage_class not in self.spared_classes


def purge(path: str, rules: Purge) -> list[File]:
    """Delete what lies at a path and may go. What stays."""
    s3 = _S3.fullmatch(path)
    # On S3 a path is the beginning of keys: without a slash at its end it stands for longer names.
    files = list(
        _pages({"Bucket": s3[1], "Prefix": s3[2]}, path.split("://")[0]) if s3 else under(path)
    )
    doomed = [file for file in files if rules.takes(file)]
    failed = delete(doomed)
    if rules.manifest:
        gone = [file.path for file in doomed if file.path not in failed]
        write_text(rules.manifest.rstrip("/") + "/Success.csv", "".join(f"{one}\n" for one in gone))
        write_text(
            rules.manifest.rstrip("/") + "/Failed.csv", "".join(f"{one}\n" for one in failed)
        )
    return [file for file in files if file not in doomed or file.path in failed]


def delete(files: Iterable[File]) -> list[str]:
    """Delete files; the paths of those that could not be."""
    failed: list[str] = []
    keys: dict[str, list[str]] = {}
    for file in files:
        s3 = _S3.fullmatch(file.path)
        if s3:
            keys.setdefault(s3[1], []).append(s3[2])
        else:
            os.unlink(_local(file.path))
    for bucket, names in keys.items():
        for start in range(0, len(names), 1000):
            batch = [{"Key": name} for name in names[start : start + 1000]]
            answer = aws.client("s3").delete_objects(
                Bucket=bucket, Delete={"Objects": batch, "Quiet": True}
            )
            failed += [f"s3://{bucket}/{fault['Key']}" for fault in answer.get("Errors", [])]
    return failed


def write_text(path: str, text: str) -> None:
    s3 = _S3.fullmatch(path)
    if s3:
        aws.client("s3").put_object(Bucket=s3[1], Key=s3[2], Body=text.encode("utf-8"))
    else:
        place = _local(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def paths_in(options: Mapping[str, Any]) -> list[str]:
    """The places that connection options name."""
    given = options.get("paths") or options.get("path")
    if not given:
        raise ValueError(
            "connection_options: 'paths' is missing, a list such as ['s3://bucket/folder/']."
        )
    return [given] if isinstance(given, str) else list(given)
