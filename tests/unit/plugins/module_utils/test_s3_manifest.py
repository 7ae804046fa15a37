# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manifest may vouch for; how it is read and written is tested with the module s3_folder."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import s3_manifest
from ansible_collections.terraglue.aws.plugins.module_utils.s3_manifest import (
    Entry,
    key_of,
    renewed,
    vouched,
)
from ansible_collections.terraglue.aws.plugins.module_utils.s3_objects import (
    Listed,
    Place,
    Stored,
)

NOON = "2026-01-31T12:00:00+00:00"
LISTED = Listed('"e"', 7, NOON)
ENTRY = Entry('"e"', 7, NOON, "sum", "key")


def stored(**changes: Any) -> Stored:
    base = Stored(7, "new", "shop", "new key", '"e"', "text/csv", {}, NOON)
    return base._replace(**changes)


def test_where_it_lies() -> None:
    assert key_of(Place("b", "in/"), "shop") == ".terraglue/shop/in/manifest.json.gz"
    assert key_of(Place("b"), None) == ".terraglue/-/manifest.json.gz"
    assert key_of(Place("b"), "a/b") == ".terraglue/a%2Fb/manifest.json.gz"
    assert s3_manifest.is_manifest(key_of(Place("b"), "shop"))
    assert not s3_manifest.is_manifest("in/.terraglue/shop/manifest.json.gz")


@pytest.mark.parametrize(
    ("listed", "known"),
    [
        (LISTED, True),
        (LISTED._replace(etag='"f"'), False),
        (LISTED._replace(size=8), False),
        (LISTED._replace(modified="2026-01-31T12:00:00.001000+00:00"), False),
        (None, False),
    ],
)
def test_what_was_not_written_since_is_known(listed: Listed | None, known: bool) -> None:
    listing = {"a": listed} if listed else {}
    found = vouched({"a": ENTRY}, listing, ["a", "b"], "shop")
    assert list(found) == (["a"] if known else [])
    if known:
        assert (found["a"].sha256, found["a"].kms_key, found["a"].owner) == ("sum", "key", "shop")
    assert (renewed({"a": ENTRY}, listing, {}, "shop") == {"a": ENTRY}) == known


@pytest.mark.parametrize(
    ("seen", "noted"),
    [
        (stored(), True),
        # What PUT answered has no time.
        (stored(modified=None), True),
        (stored(modified="2026-01-31T12:00:00.9+00:00"), True),
        (stored(modified="2026-01-31T12:00:01+00:00"), False),
        (stored(modified=None, etag='"f"'), False),
        (stored(size=8), False),
        (stored(owner="other"), False),
        (stored(sha256=None), False),
    ],
)
def test_what_was_seen_is_noted_when_it_is_what_is_listed(seen: Stored, noted: bool) -> None:
    """And it counts for more than an older note, which goes in any case."""
    for earlier in ({}, {"a": ENTRY}):
        found = renewed(earlier, {"a": LISTED}, {"a": seen}, "shop")
        assert found == ({"a": Entry('"e"', 7, NOON, "new", "new key")} if noted else {})


def test_what_is_not_listed_any_more_is_forgotten() -> None:
    assert renewed({"a": ENTRY, "b": ENTRY}, {"b": LISTED}, {"a": stored()}, "shop") == {"b": ENTRY}


class Answers:
    """A client whose bucket has one object of ours with these bytes."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def get_object(self, **request: Any) -> dict[str, Any]:
        marks = {
            "terraglue-owner": "shop",
            "terraglue-sha256": hashlib.sha256(self.body).hexdigest(),
        }
        return {
            "Body": io.BytesIO(self.body),
            "ContentLength": len(self.body),
            "LastModified": datetime.now(timezone.utc),
            "Metadata": marks,
        }


def test_it_is_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    content = {"format": 1, "bucket": "b", "prefix": "", "owner": "shop", "objects": {"a": ENTRY}}
    text = json.dumps(content).encode()
    s3 = Answers(gzip.compress(text))
    assert s3_manifest.read(s3, Place("b"), "shop") == {"a": ENTRY}
    assert s3_manifest.read(s3, Place("c"), "shop") == {}
    assert s3_manifest.read(s3, Place("b"), "other") == {}
    monkeypatch.setattr(s3_manifest, "LIMIT", len(text) - 1)
    assert s3_manifest.read(s3, Place("b"), "shop") == {}


@pytest.mark.parametrize(
    "text", ["[]", "[" * 100_000, "{}", "1", '{"objects": []}', "{", '"\\ud800"']
)
def test_what_is_no_manifest_says_nothing(text: str) -> None:
    s3 = Answers(gzip.compress(text.encode()))
    assert s3_manifest.read(s3, Place("b"), "shop") == {}
