# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""S3 as its API reference documents it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

from .conftest import LocalAws, error_code

MB = 1024 * 1024


@pytest.fixture
def s3(aws: LocalAws) -> Any:
    return aws.client("s3")


@pytest.fixture
def bucket(s3: Any, name: str) -> str:
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def key(aws: LocalAws) -> str:
    return str(aws.client("kms").create_key()["KeyMetadata"]["Arn"])


def _default_encryption(s3: Any, bucket: str, **rule: str) -> None:
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", **rule},
                    "BucketKeyEnabled": True,
                }
            ]
        },
    )


def test_kms_without_a_key_id_uses_the_aws_managed_key(aws: LocalAws, s3: Any, bucket: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="a", Body=b"x", ServerSideEncryption="aws:kms")
    head = s3.head_object(Bucket=bucket, Key="a")
    assert head["ServerSideEncryption"] == "aws:kms"
    assert head["SSEKMSKeyId"] == put["SSEKMSKeyId"]
    assert head["SSEKMSKeyId"].startswith("arn:aws:kms:us-east-1:000000000000:key/")
    managed = aws.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (managed["Arn"], managed["KeyManager"]) == (head["SSEKMSKeyId"], "AWS")


@pytest.mark.parametrize("form", ["id", "arn", "alias", "alias arn", "none"])
def test_default_encryption_puts_the_key_arn_into_head(
    aws: LocalAws, s3: Any, bucket: str, key: str, form: str
) -> None:
    kms = aws.client("kms")
    kms.create_alias(AliasName=f"alias/{bucket}", TargetKeyId=key)
    named = {
        "id": key.rpartition("/")[2],
        "arn": key,
        "alias": f"alias/{bucket}",
        "alias arn": f"arn:aws:kms:us-east-1:000000000000:alias/{bucket}",
    }
    rule = {"KMSMasterKeyID": named[form]} if form != "none" else {}
    _default_encryption(s3, bucket, **rule)
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    head = s3.head_object(Bucket=bucket, Key="a")
    expected = (
        kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"] if form == "none" else key
    )
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", expected)
    assert head["BucketKeyEnabled"] is True


def test_a_named_key_and_bucket_key_on_the_object_itself(s3: Any, bucket: str, key: str) -> None:
    answer = s3.put_object(
        Bucket=bucket,
        Key="a",
        Body=b"x",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key.rpartition("/")[2],
        BucketKeyEnabled=True,
    )
    head = s3.head_object(Bucket=bucket, Key="a")
    assert head["SSEKMSKeyId"] == answer["SSEKMSKeyId"] == key
    assert head["BucketKeyEnabled"] is True
    s3.put_object(Bucket=bucket, Key="b", Body=b"x")
    plain = s3.head_object(Bucket=bucket, Key="b")
    assert plain["ServerSideEncryption"] == "AES256"
    assert "SSEKMSKeyId" not in plain and "BucketKeyEnabled" not in plain


def test_keys_that_cannot_be_used_are_refused(
    aws: LocalAws, s3: Any, bucket: str, key: str
) -> None:
    def put(named: str) -> str:
        return error_code(
            s3.put_object,
            Bucket=bucket,
            Key="a",
            Body=b"x",
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=named,
        )

    assert put("alias/no-such-alias") == "KMS.NotFoundException"
    kms = aws.client("kms")
    kms.disable_key(KeyId=key)
    assert put(key) == "KMS.DisabledException"
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert put(key) == "KMS.KMSInvalidStateException"


def test_copy_and_multipart_carry_the_encryption(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    source = {"Bucket": bucket, "Key": "a"}
    s3.copy_object(Bucket=bucket, Key="b", CopySource=source, ServerSideEncryption="aws:kms")
    assert s3.head_object(Bucket=bucket, Key="b")["ServerSideEncryption"] == "aws:kms"
    _default_encryption(s3, bucket, KMSMasterKeyID=key)
    s3.copy_object(Bucket=bucket, Key="c", CopySource=source)
    assert s3.head_object(Bucket=bucket, Key="c")["SSEKMSKeyId"] == key
    upload = s3.create_multipart_upload(Bucket=bucket, Key="d")
    part = s3.upload_part(
        Bucket=bucket, Key="d", UploadId=upload["UploadId"], PartNumber=1, Body=b"y"
    )
    done = s3.complete_multipart_upload(
        Bucket=bucket,
        Key="d",
        UploadId=upload["UploadId"],
        MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]},
    )
    assert done["SSEKMSKeyId"] == key
    head = s3.head_object(Bucket=bucket, Key="d")
    assert (head["SSEKMSKeyId"], head["BucketKeyEnabled"]) == (key, True)


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA1", "CRC32", "CRC32C", "CRC64NVME"])
def test_head_returns_the_stored_checksum(s3: Any, bucket: str, algorithm: str) -> None:
    if algorithm in ("CRC32C", "CRC64NVME"):
        # The client cannot compute these without awscrt: the value is given.
        given = {"CRC32C": "yZRlqg==", "CRC64NVME": "jSnVw/bqjr4="}[algorithm]
        put = s3.put_object(
            Bucket=bucket, Key="a", Body=b"hello world", **{f"Checksum{algorithm}": given}
        )
    else:
        put = s3.put_object(
            Bucket=bucket, Key="a", Body=b"hello world", ChecksumAlgorithm=algorithm
        )
    head = s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
    assert head["ChecksumType"] == "FULL_OBJECT"
    assert f"Checksum{algorithm}" not in s3.head_object(Bucket=bucket, Key="a")


def test_head_returns_the_checksum_that_the_caller_computed(s3: Any, bucket: str) -> None:
    digest = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
    s3.put_object(Bucket=bucket, Key="a", Body=b"hello", ChecksumSHA256=digest)
    assert (
        s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")["ChecksumSHA256"] == digest
    )
    wrong = error_code(s3.put_object, Bucket=bucket, Key="a", Body=b"HELLO", ChecksumSHA256=digest)
    assert wrong == "BadDigest"


def test_head_of_a_part(s3: Any, bucket: str, tmp_path: Any) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"a" * (8 * MB) + b"b" * MB)
    config = TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=8 * MB)
    s3.upload_file(str(path), bucket, "large", Config=config)
    whole = s3.head_object(Bucket=bucket, Key="large")
    assert whole["ContentLength"] == 9 * MB and whole["ETag"].endswith('-2"')
    first = s3.head_object(Bucket=bucket, Key="large", PartNumber=1)
    assert (first["ContentLength"], first["PartsCount"]) == (8 * MB, 2)
    second = s3.head_object(Bucket=bucket, Key="large", PartNumber=2)
    assert (second["ContentLength"], second["PartsCount"]) == (MB, 2)
    assert second["ETag"] == whole["ETag"]
    assert s3.get_object(Bucket=bucket, Key="large", PartNumber=2)["Body"].read() == b"b" * MB
    s3.put_object(Bucket=bucket, Key="small", Body=b"x")
    small = s3.head_object(Bucket=bucket, Key="small", PartNumber=1)
    assert small["ContentLength"] == 1 and "PartsCount" not in small
    assert error_code(s3.head_object, Bucket=bucket, Key="large", PartNumber=3) == "416"


@pytest.mark.parametrize(
    "policy",
    [
        "no json",
        json.dumps({"Version": "2012-10-17"}),
        json.dumps({"Version": "2012-10-17", "Statement": []}),
        json.dumps({"Version": "2013-01-01", "Statement": [{}]}),
        json.dumps({"Statement": [{"Effect": "Maybe"}]}),
        json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}]}),
    ],
)
def test_malformed_bucket_policies_are_refused(s3: Any, bucket: str, policy: str) -> None:
    assert error_code(s3.put_bucket_policy, Bucket=bucket, Policy=policy) == "MalformedPolicy"


def _tls_only(bucket: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def test_a_policy_for_another_bucket_is_malformed(s3: Any, bucket: str) -> None:
    policy = json.dumps(_tls_only("some-other-bucket"))
    assert error_code(s3.put_bucket_policy, Bucket=bucket, Policy=policy) == "MalformedPolicy"


def test_a_policy_that_names_a_missing_role_is_malformed(
    aws: LocalAws, s3: Any, bucket: str
) -> None:
    policy = _tls_only(bucket)
    policy["Statement"][0]["Principal"] = {"AWS": f"arn:aws:iam::000000000000:role/path/{bucket}"}
    put = {"Bucket": bucket, "Policy": json.dumps(policy)}
    assert error_code(s3.put_bucket_policy, **put) == "MalformedPolicy"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "x.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws.client("iam").create_role(RoleName=bucket, Path="/path/", AssumeRolePolicyDocument=document)
    s3.put_bucket_policy(**put)


def test_bucket_settings_read_back_as_written(s3: Any, bucket: str) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_tls_only(bucket)))
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == _tls_only(bucket)
    rules = [
        {
            "ID": "old-versions",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
        {
            "ID": "tmp",
            "Status": "Disabled",
            "Filter": {"Tag": {"Key": "a", "Value": "1"}},
            "Expiration": {"Days": 3},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules
    logging = {"TargetBucket": bucket, "TargetPrefix": "logs/"}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": logging})
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == logging
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    notification = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert notification["EventBridgeConfiguration"] == {}


def test_another_expected_owner_is_denied(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", ExpectedBucketOwner="000000000000")
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="000000000000")
    other = {"Bucket": bucket, "ExpectedBucketOwner": "111111111111"}
    assert error_code(s3.head_bucket, **other) == "403"
    assert error_code(s3.get_bucket_policy, **other) == "AccessDenied"
    assert error_code(s3.put_object, Key="a", Body=b"x", **other) == "AccessDenied"
    assert error_code(s3.head_object, Key="a", **other) == "403"
    assert error_code(s3.list_objects_v2, **other) == "AccessDenied"


def test_a_bucket_with_versions_is_not_empty(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="a")
    assert error_code(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"
    found = s3.list_object_versions(Bucket=bucket)
    doomed = [
        {"Key": entry["Key"], "VersionId": entry["VersionId"]}
        for entry in found["Versions"] + found["DeleteMarkers"]
    ]
    s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed})
    s3.delete_bucket(Bucket=bucket)
    assert error_code(s3.head_bucket, Bucket=bucket) == "404"


def test_a_new_bucket_blocks_public_access(s3: Any, bucket: str) -> None:
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert block == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    policy = _tls_only(bucket)
    policy["Statement"][0] = {**policy["Statement"][0], "Effect": "Allow", "Condition": {}}
    put = {"Bucket": bucket, "Policy": json.dumps(policy)}
    assert error_code(s3.put_bucket_policy, **put) == "AccessDenied"
    s3.delete_public_access_block(Bucket=bucket)
    gone = error_code(s3.get_public_access_block, Bucket=bucket)
    assert gone == "NoSuchPublicAccessBlockConfiguration"
    s3.put_bucket_policy(**put)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": True}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_tls_only(bucket)))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}
    s3.delete_bucket_policy(Bucket=bucket)
    assert error_code(s3.get_bucket_policy_status, Bucket=bucket) == "NoSuchBucketPolicy"


def test_logs_need_a_target_bucket(s3: Any, bucket: str) -> None:
    status = {"LoggingEnabled": {"TargetBucket": bucket + "x", "TargetPrefix": ""}}
    code = error_code(s3.put_bucket_logging, Bucket=bucket, BucketLoggingStatus=status)
    assert code == "InvalidTargetBucketForLogging"
