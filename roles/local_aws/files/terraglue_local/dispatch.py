# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of our functions answers which AWS action.

A gap is a function ``gap(call, forward) -> answer`` registered by ``@answers(service, action, …)``.
It may answer alone, or ``await forward(call)`` for MiniStack's answer and mend that. What no gap is
registered for goes to MiniStack unchanged. Everything else that is to stand behind an action (an
engine behind StartJobRun or StartQueryExecution) registers in the same way.

MiniStack has by then checked the caller, decoded the body and set account and region, so the gaps
work on its own stores: one state, saved and wiped in one place. That needs MiniStack's exact pin.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any, Union
from urllib.parse import parse_qs

from ministack.core.responses import AccountRegionScopedDict, error_response_json, json_response

# (status, headers, body), MiniStack's own form of an answer.
Answer = tuple[int, dict[str, str], Any]
Forward = Callable[["Call"], Awaitable[Answer]]
Gap = Callable[["Call", Forward], Union[Answer, Awaitable[Answer]]]

# AWS service (its signing name) → MiniStack's module. All are loaded at the start.
MODULES = {
    "athena": "athena",
    "glue": "glue",
    "iam": "iam",
    "kms": "kms",
    "logs": "cloudwatch_logs",
    "s3": "s3",
    "tagging": "tagging",
}
_READING = ("Get", "List", "Describe", "BatchGet", "Head", "Search", "Query")

# Sees every call of a service, and its answer, on behalf of one of its clients.
Lens = Callable[["Call", Forward], Awaitable[Answer]]

_gaps: dict[tuple[str, str], Gap] = {}
_lenses: dict[str, Lens] = {}
_listeners: list[Callable[[str], None]] = []


class Refusal(Exception):
    """An AWS error as a gap raises it: code, message, HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclasses.dataclass(frozen=True)
class Call:
    """One request, as MiniStack hands it to a service."""

    service: str
    action: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, list[str]]

    @functools.cached_property
    def data(self) -> dict[str, Any]:
        """The parameters: of the JSON body, or of the form body of the query protocol."""
        if self.service == "iam":
            form = {**self.query, **parse_qs(self.body.decode("utf-8", "replace"))}
            return {name: values[0] for name, values in form.items()}
        try:
            content = json.loads(self.body) if self.body else {}
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def with_data(self, data: dict[str, Any]) -> Call:
        """The same call with other parameters (JSON services)."""
        return dataclasses.replace(self, body=json.dumps(data).encode())


def changed(module_name: str) -> None:
    """Say that a service's state changed, when a gap of another service changed it."""
    for listener in _listeners:
        listener(module_name)


def answers(service: str, *actions: str) -> Callable[[Gap], Gap]:
    """Register a gap for actions of a service."""

    def register(gap: Gap) -> Gap:
        for action in actions:
            if (service, action) in _gaps:
                raise ValueError(f"two gaps for {service} {action}")
            _gaps[service, action] = gap
        return gap

    return register


def sees_all(service: str) -> Callable[[Lens], Lens]:
    """Register what stands before all actions of a service."""

    def register(lens: Lens) -> Lens:
        if service in _lenses:
            raise ValueError(f"two of them for {service}")
        _lenses[service] = lens
        return lens

    return register


def own_store(module: Any, name: str) -> Any:
    """A dict by account and region for state that MiniStack lacks. It is saved, restored and reset
    with the module's own state, in the same file."""
    store = AccountRegionScopedDict()
    module._ALL_STATE[name] = store
    reset = module.reset

    def reset_both() -> None:
        reset()
        store.clear()

    module.reset = reset_both
    return store


def done(content: dict[str, Any] | None = None) -> Answer:
    """A successful answer of a JSON service."""
    return json_response(content or {})


def content_of(answer: Answer) -> dict[str, Any]:
    """The JSON content of an answer."""
    return json.loads(answer[2] or b"{}")


async def ask(service: str, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Call a JSON service of this process in the name of the present caller, gaps and all.

    The content of the answer; an error of the service as a Refusal.
    """
    module = importlib.import_module(f"ministack.services.{MODULES[service]}")
    headers = {"x-amz-target": f"Local.{action}"}
    body = json.dumps(parameters).encode()
    status, dummy, content = await module.handle_request("POST", "/", headers, body, {})
    answer = json.loads(content or b"{}")
    if status >= 300:
        code = str(answer.get("__type", "")).rpartition("#")[2]
        raise Refusal(code, answer.get("message") or answer.get("Message") or code, status)
    return answer


_S3_BUCKET_PARTS = {
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "encryption": "BucketEncryption",
    "versioning": "BucketVersioning",
    "tagging": "BucketTagging",
    "lifecycle": "BucketLifecycleConfiguration",
    "logging": "BucketLogging",
    "notification": "BucketNotificationConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "publicAccessBlock": "PublicAccessBlock",
    "acl": "BucketAcl",
}
_VERBS = {"GET": "Get", "PUT": "Put", "DELETE": "Delete", "HEAD": "Head"}


def _s3_action(method: str, path: str, headers: dict[str, str], query: dict[str, list[str]]) -> str:
    """The S3 operation of a path-style request, as far as a gap may ask for it."""
    bucket, dummy, key = path.lstrip("/").partition("/")
    verb = _VERBS.get(method, method.title())
    if not bucket:
        return "ListBuckets"
    if not key:
        for part, name in _S3_BUCKET_PARTS.items():
            if part in query:
                return verb + name
        return {"PUT": "CreateBucket", "GET": "ListObjects", "POST": "DeleteObjects"}.get(
            method, verb + "Bucket"
        )
    if set(query) & {"tagging", "acl", "retention", "legal-hold", "annotation", "attributes"}:
        return verb + "ObjectPart"
    if "uploadId" in query or "uploads" in query:
        return verb + "Upload"
    if method == "PUT" and "x-amz-copy-source" in headers:
        return "CopyObject"
    return verb + "Object"


def _action(
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, list[str]],
) -> str:
    if service == "s3":
        return _s3_action(method, path, headers, query)
    target = headers.get("x-amz-target", "")
    if "." in target:
        return target.rpartition(".")[2]
    form = {**query, **parse_qs(body.decode("utf-8", "replace"))}
    return form.get("Action", [""])[0]


def _refused(service: str, refusal: Refusal) -> Answer:
    if service == "s3":
        s3 = importlib.import_module("ministack.services.s3")
        return s3._error(refusal.code, refusal.message, refusal.status)
    if service == "iam":
        iam = importlib.import_module("ministack.services.iam")
        return iam._error(refusal.status, refusal.code, refusal.message, ns="iam")
    return error_response_json(refusal.code, refusal.message, refusal.status)


def _wrapped(
    service: str, handle: Callable[..., Awaitable[Answer]], module_name: str
) -> Callable[..., Awaitable[Answer]]:
    """MiniStack's request handler of one service with our gaps before it."""

    async def handle_request(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, list[str]],
        **more: Any,
    ) -> Answer:
        async def forward(call: Call) -> Answer:
            return await handle(call.method, call.path, call.headers, call.body, call.query, **more)

        async def answered(call: Call) -> Answer:
            gap = _gaps.get((service, call.action))
            answer = forward(call) if gap is None else gap(call, forward)
            return await answer if inspect.isawaitable(answer) else answer

        action = _action(service, method, path, headers, body, query_params)
        call = Call(service, action, method, path, headers, body, query_params)
        lens = _lenses.get(service)
        try:
            answer = await (answered(call) if lens is None else lens(call, answered))
        except Refusal as refusal:
            return _refused(service, refusal)
        if not action.startswith(_READING):
            # TagResources of the tagging API writes into any of them.
            for touched in MODULES.values() if service == "tagging" else (module_name,):
                changed(touched)
        return answer

    return handle_request


def install(listener: Callable[[str], None]) -> None:
    """Put the gaps in front of MiniStack. ``listener`` is told the module whose state changed."""
    from . import gaps

    for service, name in MODULES.items():
        module: Any = importlib.import_module(f"ministack.services.{name}")
        # The module's own name is replaced, not the entry of MiniStack's table of handlers: some
        # requests (virtual-hosted S3) reach a service without that table.
        module.handle_request = _wrapped(service, module.handle_request, name)
    _listeners.append(listener)
    gaps.load()
