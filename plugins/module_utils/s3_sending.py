# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large objects sent in parts: constant memory, checksums, and nothing left behind by a failure.

boto3's own transfer would tell neither the ETag of what came about, nor stop at a bound that is ours:
it keeps up to ten parts waiting for each file beside those on their way. Source: S3 API reference,
CreateMultipartUpload, UploadPart; S3 user guide, checking object integrity (each part has a checksum
that S3 compares with what it received).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import threading
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO, Callable, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api

MIB = 1024 * 1024
PIECE = 8 * MIB
PARTS = 9000  # S3 takes 10,000 parts of one upload
IN_MEMORY = 48 * MIB  # of one file: the parts on their way and the one that is being read


class Digest(NamedTuple):
    """What is known of bytes that were read once: their SHA-256 in hexadecimal, and their number.

    ``pieces`` has the CRC-32 of each 8 MiB. They tell a file that changes before it has been sent
    at a fifth of the cost of a second SHA-256.
    """

    sha256: str
    size: int
    pieces: tuple[int, ...]


class Target(NamedTuple):
    """An object to make: ``request`` names the bucket and its owner, ``settings`` are the object's."""

    bucket: str
    key: str
    request: Mapping[str, str]
    settings: Mapping[str, Any]


def read_fully(stream: BinaryIO, size: int) -> bytes:
    """The next ``size`` bytes, fewer only at the end, whatever a single read answers."""
    piece = stream.read(size)
    if not piece or len(piece) == size:
        return piece
    pieces, missing = [piece], size - len(piece)
    while missing:
        piece = stream.read(missing)
        if not piece:
            break
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def digest_of(stream: BinaryIO, told: Callable[[int], None] | None = None) -> Digest:
    """Read a stream to its end, with constant memory; ``told`` is given the bytes of each step."""
    whole, size, pieces, running = hashlib.sha256(), 0, [], 0
    room = PIECE
    while True:
        block = read_fully(stream, min(MIB, room))
        if not block:
            break
        whole.update(block)
        running = zlib.crc32(block, running)
        size, room = size + len(block), room - len(block)
        if told:
            told(len(block))
        if not room:
            pieces.append(running)
            running, room = 0, PIECE
    if room < PIECE:
        pieces.append(running)
    return Digest(whole.hexdigest(), size, tuple(pieces))


def digest_of_piece(body: bytes) -> Digest:
    """The same for bytes that are at hand, no more than a piece."""
    pieces = (zlib.crc32(body),) if body else ()
    return Digest(hashlib.sha256(body).hexdigest(), len(body), pieces)


def read_known(stream: BinaryIO, digest: Digest, changed: Callable[[], TerraglueError]) -> bytes:
    """All of a stream whose digest is known; other bytes raise ``changed()``."""
    body = read_fully(stream, digest.size + 1)
    view = memoryview(body)
    found = tuple(zlib.crc32(view[start : start + PIECE]) for start in range(0, len(body), PIECE))
    if (len(body), found) != (digest.size, digest.pieces):
        raise changed()
    return body


def part_size(size: int) -> int:
    """Bytes of each part of an object of that size: whole pieces, so that the parts suffice."""
    return PIECE * max(1, -(-size // (PIECE * PARTS)))


def _parts(
    stream: BinaryIO, digest: Digest, changed: Callable[[], TerraglueError]
) -> Iterator[tuple[bytes, int]]:
    """Each part with its CRC-32; ``changed`` makes the error for bytes that are not the known ones."""
    whole_pieces = part_size(digest.size) // PIECE
    known = iter(digest.pieces)
    while True:
        pieces: list[bytes] = []
        crc = 0
        for dummy in range(whole_pieces):
            piece = read_fully(stream, PIECE)
            if not piece:
                break
            found = zlib.crc32(piece)
            if found != next(known, None):
                raise changed()
            crc = zlib.crc32(piece, crc) if pieces else found
            pieces.append(piece)
        if not pieces:
            break
        yield (pieces[0] if len(pieces) == 1 else b"".join(pieces)), crc
    if next(known, None) is not None:
        raise changed()


@api("s3:PutObject", "object s3://{target.bucket}/{target.key}")
def _create(s3: Any, target: Target) -> str:
    answer = s3.create_multipart_upload(
        Key=target.key, ChecksumAlgorithm="CRC32", **target.settings, **target.request
    )
    return answer["UploadId"]


@api("s3:PutObject", "object s3://{target.bucket}/{target.key}")
def _send_part(
    s3: Any, target: Target, upload_id: str, number: int, body: bytes, crc: int
) -> dict[str, Any]:
    checksum = base64.b64encode(crc.to_bytes(4, "big")).decode()
    answer = s3.upload_part(
        Key=target.key,
        UploadId=upload_id,
        PartNumber=number,
        Body=body,
        ChecksumCRC32=checksum,
        **target.request,
    )
    return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": checksum}


@api("s3:PutObject", "object s3://{target.bucket}/{target.key}")
def _complete(s3: Any, target: Target, upload_id: str, parts: list[dict[str, Any]]) -> dict:
    return s3.complete_multipart_upload(
        Key=target.key, UploadId=upload_id, MultipartUpload={"Parts": parts}, **target.request
    )


@api(
    "s3:AbortMultipartUpload", "object s3://{target.bucket}/{target.key}", missing=["NoSuchUpload"]
)
def _abort(s3: Any, target: Target, upload_id: str) -> None:
    s3.abort_multipart_upload(Key=target.key, UploadId=upload_id, **target.request)


def send_in_parts(
    s3: Any,
    target: Target,
    stream: BinaryIO,
    digest: Digest,
    threads: int,
    changed: Callable[[], TerraglueError],
    told: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Make an object of a stream whose digest is known; what CompleteMultipartUpload answers.

    The stream is read in order. Bytes other than those of the digest raise ``changed()``. After any
    error, also one of reading, the upload is given up and the object is as it was before.
    """
    upload_id = _create(s3, target)
    try:
        parts = _send_all(s3, target, upload_id, _parts(stream, digest, changed), threads, told)
        return _complete(s3, target, upload_id, parts)
    except BaseException:
        # What went wrong first is what helps; the bucket's own rule removes parts that stay.
        with contextlib.suppress(TerraglueError):
            _abort(s3, target, upload_id)
        raise


def _send_all(
    s3: Any,
    target: Target,
    upload_id: str,
    parts: Iterator[tuple[bytes, int]],
    threads: int,
    told: Callable[[int], None] | None,
) -> list[dict[str, Any]]:
    """Send parts side by side, reading no further ahead than one of them."""
    free = threading.Semaphore(threads)
    failed = threading.Event()

    def send(number: int, body: bytes, crc: int) -> dict[str, Any]:
        try:
            answer = _send_part(s3, target, upload_id, number, body, crc)
            if told:
                told(len(body))
            return answer
        except BaseException:
            failed.set()
            raise
        finally:
            free.release()

    sent: list[Future[dict[str, Any]]] = []
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for number, (body, crc) in enumerate(parts, 1):
            free.acquire()
            if failed.is_set():
                break
            sent.append(pool.submit(send, number, body, crc))
            del body
        return [future.result() for future in sent]


def threads_for(size: int, most: int) -> int:
    """How many parts of an object of that size may be on their way, to stay within IN_MEMORY."""
    return max(1, min(most, IN_MEMORY // part_size(size) - 1))
