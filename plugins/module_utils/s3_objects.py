# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local folder as objects under a prefix of a bucket: calls of S3, and what an upload has to do.

An object is known by the SHA-256 of its bytes, kept in its metadata: an ETag is no checksum under
SSE-KMS or after a multipart upload. Source: S3 API reference; boto3 guide, file transfer
configuration.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import mimetypes
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

try:
    from boto3.s3.transfer import TransferConfig
except ImportError:
    TransferConfig = None  # AnsibleAWSModule says that boto3 is missing

from ansible_collections.terraglue.aws.plugins.module_utils.data_folder import is_folder
from ansible_collections.terraglue.aws.plugins.module_utils.errors import (
    NotOurs,
    TerraglueError,
    api,
)
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.session import in_parallel

CHECKSUM = "terraglue-sha256"
OWNER = "terraglue-owner"

MIB = 1024 * 1024
SMALL = 4 * MIB  # up to here a file is sent whole, from memory
PART = 8 * MIB
PARTS = 9000  # S3 takes 10,000 parts of one upload
COPY_AT_ONCE = 5 * 1024 * MIB  # CopyObject takes no more than 5 GB
LARGE_AT_ONCE = 2  # large files sent side by side, each in parts side by side
HASHING_THREADS = 4
BATCH = 1000  # keys that DeleteObjects takes in one call
KEY_BYTES = 1024

NO_BUCKET = "NoSuchBucket"
NO_OBJECT = ("404", "NoSuchKey", "NotFound")

_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".py": "text/x-python",
    ".parquet": "application/vnd.apache.parquet",
}


class LocalFile(NamedTuple):
    """A file to upload: ``name`` is its path below the folder, with slashes; ``size`` in bytes."""

    path: str
    name: str
    size: int


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


class Stored(NamedTuple):
    """An object as HEAD tells it; ``size`` in bytes."""

    size: int
    sha256: str | None
    owner: str | None
    kms_key: str | None
    etag: str
    content_type: str
    metadata: dict[str, str]

    def is_marked(self, owner: str | None) -> bool:
        """Whether this module uploaded it, for that owner if one is given."""
        return self.sha256 is not None if owner is None else self.owner == owner

    def outline(self) -> str:
        """The object in a few words."""
        return outline(self.size, self.sha256)


class Step(NamedTuple):
    """What is to be done with one key: ``change`` is created, updated, reencrypted, unchanged or removed."""

    key: str
    change: str
    size: int
    sha256: str | None
    file: LocalFile | None
    stored: Stored | None


def outline(size: int, sha256: str | None) -> str:
    """Size and the beginning of the checksum, for a line of a diff."""
    return f"{size} bytes, " + (f"sha256 {sha256[:12]}" if sha256 else "no checksum of ours")


# The folder


def local_files(
    src: str, patterns: Sequence[str], recurse: bool
) -> tuple[list[LocalFile], list[Fault]]:
    """The files of a folder that match, sorted by name, and what is wrong with them.

    A pattern is matched against the name of a file and its path below the folder. Hidden files and
    folders are passed by; links are followed, but not in a circle.
    """
    if not os.path.isdir(src):
        kind = "is not a folder" if os.path.exists(src) else "does not exist"
        return [], [Fault(src, f"the folder to upload {kind}. Correct src.")]
    faults: list[Fault] = []
    found: list[LocalFile] = []
    _walk(src, "", recurse, (os.path.realpath(src),), found, faults)
    files = [file for file in found if matches(file.name, patterns, recurse)]
    files.sort(key=lambda file: file.name)
    if not files and not faults:
        sought = "" if list(patterns) == ["*"] else f" that matches {', '.join(patterns)}"
        faults.append(
            Fault(src, f"the folder has no file{sought}. Correct src, or put files there.")
        )
    return files, faults


def matches(name: str, patterns: Sequence[str], recurse: bool) -> bool:
    """Whether a file of that path below the folder is one of those to upload."""
    if "/" in name and not recurse:
        return False
    last = name.rsplit("/", 1)[-1]
    return any(fnmatch.fnmatchcase(part, pattern) for pattern in patterns for part in (name, last))


def _walk(
    folder: str,
    above: str,
    recurse: bool,
    ancestors: tuple[str, ...],
    found: list[LocalFile],
    faults: list[Fault],
) -> None:
    """Add every visible file below ``folder`` to ``found``; what cannot be read is a fault."""
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        faults.append(Fault(folder, f"cannot be read: {error.strerror or error}."))
        return
    for entry in visible:
        name = above + entry.name
        if is_folder(entry):
            real = os.path.realpath(entry.path)
            if recurse and real not in ancestors:
                _walk(entry.path, f"{name}/", recurse, (*ancestors, real), found, faults)
            continue
        if not _is_unicode(name):
            faults.append(Fault(repr(entry.path), "the name is not UTF-8. Rename the file."))
            continue
        try:
            size = entry.stat().st_size
        except OSError as error:
            faults.append(Fault(entry.path, f"cannot be read: {error.strerror or error}."))
            continue
        found.append(LocalFile(entry.path, name, size))


def _is_unicode(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def judge_keys(files: Iterable[LocalFile], place: Place) -> list[Fault]:
    """Files whose key S3 would refuse."""
    return [
        Fault(
            file.path, f"its key would be over {KEY_BYTES} bytes. Shorten its path or the prefix."
        )
        for file in files
        if len(place.key(file.name).encode("utf-8")) > KEY_BYTES
    ]


def content_type(name: str) -> str:
    """The media type that a file's extension stands for."""
    extension = os.path.splitext(name)[1].lower()
    return _TYPES.get(extension) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def sha256_of(path: str) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal, with constant memory."""
    digest = hashlib.sha256()
    with _reading(path) as stream:
        for piece in iter(lambda: stream.read(MIB), b""):
            digest.update(piece)
    return digest.hexdigest()


def sha256_of_all(files: Sequence[LocalFile]) -> dict[str, str]:
    """The checksums of files, by path."""
    paths = [file.path for file in files]
    return dict(zip(paths, in_parallel(sha256_of, paths, HASHING_THREADS)))


def _reading(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise TerraglueError(f"{path} cannot be read: {error.strerror or error}.") from error


def _has_changed(path: str) -> TerraglueError:
    return TerraglueError(
        f"{path} changed while it was uploaded, so the upload was given up; the object in S3 is as it"
        " was. Run again when nothing writes to the file any more."
    )


class _Checked:
    """A file to read once, front to back, that fails at its end unless its bytes are the expected.

    Failing in the last read makes the transfer abort, so that no object of other bytes comes about.
    It cannot seek on purpose: that makes the transfer read it in order.
    """

    def __init__(self, stream: BinaryIO, path: str, sha256: str) -> None:
        self._stream, self._path, self._sha256 = stream, path, sha256
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        piece = self._stream.read(size)
        self._digest.update(piece)
        at_end = size < 0 or len(piece) < size
        if at_end and self._digest.hexdigest() != self._sha256:
            raise _has_changed(self._path)
        return piece


# The calls


@api("s3:ListBucket", "bucket {place.bucket}", missing=[NO_BUCKET])
def list_keys(s3: Any, place: Place) -> list[str] | None:
    """The keys under the prefix; None when there is no such bucket."""
    pages = s3.get_paginator("list_objects_v2").paginate(Prefix=place.prefix, **place.request())
    return [item["Key"] for page in pages for item in page.get("Contents") or []]


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
    answer = s3.head_object(Key=key, **pinned, **place.request())
    metadata = {name.lower(): value for name, value in (answer.get("Metadata") or {}).items()}
    return Stored(
        size=answer["ContentLength"],
        sha256=metadata.get(CHECKSUM),
        owner=metadata.get(OWNER),
        kms_key=answer.get("SSEKMSKeyId"),
        etag=answer.get("ETag") or "",
        content_type=answer.get("ContentType") or "",
        metadata=metadata,
    )


def _settings(name: str, sha256: str, owner: str | None, kms_key: str | None) -> dict[str, Any]:
    mark = {OWNER: owner} if owner else {}
    return {
        "ContentType": content_type(name),
        "Metadata": {CHECKSUM: sha256, **mark},
        **_encryption(kms_key),
    }


def _encryption(kms_key: str | None) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}


@api("s3:PutObject", "object s3://{place.bucket}/{key}")
def _put(s3: Any, place: Place, key: str, body: bytes, settings: Mapping[str, Any]) -> None:
    # S3 compares the checksum with what it received, and refuses the object when they differ.
    checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
    s3.put_object(Key=key, Body=body, ChecksumSHA256=checksum, **settings, **place.request())


@api("s3:PutObject", "object s3://{place.bucket}/{key}")
def _send(
    s3: Any, place: Place, key: str, file: LocalFile, sha256: str, settings: Mapping[str, Any]
) -> None:
    guard = {name: value for name, value in place.request().items() if name != "Bucket"}
    # S3 keeps a SHA-256 of each part: it has none of the whole for an upload in parts.
    extra = {**settings, **guard, "ChecksumAlgorithm": "SHA256"}
    config = TransferConfig(
        multipart_threshold=PART,
        multipart_chunksize=max(PART, -(-file.size // PARTS)),
        max_concurrency=8,
    )
    with _reading(file.path) as stream:
        body = _Checked(stream, file.path, sha256)
        s3.upload_fileobj(body, place.bucket, key, ExtraArgs=extra, Config=config)


def upload(
    s3: Any, place: Place, file: LocalFile, sha256: str, owner: str | None, kms_key: str | None
) -> None:
    """Make an object of a file whose checksum is known; the object comes about whole, or not at all."""
    key, settings = place.key(file.name), _settings(file.name, sha256, owner, kms_key)
    if file.size > SMALL:
        _send(s3, place, key, file, sha256, settings)
        return
    with _reading(file.path) as stream:
        body = stream.read(SMALL + 1)
    if hashlib.sha256(body).hexdigest() != sha256:
        raise _has_changed(file.path)
    _put(s3, place, key, body, settings)


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
    config = TransferConfig(multipart_threshold=COPY_AT_ONCE, multipart_chunksize=64 * PART)
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


# What is to be done


def plan_upload(
    files: Sequence[LocalFile],
    checksums: Mapping[str, str],
    stored: Mapping[str, Stored],
    place: Place,
    owner: str | None,
    kms_key: str | None,
) -> list[Step]:
    """One step for each file, by comparing it with the object of its key. Pure."""
    steps = []
    for file in files:
        key, sha256 = place.key(file.name), checksums[file.path]
        found = stored.get(key)
        if found is None:
            change = "created"
        elif owner and found.owner not in (None, owner):
            raise NotOurs(
                f"The object {place.uri(key)} belongs to the environment '{found.owner}' (metadata"
                f" {OWNER}={owner} expected). It was left as it is. Choose another bucket or prefix, or"
                " remove the object.",
                kind="object",
                name=place.uri(key),
            )
        elif (found.sha256, found.size) != (sha256, file.size) or not found.is_marked(owner):
            change = "updated"
        elif kms_key and found.kms_key != kms_key:
            change = "reencrypted"
        else:
            change = "unchanged"
        steps.append(Step(key, change, file.size, sha256, file, found))
    return steps


def plan_prune(gone: Mapping[str, Stored], owner: str | None) -> list[Step]:
    """One step for each object that is ours and has no file any more. Pure."""
    return [
        Step(key, "removed", found.size, found.sha256, None, found)
        for key, found in sorted(gone.items())
        if found.is_marked(owner)
    ]


def carry_out(
    s3: Any, place: Place, steps: Sequence[Step], owner: str | None, kms_key: str | None
) -> None:
    """Do what the steps say; removing comes last, when everything new is there."""

    def send(new: tuple[LocalFile, str]) -> None:
        upload(s3, place, *new, owner=owner, kms_key=kms_key)

    uploads = [
        (step.file, step.sha256)
        for step in steps
        if step.change in ("created", "updated") and step.file and step.sha256
    ]
    in_parallel(send, [new for new in uploads if new[0].size <= SMALL])
    in_parallel(send, [new for new in uploads if new[0].size > SMALL], LARGE_AT_ONCE)
    in_parallel(
        lambda step: reencrypt(s3, place, step.key, step.stored, kms_key),
        [step for step in steps if step.change == "reencrypted"],
    )
    delete(s3, place, [{"Key": step.key} for step in steps if step.change == "removed"])


def heads(s3: Any, place: Place, keys: Sequence[str]) -> dict[str, Stored]:
    """The objects of these keys, as far as they exist."""
    found = in_parallel(lambda key: head(s3, place, key), keys)
    return {key: stored for key, stored in zip(keys, found) if stored}


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
