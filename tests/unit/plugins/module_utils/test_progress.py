# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module says while it works."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils.progress import LINE_BYTES, Progress


def speaker(path: Path | None) -> Progress:
    return Progress(SimpleNamespace(params={"progress_file": path and str(path)}))


def test_the_last_line_replaces_those_before(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    path.touch()
    progress = speaker(path)
    for text in ("a long line that was said first", "two\nlines  of é"):
        progress.say(text)
    assert progress.is_watched
    assert path.read_bytes() == "two lines of é".encode().ljust(LINE_BYTES)
    progress.say("x" * 1000)
    assert path.read_bytes() == b"x" * LINE_BYTES


def test_nobody_reads(tmp_path: Path) -> None:
    for path in (None, tmp_path / "missing", tmp_path):
        progress = speaker(path)
        progress.say("hello")
        assert not progress.is_watched
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_ends_the_talk_and_not_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "progress"
    path.touch()
    progress = speaker(path)

    def full(*args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    progress.say("hello")
    assert not progress.is_watched
