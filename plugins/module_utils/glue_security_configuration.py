# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glue security configurations: their settings, whose they are, and the API calls.

Source: Glue API reference, Security (SecurityConfiguration, EncryptionConfiguration). AWS can
neither change nor tag one, so a change is a replacement, and ownership is found in what is tagged:
the jobs that name it and the keys it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils import (
    glue_api,
    glue_job,
    session,
    state,
    tags,
    waiting,
)
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api

GONE_TIMEOUT = 60  # seconds for a deleted name to be free

# What is encrypted: member of EncryptionConfiguration, and of it the mode's name.
_PARTS = {
    "s3": ("S3Encryption", "S3EncryptionMode"),
    "cloudwatch": ("CloudWatchEncryption", "CloudWatchEncryptionMode"),
    "job_bookmarks": ("JobBookmarksEncryption", "JobBookmarksEncryptionMode"),
}


def settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the module's options ask for: a mode and, with KMS, a key for each part."""
    wanted: dict[str, Any] = {}
    for part in _PARTS:
        mode = options[f"{part}_encryption_mode"]
        wanted[f"{part}_encryption_mode"] = mode
        wanted[f"{part}_kms_key_arn"] = options["kms_key_arn"] if "KMS" in mode else None
    return wanted


def described(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """A SecurityConfiguration of the API in the words of ``settings()``."""
    encryption = configuration.get("EncryptionConfiguration") or {}
    found: dict[str, Any] = {}
    for part, (member, mode) in _PARTS.items():
        value = encryption.get(member) or {}
        if isinstance(value, list):
            # The API has a list for S3, but takes one entry.
            value = value[0]
        found[f"{part}_encryption_mode"] = value.get(mode) or "DISABLED"
        found[f"{part}_kms_key_arn"] = value.get("KmsKeyArn") or None
    return found


def keys(found: Mapping[str, Any]) -> list[str]:
    """The ARNs of the keys that settings name, once each."""
    return sorted({found[f"{part}_kms_key_arn"] for part in _PARTS} - {None})


def payload(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The EncryptionConfiguration of ``settings()``."""
    body: dict[str, Any] = {}
    for part, (member, mode) in _PARTS.items():
        value = {mode: wanted[f"{part}_encryption_mode"]}
        if wanted[f"{part}_kms_key_arn"]:
            value["KmsKeyArn"] = wanted[f"{part}_kms_key_arn"]
        body[member] = [value] if part == "s3" else value
    return body


@api("glue:GetSecurityConfiguration", "security configuration {name}", missing=[glue_api.MISSING])
def get(glue: Any, name: str) -> dict[str, Any] | None:
    """The SecurityConfiguration, or None."""
    return glue.get_security_configuration(Name=name)["SecurityConfiguration"]


@api("glue:GetSecurityConfigurations", "the security configurations of the account")
def list_all(glue: Any) -> list[dict[str, Any]]:
    """Every SecurityConfiguration of the account in the region."""
    pages = glue.get_paginator("get_security_configurations").paginate()
    return [each for page in pages for each in page.get("SecurityConfigurations") or []]


@api("glue:CreateSecurityConfiguration", "security configuration {name}")
def create(glue: Any, name: str, wanted: Mapping[str, Any]) -> None:
    """Create a security configuration with ``settings()``."""
    glue.create_security_configuration(Name=name, EncryptionConfiguration=payload(wanted))


@api("glue:DeleteSecurityConfiguration", "security configuration {name}", [glue_api.MISSING])
def _delete(glue: Any, name: str) -> None:
    glue.delete_security_configuration(Name=name)


# A key that is gone, of another account or closed to the caller is no evidence of ownership.
@api(
    "kms:ListResourceTags",
    "key {key}",
    missing=["NotFoundException", "InvalidArnException", "AccessDeniedException"],
)
def _key_tags(kms: Any, key: str) -> dict[str, str]:
    pages = kms.get_paginator("list_resource_tags").paginate(KeyId=key)
    found = [tag for page in pages for tag in page.get("Tags") or []]
    return tags.from_list(found, "TagKey", "TagValue")


def delete(glue: Any, name: str) -> None:
    """Delete a security configuration and wait until its name is free; a missing one is fine."""
    _delete(glue, name)
    what = f"security configuration {name} to be gone"
    waiting.wait_until(lambda: get(glue, name) is None, what, GONE_TIMEOUT)


class User(NamedTuple):
    """A job that names a security configuration, and its tags."""

    job: dict[str, Any]
    tags: dict[str, str]

    @property
    def name(self) -> str:
        """The job's name."""
        return str(self.job["Name"])


def users_of(
    glue: Any, arn_of: Callable[[str], str], names: Iterable[str]
) -> dict[str, list[User]]:
    """The jobs that name one of these configurations, by its name. ``arn_of`` is a job's ARN."""
    found: dict[str, list[User]] = {name: [] for name in names}
    using = [job for job in glue_job.list_all(glue) if job.get("SecurityConfiguration") in found]
    their_tags = session.in_parallel(
        lambda job: glue_api.get_tags(glue, arn_of(job["Name"])), using
    )
    for job, job_tags in zip(using, their_tags):
        found[job["SecurityConfiguration"]].append(User(job, job_tags))
    return found


def key_tags(kms: Any, configuration: Mapping[str, Any]) -> list[dict[str, str]]:
    """The tags of each key that a configuration names."""
    return session.in_parallel(
        lambda key: _key_tags(kms, key) or {}, keys(described(configuration))
    )


def owner_tags(
    found: Mapping[str, Any],
    users: Iterable[User],
    tags_of_keys: Iterable[Mapping[str, str]],
    owner: str | None,
    wanted: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> dict[str, str]:
    """The tags that a configuration would carry if it could, by the first of these that tells.

    1. Jobs that use it are tagged with an environment; 2. keys in it are; 3. all its keys are
    ``key``, the one of the task; 4. it is exactly as ``wanted`` and no job uses it, so that nothing
    of anybody's depends on it. Where several environments are named, ours goes first.
    """
    using = list(users)
    for tagged in ([user.tags for user in using], tags_of_keys):
        owners = [each[tags.OWNER_TAG] for each in tagged if tags.OWNER_TAG in each]
        if owners:
            return {tags.OWNER_TAG: owner if owner and owner in owners else owners[0]}
    ours_by_key = bool(key) and keys(found) == [key]
    ours_by_likeness = wanted is not None and not using and state.matches(wanted, found)
    return {tags.OWNER_TAG: owner} if owner and (ours_by_key or ours_by_likeness) else {}


def returned(name: str, found: Mapping[str, Any], users: Iterable[User]) -> dict[str, Any]:
    """A configuration as modules return it."""
    return {"name": name, **found, "jobs": sorted({user.name for user in users})}


def others(users: Iterable[User], owner: str | None) -> list[str]:
    """The names of jobs that are not ours; without an owner every job is ours."""
    return sorted(user.name for user in users if not tags.is_ours(user.tags, owner))


def point(glue: Any, users: Iterable[User], name: str, owner: str | None) -> None:
    """Let our jobs name another configuration, and change nothing else about them."""
    accepted = glue_job.accepted_by_update(glue)
    for user in users:
        if tags.is_ours(user.tags, owner):
            # Read again: UpdateJob overwrites the whole job.
            job = glue_job.get(glue, user.name)
            if job:
                body = {**glue_job.update_of(job, accepted), "SecurityConfiguration": name}
                glue_job.update(glue, user.name, body)


def replacement_of(name: str) -> str:
    """The name of the configuration that jobs use while theirs is made anew."""
    return f"{name}-replacement"


def replace(
    glue: Any,
    name: str,
    wanted: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    leftover: Mapping[str, Any] | None,
    users: Mapping[str, list[User]],
    owner: str | None,
) -> None:
    """Make ``name`` as wanted while every job of ours names a configuration that exists.

    ``before`` and ``leftover`` are what is there now under the name and under that of the
    replacement, ``users`` the jobs of both. Each step may be the last of a run that is
    interrupted: the next run finds what is there and goes on from it.
    """
    substitute = replacement_of(name)
    at_name, at_substitute = list(users[name]), list(users[substitute])
    if before and not state.matches(wanted, described(before)):
        if leftover and not state.matches(wanted, described(leftover)):
            # Of an interrupted run that wanted something else.
            point(glue, at_substitute, name, owner)
            at_name, at_substitute, leftover = at_name + at_substitute, [], None
            delete(glue, substitute)
        if not leftover:
            # Also proves that AWS takes the settings before anything is given up.
            create(glue, substitute, wanted)
            leftover = {"Name": substitute}
        point(glue, at_name, substitute, owner)
        at_substitute += at_name
        delete(glue, name)
        before = None
    if not before:
        create(glue, name, wanted)
    if leftover:
        point(glue, at_substitute, name, owner)
        delete(glue, substitute)


def refuse_others(name: str, foreign: list[str], what: str, force: bool) -> None:
    """Stop before jobs of somebody else lose their configuration."""
    if foreign and not force:
        raise TerraglueError(
            f"The security configuration {name} is used by jobs that are not ours:"
            f" {', '.join(foreign)}. {what} would leave them without it, so nothing was changed."
            " Let them use another one first, or set force to true.",
            jobs=foreign,
        )
