# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a local folder that are to be uploaded: which they are, and the digests of their bytes."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import BinaryIO, Callable, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils import s3_sending
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.folders import is_folder
from ansible_collections.terraglue.aws.plugins.module_utils.progress import Tally
from ansible_collections.terraglue.aws.plugins.module_utils.s3_sending import Digest
from ansible_collections.terraglue.aws.plugins.module_utils.session import in_parallel

HASHING_THREADS = 4
SMALL = s3_sending.MIB  # bytes of a file that is read at once; fewer than a piece


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


def digest_of(file: LocalFile, told: Callable[[int], None] | None = None) -> Digest:
    """Size and checksums of what a file is uploaded as, with constant memory."""
    body = _small(file)
    if body is None:
        with reading(file) as stream:
            return s3_sending.digest_of(stream, told)
    if told:
        told(len(body))
    return s3_sending.digest_of_piece(body)


def _small(file: LocalFile) -> bytes | None:
    """The bytes of a file that fits into one read; None when it does not, or is not as it was listed.

    With very many small files, a stream for each takes longer than reading and hashing them.
    """
    if file.open or file.size > SMALL:
        return None
    try:
        descriptor = os.open(file.path, os.O_RDONLY)
        try:
            body = os.read(descriptor, file.size + 1)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    return body if len(body) == file.size else None


def digests_of(
    files: Sequence[LocalFile], say: Callable[[str], None] | None = None
) -> dict[str, Digest]:
    """The digests of files, by path. ``say`` is told how far it is, about once a second."""
    progress = Tally(say, "read", len(files), sum(file.size for file in files))

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
def reading(file: LocalFile) -> Iterator[BinaryIO]:
    """What is to be uploaded, as a stream; what cannot be read is an error in words."""
    try:
        with closing(
            file.open() if file.open else open(file.path, "rb", buffering=0)  # noqa: SIM115
        ) as stream:
            yield stream
    except OSError as error:
        raise TerraglueError(f"{file.path} cannot be read: {error.strerror or error}.") from error


def has_changed(path: str) -> TerraglueError:
    """The error for a file whose bytes are not those that its digest was made of."""
    return TerraglueError(
        f"{path} changed while it was uploaded, so the upload was given up; the object in S3 is as it"
        " was. Run again when nothing writes to the file any more."
    )
