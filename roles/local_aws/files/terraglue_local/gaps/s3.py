# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""S3: encryption with KMS keys."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import kms, s3

from .kms import S3_ALIAS, s3_managed_key

_ALGORITHM = "x-amz-server-side-encryption"
_KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"
_BUCKET_KEY = "x-amz-server-side-encryption-bucket-key-enabled"


def _key_arn(named: str) -> tuple[str, Any]:
    """(ARN as S3 shows it, S3's error answer or None) of a key named by id, alias or ARN.

    PutObject: the request fails when the key is missing or cannot be used (KMS.NotFoundException,
    KMS.DisabledException, KMS.KMSInvalidStateException). Keys of other accounts are taken as they are.
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
    """MiniStack's rule with AWS's part for KMS: the managed key, the ARN in answers, bucket keys."""

    def resolve(headers: dict[str, str], bucket: str) -> tuple[Any, Any]:
        asked = headers.get(_ALGORITHM) == "aws:kms"
        if asked and not headers.get(_KEY_ID):
            # PutObject: "If you specify aws:kms but do not provide a key ID, Amazon S3 uses the
            # AWS managed key (aws/s3)". MiniStack refuses the request.
            headers = {**headers, _KEY_ID: s3_managed_key()}
        kept, refused = original(headers, bucket)
        if refused is not None or kept.get(_ALGORITHM) not in ("aws:kms", "aws:kms:dsse"):
            return kept, refused
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


def mend() -> None:
    """One function decides the encryption of puts, copies, form posts and multipart uploads."""
    s3._resolve_sse_write_headers = _resolve_encryption(s3._resolve_sse_write_headers)
    s3._SSE_STORED_HEADERS = (*s3._SSE_STORED_HEADERS, _BUCKET_KEY)
