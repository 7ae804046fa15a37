# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caller's session: clients, account, region, and calls in parallel."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Callable, NamedTuple

try:
    import botocore.session
    from botocore import loaders
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
except ImportError:
    Config = None  # AnsibleAWSModule says that boto3 is missing

from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api

THREADS = 16

# Endpoint prefixes of the regions outside the "aws" partition; source: AWS General Reference.
_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))


class Caller(NamedTuple):
    """Who calls, and where: the account (12 digits), region, partition and identity ARN."""

    account: str
    region: str
    partition: str
    arn: str

    def glue_arn(self, kind: str, name: str) -> str:
        """The ARN of a Glue resource: ``glue_arn("job", "nightly")``."""
        return f"arn:{self.partition}:glue:{self.region}:{self.account}:{kind}/{name}"

    def placeholders(self) -> dict[str, str]:
        """What ``<account_id>``, ``<region>`` and ``<partition>`` stand for."""
        return {"account_id": self.account, "region": self.region, "partition": self.partition}


@functools.cache
def _loader(data_path: str | None) -> Any:
    """Reads botocore's files about services, each of them once. ``data_path`` has further ones."""
    return loaders.create_loader(data_path)


@functools.cache
def _share_loader() -> bool:
    """Let all clients of this process know the services from files that are read once.

    amazon.aws makes a session for each client, and each would look through botocore's folders of all
    services again. False where botocore, an old one, does not let that be changed.
    """
    if not hasattr(botocore, "register_initializer"):
        return False

    def give_loader(session: Any) -> None:
        session.lazy_register_component(
            "data_loader", lambda: _loader(session.get_config_variable("data_path"))
        )

    botocore.register_initializer(give_loader)
    return True


def read_ahead(services: Iterable[str]) -> None:
    """Read what clients of these services need to know, for those that this process's forks make."""
    if Config is not None and _share_loader():
        for service in services:
            _read(service)


@functools.cache
def _read(service: str) -> None:
    """Make a client, and forget it: what it read is kept by the loader."""
    with suppress(BotoCoreError):  # such as a profile that does not exist; a module tells it
        botocore.session.get_session().create_client(
            service, "us-east-1", aws_access_key_id="-", aws_secret_access_key="-"
        )


def _client(module: Any, service: str, **settings: Any) -> Any:
    _share_loader()
    return module.client(service, config=Config(**settings))


def client(module: Any, service: str) -> Any:
    """A client with room for as many connections as ``in_parallel`` has threads."""
    return _client(module, service, max_pool_connections=THREADS)


def client_of_one_try(module: Any, service: str) -> Any:
    """A client that sends a request once, for a call that would do a thing twice.

    botocore sends a request again when the answer is lost, although AWS may have done its work.
    """
    return _client(module, service, retries={"total_max_attempts": 1})


@api("sts:GetCallerIdentity", "the calling identity")
def _identity(sts: Any) -> dict[str, str]:
    return sts.get_caller_identity()


def region_of(module: Any) -> str:
    """The region of the session, before a client is made: without one there is none."""
    if not module.region:
        raise TerraglueError(
            "No AWS region is set. Set AWS_REGION, the profile's region, or the variable terraglue_region."
        )
    return module.region


def caller(module: Any) -> Caller:
    """Ask STS and the session, so that neither account nor region is ever written down."""
    region = region_of(module)
    identity = _identity(client(module, "sts"))
    partition = next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")
    return Caller(identity["Account"], region, partition, identity["Arn"])


def in_parallel(work: Callable[[Any], Any], items: Iterable[Any], threads: int = THREADS) -> list:
    """``work`` done on each item, results in the items' order; the first error is raised.

    What has not begun when an error is met does not begin any more.
    """
    todo = list(items)
    if len(todo) < 2:
        return [work(item) for item in todo]
    with ThreadPoolExecutor(max_workers=min(threads, len(todo))) as pool:
        futures = [pool.submit(work, item) for item in todo]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
