# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""S3 buckets: read their settings, say what they should be, and the housekeeping in them.

Source: Amazon S3 API reference. A bucket's state is a mapping of ``encryption`` {algorithm,
kms_key_id, bucket_key}, ``public_access_block`` {…4 blocks}, ``object_ownership``, ``versioning``
(Enabled, Suspended or None), ``policy`` (document or None) and ``tags``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.s3 import validate_bucket_name
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api
from ansible_collections.terraglue.aws.plugins.module_utils.plan import denied, tag_drift
from ansible_collections.terraglue.aws.plugins.module_utils.policy_document import (
    as_text,
    bucket_policy,
    policy_drift,
)
from ansible_collections.terraglue.aws.plugins.module_utils.state import drift, matches
from ansible_collections.terraglue.aws.plugins.module_utils.tags import from_list

HOUSEKEEPING = "terraglue-housekeeping"
BLOCKS = {
    "block_public_acls": "BlockPublicAcls",
    "ignore_public_acls": "IgnorePublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "restrict_public_buckets": "RestrictPublicBuckets",
}
# A setting read right after the bucket's creation may not find the bucket yet.
_NOT_YET = ("OperationAborted",)


class Settings(NamedTuple):
    """What all buckets of a plan have in common."""

    kms_key_arn: str | None
    bucket_key: bool
    versioning: bool
    tls_only: bool
    tags: Mapping[str, str]
    purge_tags: bool


# Reading -------------------------------------------------------------------------------------


@api("s3:ListBucket", "bucket {name}", missing=("404", "NoSuchBucket"))
def _head(s3: Any, name: str, account: str) -> Any:
    return s3.head_bucket(Bucket=name, ExpectedBucketOwner=account)


def locate(s3: Any, name: str, account: str, region: str) -> str:
    """Where a bucket stands: "missing", "here", "elsewhere" (someone else's) or another region.

    HeadBucket answers without a body: its status is all that there is.
    """
    try:
        answer = _head(s3, name, account)
    except TerraglueError as error:
        code = error.details.get("error_code")
        if code in ("403", "AccessDenied", "Forbidden"):
            return "elsewhere"
        if code in ("301", "PermanentRedirect", "AuthorizationHeaderMalformed"):
            return "another region"
        raise
    if answer is None:
        return "missing"
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    stands_in = answer.get("BucketRegion") or headers.get("x-amz-bucket-region") or region
    return "here" if stands_in == region else stands_in


@api("s3:GetBucketTagging", "bucket {name}", missing=("NoSuchTagSet",), retry=_NOT_YET)
def _tags(s3: Any, name: str) -> Any:
    return s3.get_bucket_tagging(Bucket=name)["TagSet"]


@api(
    "s3:GetEncryptionConfiguration",
    "bucket {name}",
    missing=("ServerSideEncryptionConfigurationNotFoundError",),
    retry=_NOT_YET,
)
def _encryption(s3: Any, name: str) -> Any:
    rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    return rules[0] if rules else None


@api(
    "s3:GetBucketPublicAccessBlock",
    "bucket {name}",
    missing=("NoSuchPublicAccessBlockConfiguration",),
    retry=_NOT_YET,
)
def _public_access_block(s3: Any, name: str) -> Any:
    return s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]


@api(
    "s3:GetBucketOwnershipControls",
    "bucket {name}",
    missing=("OwnershipControlsNotFoundError",),
    retry=_NOT_YET,
)
def _ownership(s3: Any, name: str) -> Any:
    rules = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    return rules[0]["ObjectOwnership"] if rules else None


@api("s3:GetBucketVersioning", "bucket {name}", retry=_NOT_YET)
def _versioning(s3: Any, name: str) -> Any:
    return s3.get_bucket_versioning(Bucket=name).get("Status")


@api("s3:GetBucketPolicy", "bucket {name}", missing=("NoSuchBucketPolicy",), retry=_NOT_YET)
def _policy(s3: Any, name: str) -> Any:
    return json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])


def read_tags(s3: Any, name: str) -> dict[str, str]:
    """The tags of a bucket that exists."""
    return from_list(_tags(s3, name))


def settings_readers(s3: Any, name: str) -> dict[str, Callable[[], Any]]:
    """One call for each setting of a bucket, so that all of all buckets run side by side."""
    return {
        "encryption": lambda: encryption_state(_encryption(s3, name)),
        "public_access_block": lambda: _blocks_state(_public_access_block(s3, name)),
        "object_ownership": lambda: _ownership(s3, name),
        "versioning": lambda: _versioning(s3, name),
        "policy": lambda: _policy(s3, name),
    }


def encryption_state(rule: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A bucket's default encryption in our words; None when it has none of its own."""
    if not rule:
        return None
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    return {
        "algorithm": default.get("SSEAlgorithm"),
        "kms_key_id": default.get("KMSMasterKeyID"),
        "bucket_key": bool(rule.get("BucketKeyEnabled")),
    }


def _blocks_state(blocks: Mapping[str, bool] | None) -> dict[str, bool] | None:
    if blocks is None:
        return None
    return {ours: bool(blocks.get(theirs)) for ours, theirs in BLOCKS.items()}


# Wanted --------------------------------------------------------------------------------------


def name_faults(names: Mapping[str, str]) -> list[str]:
    """What is wrong with the names of buckets, by key."""
    faults = []
    for key, name in names.items():
        fault = validate_bucket_name(name)
        if not fault and not name[0].isalnum():
            fault = "bucket names must begin and end with a letter or number"
        if not fault and ".." in name:
            fault = "two dots must not follow each other"
        if fault:
            faults.append(f"bucket {key}: '{name}' is no name for a bucket: {fault}")
    for name in sorted({name for name in names.values() if list(names.values()).count(name) > 1}):
        keys = ", ".join(key for key, other in names.items() if other == name)
        faults.append(f"buckets {keys}: they have the same name '{name}'")
    return faults


def wanted_state(
    name: str, settings: Settings, partition: str, logs_of_account: str | None = None
) -> dict[str, Any]:
    """What a bucket should be. ``logs_of_account`` makes it one that takes access logs.

    S3 delivers access logs only to buckets encrypted with SSE-S3 unless the key's policy lets it.
    """
    with_key = {
        "algorithm": "aws:kms",
        "kms_key_id": settings.kms_key_arn,
        "bucket_key": settings.bucket_key,
    }
    without_key = {"algorithm": "AES256", "kms_key_id": None}
    return {
        "encryption": without_key if logs_of_account else with_key,
        "public_access_block": dict.fromkeys(BLOCKS, True),
        "object_ownership": "BucketOwnerEnforced",
        "versioning": "Enabled" if settings.versioning else None,
        "policy": bucket_policy(partition, name, settings.tls_only, logs_of_account),
        "tags": dict(settings.tags),
    }


def bucket_drift(
    wanted: Mapping[str, Any], actual: Mapping[str, Any] | None, purge_tags: bool
) -> dict[str, dict[str, Any]]:
    """What differs, narrowed to the settings, statements and tags that do."""
    if actual is None:
        return drift(wanted, None)
    plain = {name: wanted[name] for name in wanted if name not in ("policy", "tags", "versioning")}
    change = drift(plain, actual)
    if (wanted["versioning"] == "Enabled") != (actual["versioning"] == "Enabled"):
        # Versioning that was ever on can only be suspended.
        change["before"]["versioning"] = actual["versioning"] or "Off"
        change["after"]["versioning"] = wanted["versioning"] or "Suspended"
    for name, (before, after) in {
        "policy": policy_drift(actual["policy"], wanted["policy"]),
        "tags": tag_drift(actual["tags"], wanted["tags"], purge_tags),
    }.items():
        if before or after:
            change["before"][name], change["after"][name] = before, after
    return change


def to_change(
    key: str, name: str, partition: str, wanted: Mapping[str, Any], changes: list[str], status: str
) -> dict[str, Any]:
    """All that amazon.aws.s3_bucket needs to make or mend a bucket.

    ``policy`` is "null" where no policy is wanted, which is how that module spells its removal.
    """
    encryption = wanted["encryption"]
    return {
        "key": key,
        "name": name,
        "arn": f"arn:{partition}:s3:::{name}",
        "status": status,
        "changes": changes,
        "encryption": encryption["algorithm"],
        "kms_key_id": encryption["kms_key_id"],
        "bucket_key": encryption.get("bucket_key"),
        "versioning": wanted["versioning"] == "Enabled",
        "object_ownership": wanted["object_ownership"],
        "public_access": dict(wanted["public_access_block"]),
        "policy": as_text(wanted["policy"]) if wanted["policy"] else "null",
        "tags": dict(wanted["tags"]),
    }


# Creating ------------------------------------------------------------------------------------

# S3 has one place without a name: where no location is asked for, a bucket stands here.
UNNAMED_LOCATION = "us-east-1"


@api("s3:CreateBucket", "bucket {name}", retry=_NOT_YET)
def _create(s3: Any, name: str, configuration: Mapping[str, Any]) -> None:
    further = {"CreateBucketConfiguration": dict(configuration)} if configuration else {}
    s3.create_bucket(Bucket=name, **further)


@api("s3:PutBucketTagging", "bucket {name}", retry=("NoSuchBucket", *_NOT_YET))
def _put_tags(s3: Any, name: str, tags: list[dict[str, str]]) -> None:
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})


def create_tagged(s3: Any, name: str, region: str, tags: Mapping[str, str]) -> None:
    """Create a bucket that carries its tags from the first moment.

    Newer botocores take tags with CreateBucket, which wants s3:TagResource as well; for
    others they are the very next call. A name that somebody has taken meanwhile is told.
    """
    place = {} if region == UNNAMED_LOCATION else {"LocationConstraint": region}
    tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
    try:
        if tag_set and _takes_tags(s3):
            try:
                _create(s3, name, {**place, "Tags": tag_set})
                return
            except TerraglueError as error:
                if not denied(error):
                    raise
        _create(s3, name, place)
    except TerraglueError as error:
        if error.details.get("error_code") != "BucketAlreadyExists":
            raise
        raise TerraglueError(
            f"The bucket name {name} is taken: the bucket belongs to another account. Bucket names"
            " are shared by all accounts of AWS: choose another prefix.",
            **error.details,
        ) from error
    if tag_set:
        _put_tags(s3, name, tag_set)


def _takes_tags(s3: Any) -> bool:
    """Whether the installed botocore knows tags of a bucket that is created."""
    return "Tags" in s3.meta.service_model.shape_for("CreateBucketConfiguration").members


# Housekeeping --------------------------------------------------------------------------------


class Options(NamedTuple):
    """What s3_buckets_options sets: the wanted rule, logging and events; None is left as it is."""

    noncurrent_days: int
    abort_multipart_days: int
    logging_bucket: str | None
    logging_prefix: str
    event_bridge: bool | None


@api(
    "s3:GetLifecycleConfiguration",
    "bucket {name}",
    missing=("NoSuchLifecycleConfiguration",),
    retry=_NOT_YET,
)
def get_lifecycle(s3: Any, name: str) -> Any:
    """The lifecycle configuration, or None."""
    return s3.get_bucket_lifecycle_configuration(Bucket=name)


@api("s3:PutLifecycleConfiguration", "bucket {name}", retry=_NOT_YET)
def put_lifecycle(s3: Any, name: str, rules: list, minimum: str | None) -> None:
    """Set all rules; ``minimum`` is TransitionDefaultMinimumObjectSize as it was read."""
    further = {"TransitionDefaultMinimumObjectSize": minimum} if minimum else {}
    s3.put_bucket_lifecycle_configuration(
        Bucket=name, LifecycleConfiguration={"Rules": rules}, **further
    )


@api("s3:PutLifecycleConfiguration", "bucket {name}", retry=_NOT_YET)
def delete_lifecycle(s3: Any, name: str) -> None:
    """Remove all rules; the API takes no empty list."""
    s3.delete_bucket_lifecycle(Bucket=name)


@api("s3:GetBucketLogging", "bucket {name}", retry=_NOT_YET)
def get_logging(s3: Any, name: str) -> Any:
    """Where access is logged, or None."""
    return s3.get_bucket_logging(Bucket=name).get("LoggingEnabled")


@api("s3:PutBucketLogging", "bucket {name}", retry=_NOT_YET)
def put_logging(s3: Any, name: str, target: Mapping[str, str] | None) -> None:
    """Log access to {TargetBucket, TargetPrefix}, or not at all."""
    s3.put_bucket_logging(
        Bucket=name, BucketLoggingStatus={"LoggingEnabled": dict(target)} if target else {}
    )


@api("s3:GetBucketNotification", "bucket {name}", retry=_NOT_YET)
def get_notifications(s3: Any, name: str) -> Any:
    """All notification configurations of the bucket."""
    answer = s3.get_bucket_notification_configuration(Bucket=name)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@api("s3:PutBucketNotification", "bucket {name}", retry=_NOT_YET)
def put_notifications(s3: Any, name: str, configuration: Mapping[str, Any]) -> None:
    """Set all notification configurations; queues and functions of others are not tried again."""
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration=dict(configuration),
        SkipDestinationValidation=True,
    )


@api("s3:ListBucket", "bucket {name}", missing=("404", "NoSuchBucket"))
def exists(s3: Any, name: str) -> Any:
    """Something true, or None when there is no such bucket."""
    return s3.head_bucket(Bucket=name)


def housekeeping_rule(options: Options) -> dict[str, Any] | None:
    """The lifecycle rule of ours, or None when nothing is to expire."""
    rule: dict[str, Any] = {"ID": HOUSEKEEPING, "Status": "Enabled", "Filter": {"Prefix": ""}}
    if options.noncurrent_days:
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": options.noncurrent_days}
        # Without this a deleted object's marker stays for ever.
        rule["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    if options.abort_multipart_days:
        rule["AbortIncompleteMultipartUpload"] = {
            "DaysAfterInitiation": options.abort_multipart_days
        }
    return rule if len(rule) > 3 else None


def lifecycle_with(
    rules: list[dict[str, Any]], wanted: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """The bucket's rules with ours as wanted; those of others stay as they are."""
    others = [rule for rule in rules if rule.get("ID") != HOUSEKEEPING]
    return [*others, wanted] if wanted else others


def our_rule(configuration: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The housekeeping rule among a bucket's rules."""
    rules = (configuration or {}).get("Rules", [])
    return next((rule for rule in rules if rule.get("ID") == HOUSEKEEPING), None)


def rule_differs(found: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> bool:
    """Whether our rule is not as wanted; anything more in it is a difference too."""
    if found is None or wanted is None:
        return found is not wanted
    plain = {**found, "Filter": found.get("Filter") or {"Prefix": found.get("Prefix", "")}}
    plain.pop("Prefix", None)
    if not plain["Filter"].get("Prefix"):
        plain["Filter"] = {key: item for key, item in plain["Filter"].items() if key != "Prefix"}
        plain["Filter"]["Prefix"] = ""
    return not (matches(wanted, plain) and matches(plain, wanted))


def logging_target(name: str, options: Options) -> dict[str, str] | None:
    """Where access to a bucket is to be logged; a bucket of logs does not log to itself."""
    if not options.logging_bucket or options.logging_bucket == name:
        return None
    return {
        "TargetBucket": options.logging_bucket,
        "TargetPrefix": options.logging_prefix.replace("<bucket>", name),
    }
