# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One place for errors: what AWS answered becomes a sentence that tells the user what to do.

An API function is declared with ``@api``; a module's ``main`` hands its work to ``run``.
Between the two nothing catches anything.
"""

from __future__ import annotations

import functools
import gc
import inspect
import re
from collections.abc import Iterable, Sequence
from typing import Any, Callable

try:
    from botocore import exceptions as botocore_errors
except ImportError:
    botocore_errors = None  # AnsibleAWSModule says that boto3 is missing

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault, report

DENIED = frozenset(
    "AccessDenied AccessDeniedException UnauthorizedOperation AuthorizationError 403".split()
)
EXPIRED = frozenset(
    "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired".split()
)
UNKNOWN_KEYS = frozenset(
    "InvalidClientTokenId UnrecognizedClientException InvalidAccessKeyId"
    " SignatureDoesNotMatch IncompleteSignature AuthFailure".split()
)
THROTTLED = (
    "ThrottlingException",
    "ThrottledException",
    "SlowDown",
    "ConcurrentModificationException",
    "OperationTimeoutException",
    "InternalServiceException",
    "InternalServerException",
    "KMSInternalException",
)

GARBAGE = 50_000  # things that come about before Python looks for garbage; some megabytes

GET_CREDENTIALS = (
    "Set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with `aws sso login`;"
    " without an AWS account, deploy to the local AWS with terraglue_target=local."
)


class TerraglueError(Exception):
    """A failure that has been put into words for the user.

    ``details`` are further keys of the module's result (JSON-ready).
    """

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


def stop_at(faults: Sequence[Fault]) -> None:
    """Stop with one error that lists all faults, when there are any."""
    if faults:
        raise TerraglueError(report(faults), faults=[fault._asdict() for fault in faults])


class NotOurs(TerraglueError):
    """A resource of the right name that does not carry our ownership tag."""


def code_of(error: BaseException) -> str:
    """The AWS error code of a ClientError, or an empty string."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def message_of(error: BaseException) -> str:
    """The sentence that AWS sent, or the text of an error that never reached AWS."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Message") or error)


def explain(error: BaseException, action: str, resource: str) -> str:
    """Say what was tried on what, why it failed and what to do.

    ``action`` is an IAM action such as ``glue:CreateJob``, ``resource`` a noun phrase. AWS names
    both in most of its own denials, but S3 answers a bare "Access Denied".
    """
    code, said = code_of(error), message_of(error).rstrip(".")
    kind = type(error).__name__
    if code in DENIED:
        return (
            f"Access denied: {action} on {resource}. AWS said: {said}."
            f" Allow {action} for the calling identity, or use another one."
        )
    if code in EXPIRED or kind in (
        "TokenRetrievalError",
        "SSOTokenLoadError",
        "UnauthorizedSSOTokenError",
    ):
        return f"The AWS credentials have expired ({action} said: {said}). Renew them. {GET_CREDENTIALS}"
    if code in UNKNOWN_KEYS:
        return f"AWS does not accept the credentials ({action} said: {said}). {GET_CREDENTIALS}"
    if kind in ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"):
        return f"No usable AWS credentials were found: {said}. {GET_CREDENTIALS}"
    if kind in (
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ConnectionClosedError",
        "ReadTimeoutError",
    ):
        return (
            f"AWS could not be reached for {action} on {resource}: {said}."
            " Check the network, the region and endpoint_url; a local AWS may have stopped."
        )
    if code:
        return f"{action} on {resource} failed: {said} ({code})."
    return f"{action} on {resource} failed: {said}."


def api(
    action: str,
    resource: str,
    missing: Iterable[str] = (),
    retry: Iterable[str] = (),
    once: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function that makes one AWS call (or one paginated listing).

    Throttling is retried with growing pauses, as are the codes in ``retry``; a code in ``missing``
    means that the thing is not there and becomes None; anything else becomes a TerraglueError.
    Where AWS has no code of its own for what is missing, an entry is "Code: words of its message".
    ``resource`` may name the function's parameters: ``@api("glue:GetJob", "job {name}")``.
    With ``once`` nothing is retried: some of those errors do not say that nothing has been done.
    """
    absent = [entry.partition(": ")[::2] for entry in missing]
    retried = AWSRetry.jittered_backoff(
        retries=8, delay=1, max_delay=20, catch_extra_error_codes=[*THROTTLED, *retry]
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)
        attempt = function if once else retried(function)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return attempt(*args, **kwargs)
            except (botocore_errors.ClientError, botocore_errors.BotoCoreError) as error:
                code, said = code_of(error), message_of(error)
                if any(code == one and words in said for one, words in absent):
                    return None
                bound = signature.bind(*args, **kwargs)
                bound.apply_defaults()
                noun = resource.format(**bound.arguments)
                raise TerraglueError(
                    explain(error, action, noun), error_code=code_of(error) or type(error).__name__
                ) from error

        return call

    return decorate


def run(module: Any, work: Callable[[Any], dict]) -> None:
    """End a module: its result, or one sentence that says what went wrong."""
    # A module keeps most of what it makes until it ends. Looking through it for garbage as often as
    # Python does by default takes up to a sixth of its time.
    gc.set_threshold(GARBAGE)
    try:
        result = work(module)
    except TerraglueError as error:
        module.fail_json(msg=str(error), **error.details)
    if not module._diff:
        # Nobody asked for it, and of a thousand new tables it is most of the result.
        result.pop("diff", None)
    module.exit_json(**result)


def one_line(text: str) -> str:
    """Fold white space, for texts that go into a sentence."""
    return re.sub(r"\s+", " ", text).strip()
