# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module's ``main`` as Ansible does, in this process, and see which AWS calls it makes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Callable
from unittest import mock

import botocore.client
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from botocore.exceptions import ClientError

REGION = "us-east-1"
CREDENTIALS = {"access_key": "testing", "secret_key": "testing", "region": REGION}


class ModuleFailed(Exception):
    """The module called fail_json; ``result`` is what it said."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__(result.get("msg"))
        self.result = result


class _Ended(BaseException):
    """Carries a result out of exit_json and fail_json; nothing in a module catches it."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__()
        self.result = result


def _exit_json(self: Any, **result: Any) -> None:
    raise _Ended({"changed": False, **result})


def _fail_json(self: Any, msg: str = "", **result: Any) -> None:
    raise _Ended({"failed": True, "changed": False, "msg": msg, **result})


def run_module(
    module: ModuleType, args: dict[str, Any], check: bool = False, diff: bool = True
) -> dict[str, Any]:
    """The result of ``module.main()`` with these options; ModuleFailed when it fails.

    The result passes through JSON, as it does on its way to the controller. Credentials and region
    are set unless ``args`` names them; an option of None is left out.
    """
    given = {key: value for key, value in {**CREDENTIALS, **args}.items() if value is not None}
    given.update(_ansible_check_mode=check, _ansible_diff=diff)
    with (
        patch_module_args(given),
        mock.patch.multiple(basic.AnsibleModule, exit_json=_exit_json, fail_json=_fail_json),
    ):
        result = _result_of(module)
    if result.get("failed"):
        raise ModuleFailed(result)
    return result


def _result_of(module: ModuleType) -> dict[str, Any]:
    try:
        module.main()
    except _Ended as ended:
        return json.loads(json.dumps(ended.result))
    raise AssertionError(f"{module.__name__} ended without a result")


class ApiCalls:
    """The AWS calls that were made, and answers that tests put in their place.

    ``made`` holds (operation, parameters) in order, e.g. ("CreateTable", {"DatabaseName": "a"}).
    """

    def __init__(self) -> None:
        self.made: list[tuple[str, dict[str, Any]]] = []
        self._answers: dict[str, Iterator[Callable[[dict[str, Any]], Any]]] = {}

    def names(self) -> list[str]:
        """The operations called so far, in order."""
        return [name for name, parameters in self.made]

    def changing(self) -> list[str]:
        """The operations called so far that do not only read."""
        return [n for n in self.names() if not n.startswith(("Get", "List", "Head", "Describe"))]

    def clear(self) -> None:
        """Forget the calls made so far."""
        self.made.clear()

    def answer(self, operation: str, result: Any, times: int = 1) -> None:
        """Let the next ``times`` calls answer ``result``: a dict, or a function of the parameters."""
        give = result if callable(result) else lambda parameters: result
        earlier = self._answers.get(operation, iter(()))
        self._answers[operation] = itertools.chain(earlier, itertools.repeat(give, times))

    def fail(self, operation: str, code: str, message: str = "no", times: int = 1000) -> None:
        """Let the next ``times`` calls of an operation fail with an AWS error code."""

        def refuse(parameters: dict[str, Any]) -> Any:
            raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

        self.answer(operation, refuse, times)

    def deny(self, operation: str) -> None:
        """Let an operation fail as it does for a caller without the permission."""
        self.fail(operation, "AccessDeniedException", "User is not authorized")

    def record(self) -> Iterator[ApiCalls]:
        """Watch all clients of this process until the generator is resumed."""
        real = botocore.client.BaseClient._make_api_call

        def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            self.made.append((operation, parameters))
            give = next(self._answers.get(operation, iter(())), None)
            return give(parameters) if give else real(client, operation, parameters)

        with mock.patch.object(botocore.client.BaseClient, "_make_api_call", call):
            yield self
