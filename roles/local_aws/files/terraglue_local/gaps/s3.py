# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""S3: encryption with KMS keys, checksums, parts, bucket policies, expected owners."""

from __future__ import annotations

import json
import re
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import iam, kms, s3

from ..dispatch import Answer, Call, Forward, Refusal, answers
from ..jobs.environment import KEY_IN_AGENT
from .kms import S3_ALIAS, s3_managed_key

_ALGORITHM = "x-amz-server-side-encryption"
_KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"
_BUCKET_KEY = "x-amz-server-side-encryption-bucket-key-enabled"


def _key_arn(named: str) -> tuple[str, Any]:
    """(ARN as S3 shows it, S3's error answer or None) of a key named by id, alias or ARN.

    PutObject: the request fails when the key is missing or cannot be used (KMS.NotFoundException,
    KMS.DisabledException, KMS.KMSInvalidStateException). Other accounts' keys are taken as given.
    """
    arn = named
    if not named.startswith("arn:"):
        kind = "" if named.startswith("alias/") else "key/"
        arn = f"arn:aws:kms:{get_region()}:{get_account_id()}:{kind}{named}"
    if arn.split(":")[3:5] != [get_region(), get_account_id()]:
        return arn, None
    key = kms._resolve_key(named)
    if key is None:
        if arn.endswith(S3_ALIAS):
            return s3_managed_key(), None
        what = "Alias" if ":alias/" in arn else "Key"
        return arn, s3._error("KMS.NotFoundException", f"{what} {arn!r} does not exist", 400)
    state = key["KeyState"]
    if state == "Disabled":
        return arn, s3._error("KMS.DisabledException", f"{key['Arn']} is disabled.", 400)
    if state != "Enabled":
        text = f"{key['Arn']} is pending deletion." if state == "PendingDeletion" else key["Arn"]
        return arn, s3._error("KMS.KMSInvalidStateException", text, 400)
    return key["Arn"], None


def _bucket_key_default(bucket: str) -> str:
    """Whether the bucket's default encryption asks for bucket keys."""
    written = s3._bucket_encryption.get(bucket) or ""
    return "true" if "<BucketKeyEnabled>true</BucketKeyEnabled>" in written.replace(" ", "") else ""


def _resolve_encryption(original: Any) -> Any:
    """MiniStack's rule and AWS's part for KMS: the managed key, ARNs in answers, bucket keys."""

    def resolve(headers: dict[str, str], bucket: str) -> tuple[Any, Any]:
        by_agent = KEY_IN_AGENT.search(headers.get("user-agent", ""))
        if by_agent and not headers.get(_KEY_ID):
            headers = {**headers, _ALGORITHM: "aws:kms", _KEY_ID: by_agent[1]}
        asked = headers.get(_ALGORITHM) == "aws:kms"
        if asked and not headers.get(_KEY_ID):
            # PutObject: "If you specify aws:kms but do not provide a key ID, Amazon S3 uses the
            # AWS managed key (aws/s3)". MiniStack refuses the request.
            headers = {**headers, _KEY_ID: s3_managed_key()}
        kept, refused = original(headers, bucket)
        if refused is not None:
            return None, refused
        if not kept:
            # "Amazon S3 now applies server-side encryption with Amazon S3 managed keys (SSE-S3) as
            # the base level of encryption", and says so in the answers (since January 2023).
            kept = {_ALGORITHM: "AES256"}
        if kept.get(_ALGORITHM) not in ("aws:kms", "aws:kms:dsse"):
            return kept, None
        named = kept.get(_KEY_ID)
        arn, refused = _key_arn(named) if named else (s3_managed_key(), None)
        if refused is not None:
            return None, refused
        kept[_KEY_ID] = arn
        bucket_key = headers.get(_BUCKET_KEY, "").lower() or _bucket_key_default(bucket)
        if bucket_key == "true":
            kept[_BUCKET_KEY] = "true"
        return kept, None

    return resolve


# --- objects ------------------------------------------------------------------------------------


def _record(call: Call) -> dict[str, Any]:
    """MiniStack's record of the object or version that a call names; {} when there is none."""
    bucket, key = s3._parse_bucket_key(call.path, call.headers)
    version = call.query.get("versionId", [""])[0]
    if version:
        versions = s3._object_versions.get((bucket, key), [])
        return next((one for one in versions if one["version_id"] == version), {})
    return (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key) or {}


@answers("s3", "PutObject")
async def put_object(call: Call, forward: Forward) -> Answer:
    """The answer names the checksum that was stored (ChecksumSHA256 … and ChecksumType)."""
    status, headers, body = await forward(call)
    if status == 200:
        checksums = _record(call).get("checksums") or {}
        for algorithm, value in checksums.items():
            headers[f"x-amz-checksum-{algorithm.lower()}"] = value
        if checksums:
            headers["x-amz-checksum-type"] = "FULL_OBJECT"
    return status, headers, body


@answers("s3", "HeadObject")
async def head_object(call: Call, forward: Forward) -> Answer:
    """PartNumber: "a 'ranged' HEAD request for the part specified", with the count of parts.

    MiniStack answers for the whole object. 206 as for any range; 416 for a part that is not there.
    """
    status, headers, body = await forward(call)
    if "Hadoop" in call.headers.get("user-agent", ""):
        # A rename of Hadoop's S3A is a copy with the key that this answer names, and AWS's SDK for
        # Java, version 1, refuses to name a key where there is no TLS, as here. Without it the
        # copy is encrypted by the bucket's default, which is that key.
        headers.pop(_KEY_ID, None)
    wanted = call.query.get("partNumber", [""])[0]
    parts = _record(call).get("parts")
    if status != 200 or not wanted.isdecimal() or not parts:
        return status, headers, body
    before = 0
    for part in parts:
        if part["PartNumber"] == int(wanted):
            end = before + part["Size"] - 1
            headers["Content-Range"] = f"bytes {before}-{end}/{headers['Content-Length']}"
            headers["Content-Length"] = str(part["Size"])
            headers["x-amz-mp-parts-count"] = str(len(parts))
            return 206, headers, body
        before += part["Size"]
    raise Refusal("InvalidPartNumber", "The requested partnumber is not satisfiable", 416)


# --- buckets ------------------------------------------------------------------------------------


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_principal(principal: Any) -> None:
    """ "*" or a map; a role or user of this account must exist ("Invalid principal in policy")."""
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal:
        raise Refusal("MalformedPolicy", "Invalid policy syntax.")
    ours = f"arn:aws:iam::{get_account_id()}:"
    for named in _as_list(principal.get("AWS", [])):
        if not str(named).startswith(ours):
            continue
        kind, dummy, name = str(named).removeprefix(ours).partition("/")
        known = {"role": iam._roles, "user": iam._users}.get(kind)
        if known is not None and name.rpartition("/")[2] not in known:
            raise Refusal("MalformedPolicy", "Invalid principal in policy")


def _check_statement(statement: Any, bucket: str) -> None:
    if not isinstance(statement, dict):
        raise Refusal("MalformedPolicy", "Invalid policy syntax.")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise Refusal("MalformedPolicy", f"Invalid effect: {statement.get('Effect')}")
    for name in ("Principal", "Action", "Resource"):
        if not statement.get(name) and not statement.get(f"Not{name}"):
            raise Refusal("MalformedPolicy", f"Missing required field {name}")
    _check_principal(statement.get("Principal") or statement.get("NotPrincipal"))
    for action in _as_list(statement.get("Action") or statement.get("NotAction")):
        if action != "*" and not str(action).lower().startswith("s3:"):
            raise Refusal("MalformedPolicy", "Policy has invalid action")
    for resource in _as_list(statement.get("Resource") or statement.get("NotResource")):
        if str(resource).partition("/")[0] not in (
            f"arn:aws:s3:::{bucket}",
            f"arn:aws:s3:::{bucket}*",
        ):
            raise Refusal("MalformedPolicy", "Policy has invalid resource")
    if not isinstance(statement.get("Condition", {}), dict):
        raise Refusal("MalformedPolicy", "Invalid policy syntax.")


@answers("s3", "PutBucketPolicy")
async def put_bucket_policy(call: Call, forward: Forward) -> Answer:
    """MalformedPolicy for what is no bucket policy of this bucket; MiniStack keeps any text."""
    bucket = s3._parse_bucket_key(call.path, call.headers)[0]
    try:
        policy = json.loads(call.body)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        text = "Policies must be valid JSON and the first byte must be '{'"
        raise Refusal("MalformedPolicy", text)
    if policy.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise Refusal("MalformedPolicy", "The policy must contain a valid version string")
    statements = _as_list(policy.get("Statement") or [])
    if not statements:
        raise Refusal("MalformedPolicy", "Missing required field Statement")
    for statement in statements:
        _check_statement(statement, bucket)
    return await forward(call)


@answers("s3", "GetBucketPolicyStatus")
def get_bucket_policy_status(call: Call, forward: Forward) -> Answer:
    """Not implemented by MiniStack, which lists the objects instead."""
    bucket = s3._parse_bucket_key(call.path, call.headers)[0]
    if bucket not in s3._buckets:
        raise Refusal("NoSuchBucket", "The specified bucket does not exist", 404)
    policy = s3._bucket_policies.get(bucket)
    if policy is None:
        raise Refusal("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
    public = str(s3._policy_is_public(policy)).lower()
    xml = f"<PolicyStatus xmlns='{s3.S3_NS}'><IsPublic>{public}</IsPublic></PolicyStatus>"
    return 200, {"Content-Type": "application/xml"}, xml.encode()


@answers("s3", "PutBucketLogging")
async def put_bucket_logging(call: Call, forward: Forward) -> Answer:
    """InvalidTargetBucketForLogging when the target is missing or in another region."""
    bucket = s3._parse_bucket_key(call.path, call.headers)[0]
    target = re.search(rb"<TargetBucket>([^<]*)</TargetBucket>", call.body)
    if target is not None:
        record = s3._buckets.get(target.group(1).decode("utf-8", "replace"))
        source = s3._buckets.get(bucket) or {}
        if record is None or record.get("region") != source.get("region"):
            text = "The target bucket for logging does not exist"
            raise Refusal("InvalidTargetBucketForLogging", text)
    return await forward(call)


def _new_bucket_is_private() -> dict[str, str]:
    """ "Block Public Access is enabled … for all new buckets" (since April 2023)."""
    return {"_public_access_block": s3._NEW_BUCKET_PUBLIC_ACCESS_BLOCK}


def _for_expected_owner(original: Any) -> Any:
    """x-amz-expected-bucket-owner: "If the account ID that you provide does not match the actual
    owner of the bucket, the request fails with the HTTP status code 403 Forbidden"."""

    def dispatch(
        method: str,
        bucket: str,
        key: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
    ) -> Answer:
        source = headers.get("x-amz-copy-source", "").lstrip("/").partition("/")[0]
        for named, expected in (
            (bucket, headers.get("x-amz-expected-bucket-owner")),
            (source, headers.get("x-amz-source-expected-bucket-owner")),
        ):
            owner = s3._bucket_owner_account(named) if expected else None
            if owner is not None and owner != expected:
                return s3._error("AccessDenied", "Access Denied", 403, f"/{named}")
        return original(method, bucket, key, headers, body, query)

    return dispatch


def mend() -> None:
    """Replace what cannot be reached by action.

    One function decides the encryption of puts, copies, form posts and multipart uploads, and
    another sees every request with its headers, by whichever way it came.
    """
    s3._resolve_sse_write_headers = _resolve_encryption(s3._resolve_sse_write_headers)
    s3._SSE_STORED_HEADERS = (*s3._SSE_STORED_HEADERS, _BUCKET_KEY)
    s3._new_bucket_public_access_block = _new_bucket_is_private
    s3._dispatch = _for_expected_owner(s3._dispatch)
