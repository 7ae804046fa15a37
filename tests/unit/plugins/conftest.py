# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

"""AWS in this process for the tests of modules."""

from typing import Iterator

import pytest
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import ApiCalls


@pytest.fixture
def aws() -> Iterator[None]:
    """An empty AWS account in memory, 123456789012, in us-east-1."""
    from moto import mock_aws

    with mock_aws():
        yield


@pytest.fixture
def api_calls() -> Iterator[ApiCalls]:
    """The AWS calls that a test causes; with ``aws`` also in use they are answered by moto."""
    yield from ApiCalls().record()
