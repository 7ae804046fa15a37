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
import calendar
import fnmatch
import hashlib
import mimetypes
import os
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, BinaryIO, Callable, NamedTuple

try:
    from boto3.s3.transfer import TransferConfig
except ImportError:
    TransferConfig = None  # AnsibleAWSModule says that boto3 is missing

from ansible_collections.terraglue.aws.plugins.module_utils import s3_sending
from ansible_collections.terraglue.aws.plugins.module_utils.errors import (
    NotOurs,
    TerraglueError,
    api,
)
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.folders import is_folder
from ansible_collections.terraglue.aws.plugins.module_utils.s3_sending import Digest
from ansible_collections.terraglue.aws.plugins.module_utils.session import THREADS, in_parallel

CHECKSUM = "terraglue-sha256"
OWNER = "terraglue-owner"

MIB = s3_sending.MIB
SMALL = 32 * MIB  # up to here a file is sent whole, from memory: one call, and no parts to join
SMALL_IN_MEMORY = 96 * MIB  # of all the files that are being sent whole
COPY_AT_ONCE = 5 * 1024 * MIB  # CopyObject takes no more than 5 GB
LARGE_AT_ONCE = 2  # large files sent side by side, each in parts side by side
PARTS_AT_ONCE = 4
HASHING_THREADS = 4
BATCH = 1000  # keys that DeleteObjects takes in one call
KEY_BYTES = 1024

NO_BUCKET = "NoSuchBucket"
NO_OBJECT = ("404", "NoSuchKey", "NotFound")

_LISTED_TIME = re.compile(
    rb"(?<=<LastModified>)(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?Z(?=</LastModified>)"
)

_TYPES = {
    ".csv": "text/csv",
    ".gz": "application/gzip",  # not the type of what is in it
    ".json": "application/json",
    ".py": "text/x-python",
    ".parquet": "application/vnd.apache.parquet",
}


Say = Callable[[str], None]


class LocalFile(NamedTuple):
    """A file to upload: ``name`` is its path below the folder, with slashes; ``size`` in bytes.

    ``open`` gives the bytes to upload where they are not the file's own, such as a copy that is
    cured on the way: a stream with read(size) and close(). It is read twice, first for the digest
    and then to send, and has to give the same bytes both times.
    """

    path: str
    name: str
    size: int
    open: Callable[[], BinaryIO] | None = None


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


class Step(NamedTuple):
    """What is to be done with one key: ``change`` is created, updated, reencrypted, unchanged or removed."""

    key: str
    change: str
    size: int
    sha256: str | None
    file: LocalFile | None
    digest: Digest | None
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


def digest_of(file: LocalFile, told: Callable[[int], None] | None = None) -> Digest:
    """Size and checksums of what a file is uploaded as, with constant memory."""
    with _reading(file) as stream:
        return s3_sending.digest_of(stream, told)


def digests_of(files: Sequence[LocalFile], say: Say | None = None) -> dict[str, Digest]:
    """The digests of files, by path. ``say`` is told how far it is, about once a second."""
    progress = Progress(say, "read", len(files), sum(file.size for file in files))

    def digest(file: LocalFile) -> Digest:
        found = digest_of(file, progress.bytes)
        progress.file()
        return found

    # Handing a small file to another thread takes longer than reading it.
    batches = _batches(files, s3_sending.PIECE)
    found = in_parallel(lambda batch: [digest(file) for file in batch], batches, HASHING_THREADS)
    return {
        file.path: one
        for batch, digests in zip(batches, found)
        for file, one in zip(batch, digests)
    }


def _batches(files: Sequence[LocalFile], size: int) -> list[list[LocalFile]]:
    """The files in order, in groups of so many bytes or little more, and of no more than 100."""
    batches: list[list[LocalFile]] = []
    room = 0
    for file in files:
        if room <= 0 or len(batches[-1]) == 100:
            batches.append([])
            room = size
        batches[-1].append(file)
        room -= file.size
    return batches


@contextmanager
def _reading(file: LocalFile) -> Iterator[BinaryIO]:
    try:
        with closing(
            file.open() if file.open else open(file.path, "rb", buffering=0)  # noqa: SIM115
        ) as stream:
            yield stream
    except OSError as error:
        raise TerraglueError(f"{file.path} cannot be read: {error.strerror or error}.") from error


def _has_changed(path: str) -> TerraglueError:
    return TerraglueError(
        f"{path} changed while it was uploaded, so the upload was given up; the object in S3 is as it"
        " was. Run again when nothing writes to the file any more."
    )


class Room:
    """So many bytes that threads share; who wants more than is free waits."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Have ``size`` bytes, no more than there are in all, while the block runs."""
        with self._changed:
            self._changed.wait_for(lambda: self._free >= size)
            self._free -= size
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()


class Progress:
    """Says "3,120 of 10,000 files, 1.2 of 5.0 GB", at most once a second, from any thread."""

    def __init__(self, say: Say | None, verb: str, files: int, size: int) -> None:
        self._say, self._verb = say, verb
        self._files, self._size = files, size
        self._done_files = self._done_bytes = 0
        self._lock = threading.Lock()
        self._next = time.monotonic() + 1

    def bytes(self, count: int) -> None:
        """So many bytes more are done."""
        self._add(0, count)

    def file(self) -> None:
        """One file more is done."""
        self._add(1, 0)

    def _add(self, files: int, count: int) -> None:
        if not self._say:
            return
        with self._lock:
            self._done_files += files
            self._done_bytes += count
            if time.monotonic() < self._next:
                return
            self._next = time.monotonic() + 1
            text = self._text()
        self._say(text)

    def _text(self) -> str:
        text = f"{self._verb} {self._done_files:,} of {self._files:,} files"
        if self._size < 10**6:
            return text
        unit, name = (10**9, "GB") if self._size >= 10**9 else (10**6, "MB")
        return f"{text}, {self._done_bytes / unit:.1f} of {self._size / unit:.1f} {name}"


# The calls


def _count_times(response_dict: dict[str, Any], **dummy: Any) -> None:
    """Write the times of a listing as seconds since 1970 before botocore reads them.

    For any other form it guesses at length what was meant, which takes more time than all the rest
    of a listing. What does not look as S3's times do is left to that.
    """
    body = response_dict.get("body")
    if isinstance(body, bytes):
        response_dict["body"] = _LISTED_TIME.sub(_seconds, body)


def _seconds(found: re.Match[bytes]) -> bytes:
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    whole = calendar.timegm((year, month, day, hour, minute, second))
    return b"%d%s" % (whole, found[7] or b"")


@api("s3:ListBucket", "bucket {place.bucket}", missing=[NO_BUCKET])
def list_objects(s3: Any, place: Place) -> dict[str, Listed] | None:
    """The objects under the prefix by key; None when there is no such bucket."""
    s3.meta.events.register(
        "before-parse.s3.ListObjectsV2", _count_times, unique_id="terraglue-count-times"
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
def _put(
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
    _put(s3, place, key, body, sha256, _settings(key, sha256, owner, kms_key))


def upload(
    s3: Any,
    place: Place,
    file: LocalFile,
    digest: Digest,
    owner: str | None,
    kms_key: str | None,
    told: Callable[[int], None] | None = None,
) -> Stored:
    """Make an object of a file whose digest is known; the object comes about whole, or not at all.

    What comes back is what S3 answered: its time is not known.
    """
    key, settings = place.key(file.name), _settings(file.name, digest.sha256, owner, kms_key)
    with _reading(file) as stream:
        if digest.size > SMALL:
            answer = s3_sending.send_in_parts(
                s3,
                s3_sending.Target(place.bucket, key, place.request(), settings),
                stream,
                digest,
                s3_sending.threads_for(digest.size, PARTS_AT_ONCE),
                lambda: _has_changed(file.path),
                told,
            )
        else:
            body = s3_sending.read_known(stream, digest, lambda: _has_changed(file.path))
            answer = _put(s3, place, key, body, digest.sha256, settings)
            if told:
                told(len(body))
    return Stored(
        size=digest.size,
        sha256=digest.sha256,
        owner=owner,
        kms_key=answer.get("SSEKMSKeyId"),
        etag=answer.get("ETag") or "",
        content_type=settings["ContentType"],
        metadata=settings["Metadata"],
    )


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


# What is to be done


def plan_upload(
    files: Sequence[LocalFile],
    digests: Mapping[str, Digest],
    stored: Mapping[str, Stored],
    place: Place,
    owner: str | None,
    kms_key: str | None,
) -> list[Step]:
    """One step for each file, by comparing it with the object of its key. Pure."""
    steps = []
    for file in files:
        key, digest = place.key(file.name), digests[file.path]
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
        elif (found.sha256, found.size) != (digest.sha256, digest.size) or not found.is_marked(
            owner
        ):
            change = "updated"
        elif kms_key and found.kms_key != kms_key:
            change = "reencrypted"
        else:
            change = "unchanged"
        steps.append(Step(key, change, digest.size, digest.sha256, file, digest, found))
    return steps


def plan_prune(gone: Mapping[str, Stored], owner: str | None) -> list[Step]:
    """One step for each object that is ours and has no file any more. Pure."""
    return [
        Step(key, "removed", found.size, found.sha256, None, None, found)
        for key, found in sorted(gone.items())
        if found.is_marked(owner)
    ]


def carry_out(
    s3: Any,
    place: Place,
    steps: Sequence[Step],
    owner: str | None,
    kms_key: str | None,
    say: Say | None = None,
) -> dict[str, Stored]:
    """Do what the steps say; removing comes last, when everything new is there.

    What was uploaded comes back by key. ``say`` is told how far it is, about once a second.
    """
    uploads = [
        (step.key, step.file, step.digest)
        for step in steps
        if step.change in ("created", "updated") and step.file and step.digest
    ]
    total = sum(digest.size for key, file, digest in uploads)
    progress = Progress(say, "sent", len(uploads), total)

    room = Room(SMALL_IN_MEMORY)

    def send(new: tuple[str, LocalFile, Digest]) -> Stored:
        key, file, digest = new
        with room.taken(digest.size if digest.size <= SMALL else 0):
            sent = upload(s3, place, file, digest, owner, kms_key, progress.bytes)
        progress.file()
        return sent

    made: dict[str, Stored] = {}
    for large, threads in ((False, THREADS), (True, LARGE_AT_ONCE)):
        chosen = [new for new in uploads if (new[2].size > SMALL) is large]
        made.update(zip([new[0] for new in chosen], in_parallel(send, chosen, threads)))
    in_parallel(
        lambda step: reencrypt(s3, place, step.key, step.stored, kms_key),
        [step for step in steps if step.change == "reencrypted"],
    )
    delete(s3, place, [{"Key": step.key} for step in steps if step.change == "removed"])
    return made


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
