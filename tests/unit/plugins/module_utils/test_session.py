# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients, as far as they are not amazon.aws's."""

from __future__ import annotations

from typing import Any

import boto3
import botocore
import botocore.session
import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import session


class Module:
    """Makes a session for each client, as amazon.aws does, and keeps its loader."""

    def __init__(self) -> None:
        self.loaders: list[Any] = []

    def client(self, service: str, config: Any) -> Any:
        made = botocore.session.get_session()
        self.loaders.append(made.get_component("data_loader"))
        return boto3.Session("a", "b", region_name="us-east-1", botocore_session=made).client(
            service, config=config
        )


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    # What a test registers goes with it.
    monkeypatch.setattr(botocore, "_INITIALIZERS", [])
    forget()
    yield Module()
    forget()


def forget() -> None:
    session._share_loader.cache_clear()
    session._loader.cache_clear()
    session._read.cache_clear()


def test_services_are_read_once(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", "/somewhere/else")
    assert session.client(module, "sts").meta.config.max_pool_connections == session.THREADS
    assert session.client_of_one_try(module, "glue").meta.service_model.service_name == "glue"
    first, second = module.loaders
    assert first is second
    assert "/somewhere/else" in first.search_paths


def test_a_botocore_without_initializers(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(botocore, "register_initializer")
    session.client(module, "sts")
    session.client(module, "sts")
    first, second = module.loaders
    assert first is not second


def test_what_was_read_ahead_is_not_read_again(
    module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.read_ahead(["sts"])
    loader = session._loader(None)
    monkeypatch.setattr(loader, "file_loader", None)  # it can read no more
    assert session.client(module, "sts").meta.service_model.service_name == "sts"
    assert module.loaders == [loader]
    with pytest.raises(AttributeError):
        session.client(module, "sqs")


def test_a_profile_that_does_not_exist_is_for_a_module_to_tell(
    module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    session.read_ahead(["sts"])
