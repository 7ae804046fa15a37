# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An upload: what has to be done with each key, and doing it.

An object is known by the SHA-256 of its bytes, kept in its metadata: an ETag is no checksum under
SSE-KMS or after a multipart upload.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils import s3_objects, s3_sending
from ansible_collections.terraglue.aws.plugins.module_utils.errors import NotOurs
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.folder_files import (
    LocalFile,
    has_changed,
    reading,
)
from ansible_collections.terraglue.aws.plugins.module_utils.progress import Tally
from ansible_collections.terraglue.aws.plugins.module_utils.s3_objects import OWNER, Place, Stored
from ansible_collections.terraglue.aws.plugins.module_utils.s3_sending import MIB, Digest
from ansible_collections.terraglue.aws.plugins.module_utils.session import THREADS, in_parallel

SMALL = 32 * MIB  # up to here a file is sent whole, from memory: one call, and no parts to join
# How many files are sent side by side, by their size. Each thread keeps the memory of the largest that it has sent
# whole, and large files are sent in parts side by side. With the 90 MiB of a fork of Ansible that makes less than 200 MB.
TINY, TINY_AT_ONCE = MIB, THREADS
SMALL_AT_ONCE = 3
LARGE_AT_ONCE = 2
PARTS_AT_ONCE = 4


class Step(NamedTuple):
    """What is to be done with one key: ``change`` is created, updated, reencrypted, unchanged or removed."""

    key: str
    change: str
    size: int
    sha256: str | None
    file: LocalFile | None
    digest: Digest | None
    stored: Stored | None


def judge_keys(files: Iterable[LocalFile], place: Place) -> list[Fault]:
    """Files whose key S3 would refuse."""
    return [
        Fault(
            file.path,
            f"its key would be over {s3_objects.KEY_BYTES} bytes. Shorten its path or the prefix.",
        )
        for file in files
        if len(place.key(file.name).encode("utf-8")) > s3_objects.KEY_BYTES
    ]


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
    key, settings = (
        place.key(file.name),
        s3_objects.settings_of(file.name, digest.sha256, owner, kms_key),
    )
    with reading(file) as stream:
        if digest.size > SMALL:
            answer = s3_sending.send_in_parts(
                s3,
                s3_sending.Target(place.bucket, key, place.request(), settings),
                stream,
                digest,
                s3_sending.threads_for(digest.size, PARTS_AT_ONCE),
                lambda: has_changed(file.path),
                told,
            )
        else:
            body = s3_sending.read_known(stream, digest, lambda: has_changed(file.path))
            answer = s3_objects.put(s3, place, key, body, digest.sha256, settings)
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


def _at_once(size: int) -> int:
    """How many files of a size are sent side by side."""
    if size > SMALL:
        return LARGE_AT_ONCE
    return TINY_AT_ONCE if size <= TINY else SMALL_AT_ONCE


def carry_out(
    s3: Any,
    place: Place,
    steps: Sequence[Step],
    owner: str | None,
    kms_key: str | None,
    say: Callable[[str], None] | None = None,
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
    progress = Tally(say, "sent", len(uploads), total)

    def send(new: tuple[str, LocalFile, Digest]) -> Stored:
        key, file, digest = new
        sent = upload(s3, place, file, digest, owner, kms_key, progress.bytes)
        progress.file()
        return sent

    made: dict[str, Stored] = {}
    for at_once in sorted({_at_once(new[2].size) for new in uploads}, reverse=True):
        chosen = [new for new in uploads if _at_once(new[2].size) == at_once]
        made.update(zip([new[0] for new in chosen], in_parallel(send, chosen, at_once)))
    in_parallel(
        lambda step: s3_objects.reencrypt(s3, place, step.key, step.stored, kms_key),
        [step for step in steps if step.change == "reencrypted"],
    )
    s3_objects.delete(s3, place, [{"Key": step.key} for step in steps if step.change == "removed"])
    return made
