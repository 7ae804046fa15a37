# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS in this process for the tests of modules."""

from __future__ import annotations

from collections.abc import Iterator

import botocore
import botocore.loaders
import botocore.session
import pytest
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import ApiCalls


@pytest.fixture(autouse=True, scope="session")
def one_loader() -> Iterator[None]:
    """Service models are read once, not for each client of each module run."""
    loader = botocore.loaders.create_loader()

    def share(session: botocore.session.Session) -> None:
        session.register_component("data_loader", loader)

    botocore.register_initializer(share)
    yield
    botocore.unregister_initializer(share)


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
