# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""getResolvedOptions by its rules; the page of what is covered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ..conftest import RUNTIME


@pytest.fixture(scope="module")
def utils() -> Iterator[Any]:
    sys.path.insert(0, str(RUNTIME))
    pytest.importorskip("pyspark")
    from awsglue import utils as module

    yield module
    sys.path.remove(str(RUNTIME))


@pytest.mark.parametrize(
    ("words", "asked", "found"),
    [
        ("--JOB_NAME j --day 1", ["JOB_NAME", "day"], {"JOB_NAME": "j", "day": "1"}),
        ("--day=1", ["day"], {"day": "1"}),
        ("--day=a=b", ["day"], {"day": "a=b"}),
        ("--my-day 1", ["my_day"], {"my_day": "1"}),
        ("--my_day 1", ["my-day"], {"my_day": "1"}),
        # not asked for
        ("--JOB_NAME j --day 1", ["day"], {"day": "1"}),
        # Glue's own come without being asked for
        ("--TempDir s3://t/ --JOB_RUN_ID jr_1", [], {"TempDir": "s3://t/", "JOB_RUN_ID": "jr_1"}),
        ("--TempDir s3://t/", ["TempDir"], {"TempDir": "s3://t/"}),
        ("--day -5", ["day"], {"day": "-5"}),
        # a switch of Glue's without a value is no reason to fail
        ("--enable-metrics --day 1", ["day"], {"day": "1"}),
    ],
)
def test_options(utils: Any, words: str, asked: list[str], found: dict[str, str]) -> None:
    answer = utils.getResolvedOptions(["script.py", *words.split()], asked)
    assert answer.pop("job_bookmark_option") == "job-bookmark-disable"
    assert answer == found


@pytest.mark.parametrize(
    ("words", "asked", "said"),
    [
        ("--JOB_NAME j", ["JOB_NAME", "day"], "required: --day"),
        ("--day --month 1", ["day", "month"], "--day: expected one argument"),
        ("", ["JOB_RUN_ID"], "comes without being asked for"),
    ],
)
def test_refused(utils: Any, words: str, asked: list[str], said: str) -> None:
    with pytest.raises(utils.GlueArgumentError, match=said):
        utils.getResolvedOptions(["script.py", *words.split()], asked)


def test_the_page_is_as_the_code_says() -> None:
    """docs/glue.md; tools/document_glue.py writes it."""
    tool = RUNTIME.parents[3] / "tools" / "document_glue.py"
    assert subprocess.run([sys.executable, str(tool), "--check"], check=False).returncode == 0
