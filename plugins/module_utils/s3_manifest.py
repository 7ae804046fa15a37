# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upload knows of its objects, kept beside them, so that the next one need not ask for each.

A listing tells ETag, size and time of a thousand objects in one call, but neither their metadata nor
their key. Every write of an object changes its ETag or its time. So an object that is listed as it
was when its checksum was noted still has that checksum; everything else is asked for, one by one.
The manifest only saves calls: one that is missing, damaged, stale or not ours makes a run slower, and
nothing is ever overwritten, encrypted again or removed on its word alone.

One call, UpdateObjectEncryption, gives an object another key and leaves ETag and time as they are. The
checksum stays true then; the key is taken for the noted one until the manifest is removed.

It lies in a folder that Athena, Hive and Spark pass by, since its name begins with a dot. Source: S3
API reference, ListObjectsV2 and "Object" (an ETag changes with the content, also when it is no MD5).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from ansible_collections.terraglue.aws.plugins.module_utils import s3_objects
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.s3_objects import (
    Listed,
    Place,
    Stored,
)

FOLDER = ".terraglue/"
NAME = "manifest.json.gz"
NOBODY = "-"  # stands for an owner that was not given
FORMAT = 1
WORTH = 64  # fewer objects are asked for sooner than a manifest is read and written
LIMIT = 512 * s3_objects.MIB  # of the text; about three million objects

_WHOLE_SECONDS = len("2026-01-31T12:00:00")


class Entry(NamedTuple):
    """An object as it was listed when it was known to have this checksum and KMS key."""

    etag: str
    size: int
    modified: str
    sha256: str
    kms_key: str | None


def is_manifest(key: str) -> bool:
    """Whether a key is in the folder of the manifests."""
    return key.startswith(FOLDER)


def key_of(place: Place, owner: str | None) -> str:
    """The manifest of one prefix and owner: ``.terraglue/shop/jobs/src/manifest.json.gz``."""
    return f"{FOLDER}{quote(owner or NOBODY, safe='')}/{place.prefix}{NAME}"


def read(s3: Any, place: Place, owner: str | None) -> dict[str, Entry]:
    """The entries by key; none when there is no manifest of ours, or none that can be read."""
    try:
        found = s3_objects.read_whole(s3, place, key_of(place, owner))
    except TerraglueError:
        return {}  # Whoever may not read it can still ask for each object.
    if found is None:
        return {}
    stored, body = found
    if not stored.is_marked(owner) or stored.sha256 != hashlib.sha256(body).hexdigest():
        return {}
    try:
        return _parsed(body, place, owner)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, zlib.error):
        return {}


def _heading(place: Place, owner: str | None) -> dict[str, Any]:
    return {"format": FORMAT, "bucket": place.bucket, "prefix": place.prefix, "owner": owner}


def _parsed(body: bytes, place: Place, owner: str | None) -> dict[str, Entry]:
    text = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body, LIMIT)
    content = json.loads(text)
    objects = content.pop("objects")
    if content != _heading(place, owner):
        return {}
    return {key: Entry(*fields) for key, fields in objects.items()}


def vouched(
    entries: Mapping[str, Entry],
    listing: Mapping[str, Listed],
    keys: Iterable[str],
    owner: str | None,
) -> dict[str, Stored]:
    """Those of the keys that have not been written since they were noted. Pure."""
    found = {}
    for key in keys:
        entry, listed = entries.get(key), listing.get(key)
        if entry and listed == entry[:3]:
            found[key] = Stored(
                size=entry.size,
                sha256=entry.sha256,
                owner=owner,
                kms_key=entry.kms_key,
                etag=entry.etag,
                content_type="",
                metadata={},
            )
    return found


def renewed(
    entries: Mapping[str, Entry],
    listing: Mapping[str, Listed],
    seen: Mapping[str, Stored],
    owner: str | None,
) -> dict[str, Entry]:
    """The entries that hold for a listing, given what the objects' own answers said. Pure.

    ``seen`` has what HEAD and PUT answered. Its ETag must be the listed one: another means that
    somebody wrote in between, and nobody knows what. HEAD tells the time too, PUT does not.
    """
    kept = {}
    for key, listed in listing.items():
        entry, stored = entries.get(key), seen.get(key)
        if stored:
            if stored.sha256 and stored.is_marked(owner) and _same(stored, listed):
                kept[key] = Entry(*listed, stored.sha256, stored.kms_key)
        elif entry and listed == entry[:3]:
            kept[key] = entry
    return kept


def _same(stored: Stored, listed: Listed) -> bool:
    if (stored.etag, stored.size) != (listed.etag, listed.size):
        return False
    # HEAD tells whole seconds.
    return stored.modified is None or (
        stored.modified[:_WHOLE_SECONDS] == listed.modified[:_WHOLE_SECONDS]
    )


def write(
    s3: Any, place: Place, owner: str | None, kms_key: str | None, entries: Mapping[str, Entry]
) -> None:
    """Put the manifest in its place; nothing for a prefix so long that it has no key."""
    content = {**_heading(place, owner), "objects": entries}
    text = json.dumps(content, separators=(",", ":"), sort_keys=True).encode()
    # Most of it are checksums, which nothing makes smaller.
    body = gzip.compress(text, compresslevel=1, mtime=0)
    key = key_of(place, owner)
    if len(key.encode("utf-8")) <= s3_objects.KEY_BYTES:
        s3_objects.put_bytes(s3, place, key, body, owner, kms_key)


def remove(s3: Any, place: Place, owner: str | None, below: bool) -> None:
    """Remove the manifest with all of its versions.

    With ``below`` those of every prefix that begins with the place's go too. Without an owner they
    may be anybody's, as the objects may.
    """
    mine = key_of(place, owner)
    folder = mine[: -len(NAME)] if owner or not below else FOLDER
    found = s3_objects.list_versions(s3, place._replace(prefix=folder)) or {}
    doomed = {
        key: versions
        for key, versions in found.items()
        if key == mine or (below and _prefix_of(key).startswith(place.prefix))
    }
    ours = s3_objects.marked_versions(s3, place, doomed, owner)
    s3_objects.delete(s3, place, s3_objects.all_versions(doomed, ours))


def _prefix_of(key: str) -> str:
    """The prefix that a manifest is about, ending with a slash or empty."""
    below_owner = key[len(FOLDER) :].partition("/")[2]
    return below_owner[: -len(NAME)]
