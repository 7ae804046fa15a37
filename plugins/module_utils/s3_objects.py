# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of S3 under a prefix of a bucket: what is known of them, and the calls.

Source: S3 API reference; boto3 guide, file transfer configuration.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from xml.etree import ElementTree

try:
    from boto3.s3.transfer import TransferConfig
except ImportError:
    TransferConfig = None  # AnsibleAWSModule says that boto3 is missing

from ansible_collections.terraglue.aws.plugins.module_utils import s3_sending
from ansible_collections.terraglue.aws.plugins.module_utils.errors import (
    TerraglueError,
    api,
)
from ansible_collections.terraglue.aws.plugins.module_utils.session import in_parallel

CHECKSUM = "terraglue-sha256"
OWNER = "terraglue-owner"

MIB = s3_sending.MIB
COPY_AT_ONCE = 5 * 1024 * MIB  # CopyObject takes no more than 5 GB
BATCH = 1000  # keys that DeleteObjects takes in one call
KEY_BYTES = 1024

NO_BUCKET = "NoSuchBucket"
NO_OBJECT = ("404", "NoSuchKey", "NotFound")

_TYPES = {
    ".csv": "text/csv",
    ".gz": "application/gzip",  # not the type of what is in it
    ".json": "application/json",
    ".py": "text/x-python",
    ".parquet": "application/vnd.apache.parquet",
}


class Place(NamedTuple):
    """Where objects go: ``prefix`` is empty or ends with a slash; ``account`` must own the bucket."""

    bucket: str
    prefix: str = ""
    account: str | None = None

    def key(self, name: str) -> str:
        """The key of the object for a file of that name."""
        return self.prefix + name

    def uri(self, key: str = "") -> str:
        """An address for people and for Glue."""
        return f"s3://{self.bucket}/{key}"

    def request(self) -> dict[str, str]:
        """What every call about the bucket says."""
        guard = {"ExpectedBucketOwner": self.account} if self.account else {}
        return {"Bucket": self.bucket, **guard}


class Listed(NamedTuple):
    """An object as a listing tells it: ``size`` in bytes, ``modified`` in ISO form, UTC."""

    etag: str
    size: int
    modified: str


class Stored(NamedTuple):
    """An object as HEAD tells it; ``size`` in bytes."""

    size: int
    sha256: str | None
    owner: str | None
    kms_key: str | None
    etag: str
    content_type: str
    metadata: dict[str, str]
    modified: str | None = None  # in ISO form, UTC; None when it is not known

    def is_marked(self, owner: str | None) -> bool:
        """Whether this module uploaded it, for that owner if one is given."""
        return self.sha256 is not None if owner is None else self.owner == owner

    def outline(self) -> str:
        """The object in a few words."""
        return outline(self.size, self.sha256)


def outline(size: int, sha256: str | None) -> str:
    """Size and the beginning of the checksum, for a line of a diff."""
    return f"{size} bytes, " + (f"sha256 {sha256[:12]}" if sha256 else "no checksum of ours")


def content_type(name: str) -> str:
    """The media type that a file's extension stands for."""
    extension = os.path.splitext(name)[1].lower()
    return _TYPES.get(extension) or mimetypes.guess_type(name)[0] or "application/octet-stream"


# The calls


def _take_contents(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **dummy: Any
) -> None:
    """Read the objects of a listing before botocore reads the rest of the answer.

    botocore looks at every member of every object by the description of the service, and guesses at
    length what its times mean, which takes ten times as long. What does not look as the API
    reference says is left to it.
    """
    try:
        root = ElementTree.fromstring(response_dict["body"])
        space = root.tag[: root.tag.find("}") + 1]
        contents = [_content(item, space) for item in root.findall(f"{space}Contents")]
    except (ElementTree.ParseError, KeyError, TypeError, ValueError):
        return
    if contents:
        root[:] = [item for item in root if item.tag != f"{space}Contents"]
        response_dict["body"] = ElementTree.tostring(root)
        customized_response_dict["Contents"] = contents


def _content(item: ElementTree.Element, space: str) -> dict[str, Any]:
    """An object of a listing, as far as ``Listed`` tells it, under the names and types of botocore."""
    told = {member.tag: member.text or "" for member in item}
    modified = told[f"{space}LastModified"].removesuffix("Z") + "+00:00"
    return {
        "Key": told[f"{space}Key"],
        "ETag": told[f"{space}ETag"],
        "Size": int(told[f"{space}Size"]),
        "LastModified": datetime.fromisoformat(modified),
    }


@api("s3:ListBucket", "bucket {place.bucket}", missing=[NO_BUCKET])
def list_objects(s3: Any, place: Place) -> dict[str, Listed] | None:
    """The objects under the prefix by key; None when there is no such bucket."""
    # A botocore that does not know this event reads the objects itself.
    s3.meta.events.register(
        "before-parse.s3.ListObjectsV2", _take_contents, unique_id="terraglue-take-contents"
    )
    pages = s3.get_paginator("list_objects_v2").paginate(Prefix=place.prefix, **place.request())
    return {
        item["Key"]: Listed(item["ETag"], item["Size"], item["LastModified"].isoformat())
        for page in pages
        for item in page.get("Contents") or []
    }


@api("s3:ListBucketVersions", "bucket {place.bucket}", missing=[NO_BUCKET])
def list_versions(s3: Any, place: Place) -> dict[str, list[dict[str, Any]]] | None:
    """Versions and delete markers under the prefix by key, newest first; None without the bucket.

    Each is a mapping with VersionId and ``marker``, whether it is a delete marker.
    """
    pages = s3.get_paginator("list_object_versions").paginate(
        Prefix=place.prefix, **place.request()
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for page in pages:
        for kind, marker in (("Versions", False), ("DeleteMarkers", True)):
            for item in page.get(kind) or []:
                found.setdefault(item["Key"], []).append({**item, "marker": marker})
    for versions in found.values():
        versions.sort(key=lambda item: (item["IsLatest"], item["LastModified"]), reverse=True)
    return found


@api("s3:GetObject", "object s3://{place.bucket}/{key}", missing=NO_OBJECT)
def head(s3: Any, place: Place, key: str, version: str | None = None) -> Stored | None:
    """What S3 knows of an object."""
    pinned = {"VersionId": version} if version else {}
    return _as_stored(s3.head_object(Key=key, **pinned, **place.request()))


@api("s3:GetObject", "object s3://{place.bucket}/{key}", missing=NO_OBJECT)
def read_whole(s3: Any, place: Place, key: str) -> tuple[Stored, bytes] | None:
    """An object that fits into memory, and its bytes."""
    answer = s3.get_object(Key=key, **place.request())
    return _as_stored(answer), answer["Body"].read()


def _as_stored(answer: Mapping[str, Any]) -> Stored:
    metadata = {name.lower(): value for name, value in (answer.get("Metadata") or {}).items()}
    return Stored(
        size=answer["ContentLength"],
        sha256=metadata.get(CHECKSUM),
        owner=metadata.get(OWNER),
        kms_key=answer.get("SSEKMSKeyId"),
        etag=answer.get("ETag") or "",
        content_type=answer.get("ContentType") or "",
        metadata=metadata,
        modified=answer["LastModified"].isoformat(),
    )


def settings_of(name: str, sha256: str, owner: str | None, kms_key: str | None) -> dict[str, Any]:
    """What an object of ours has beside its bytes."""
    mark = {OWNER: owner} if owner else {}
    return {
        "ContentType": content_type(name),
        "Metadata": {CHECKSUM: sha256, **mark},
        **_encryption(kms_key),
    }


def _encryption(kms_key: str | None) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}


@api("s3:PutObject", "object s3://{place.bucket}/{key}")
def put(
    s3: Any, place: Place, key: str, body: bytes, sha256: str, settings: Mapping[str, Any]
) -> dict[str, Any]:
    # S3 compares the checksum with what it received, and refuses the object when they differ.
    checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
    return s3.put_object(Key=key, Body=body, ChecksumSHA256=checksum, **settings, **place.request())


def put_bytes(
    s3: Any, place: Place, key: str, body: bytes, owner: str | None, kms_key: str | None
) -> None:
    """Make an object of bytes, marked as ours like every other."""
    sha256 = hashlib.sha256(body).hexdigest()
    put(s3, place, key, body, sha256, settings_of(key, sha256, owner, kms_key))


@api("s3:PutObject", "object s3://{place.bucket}/{key}")
def reencrypt(s3: Any, place: Place, key: str, stored: Stored, kms_key: str) -> None:
    """Put an object under another KMS key without sending its bytes again."""
    guard = {"ExpectedBucketOwner": place.account} if place.account else {}
    extra = {
        # Copy what was looked at, nothing that came in between.
        "CopySourceIfMatch": stored.etag,
        "MetadataDirective": "REPLACE",
        "Metadata": stored.metadata,
        "ContentType": stored.content_type,
        "ChecksumAlgorithm": "SHA256",
        **_encryption(kms_key),
        **guard,
    }
    source = {"Bucket": place.bucket, "Key": key}
    config = TransferConfig(
        multipart_threshold=COPY_AT_ONCE, multipart_chunksize=64 * s3_sending.PIECE
    )
    s3.copy(source, place.bucket, key, ExtraArgs=extra, Config=config)


@api("s3:DeleteObject", "objects of bucket {place.bucket}", missing=[NO_BUCKET])
def _delete_batch(s3: Any, place: Place, objects: Sequence[Mapping[str, str]]) -> list[dict] | None:
    answer = s3.delete_objects(
        Delete={"Objects": [dict(item) for item in objects], "Quiet": True}, **place.request()
    )
    return answer.get("Errors") or []


def delete(s3: Any, place: Place, objects: Sequence[Mapping[str, str]]) -> None:
    """Remove objects, given as mappings with Key and perhaps VersionId.

    The call succeeds when single objects stay: their errors are in its answer.
    """
    errors: list[dict[str, Any]] = []
    for start in range(0, len(objects), BATCH):
        errors += _delete_batch(s3, place, objects[start : start + BATCH]) or []
    if errors:
        first = errors[0]
        raise TerraglueError(
            f"s3:DeleteObject could not remove {len(errors)} of {len(objects)} objects of bucket"
            f" {place.bucket}; the first, {first.get('Key')}: {first.get('Message')} ({first.get('Code')})."
        )


def heads(s3: Any, place: Place, keys: Sequence[str]) -> dict[str, Stored]:
    """The objects of these keys, as far as they exist."""
    found = in_parallel(lambda key: head(s3, place, key), keys)
    return {key: stored for key, stored in zip(keys, found) if stored}


def all_versions(
    versions: Mapping[str, Sequence[Mapping[str, Any]]], keys: Iterable[str]
) -> list[dict[str, str]]:
    """Every version and delete marker of these keys, as ``delete`` takes them."""
    return [
        {"Key": key, "VersionId": version["VersionId"]} for key in keys for version in versions[key]
    ]


def marked_versions(
    s3: Any, place: Place, versions: Mapping[str, Sequence[Mapping[str, Any]]], owner: str | None
) -> dict[str, Stored]:
    """Of these keys, those whose newest version that is no delete marker is ours."""

    def newest(key: str) -> Stored | None:
        real = next((item for item in versions[key] if not item["marker"]), None)
        if real is None:
            return None
        # Asking for a version takes a permission of its own, so it is asked for only when needed.
        return head(s3, place, key, None if real["IsLatest"] else real["VersionId"])

    keys = sorted(versions)
    found = zip(keys, in_parallel(newest, keys))
    return {key: stored for key, stored in found if stored and stored.is_marked(owner)}
