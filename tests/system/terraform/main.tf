# What the collection deploys, as Terraform's users would: the local AWS has to answer so that a
# second plan finds nothing to change.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# The endpoint and the credentials come from the environment, as for every other client.
provider "aws" {
  s3_use_path_style = true

  default_tags {
    tags = { project = "terraglue" }
  }
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
data "aws_partition" "current" {}

# --- keys -----------------------------------------------------------------------------------------

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}

resource "aws_kms_key" "data" {
  description             = "Data of the lake"
  enable_key_rotation     = true
  rotation_period_in_days = 180
  deletion_window_in_days = 7
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "data" {
  name          = "alias/terraform-data"
  target_key_id = aws_kms_key.data.key_id
}

# --- buckets --------------------------------------------------------------------------------------

resource "aws_s3_bucket" "lake" {
  for_each      = toset(["sor", "sot", "athena"])
  bucket        = "terraform-${each.key}"
  force_destroy = true
  tags          = { layer = each.key }
}

resource "aws_s3_bucket_versioning" "lake" {
  for_each = aws_s3_bucket.lake
  bucket   = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  for_each = aws_s3_bucket.lake
  bucket   = each.value.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "lake" {
  for_each                = aws_s3_bucket.lake
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "lake" {
  for_each = aws_s3_bucket.lake
  bucket   = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "sor" {
  bucket        = aws_s3_bucket.lake["sor"].id
  target_bucket = aws_s3_bucket.lake["athena"].id
  target_prefix = "logs/"
}

data "aws_iam_policy_document" "tls" {
  for_each = aws_s3_bucket.lake

  statement {
    sid       = "OnlyTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [each.value.arn, "${each.value.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "lake" {
  for_each = aws_s3_bucket.lake
  bucket   = each.value.id
  policy   = data.aws_iam_policy_document.tls[each.key].json
}

resource "aws_s3_object" "script" {
  bucket  = aws_s3_bucket.lake["sot"].id
  key     = "jobs/main.py"
  content = "print('hello')\n"

  # Encryption and versions of the bucket first: the object shows both.
  depends_on = [
    aws_s3_bucket_versioning.lake,
    aws_s3_bucket_server_side_encryption_configuration.lake,
  ]
}

# --- roles ----------------------------------------------------------------------------------------

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["glue.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "data" {
  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]
    resources = flatten([for one in aws_s3_bucket.lake : [one.arn, "${one.arn}/*"]])
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.data.arn]
  }
}

resource "aws_iam_policy" "data" {
  name        = "terraform-data"
  description = "Reads and writes the lake"
  policy      = data.aws_iam_policy_document.data.json
}

resource "aws_iam_role" "job" {
  name                 = "terraform-job"
  description          = "What the job may do"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 7200
}

resource "aws_iam_role_policy_attachment" "data" {
  role       = aws_iam_role.job.name
  policy_arn = aws_iam_policy.data.arn
}

resource "aws_iam_role_policy_attachment" "service" {
  role       = aws_iam_role.job.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSGlueServiceRole"
}

resource "aws_iam_role_policy" "logs" {
  name = "logs"
  role = aws_iam_role.job.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "logs:PutLogEvents", Resource = "*" }]
  })
}

resource "aws_cloudwatch_log_group" "job" {
  name              = "/aws-glue/jobs/terraform"
  retention_in_days = 14
}

# --- catalog --------------------------------------------------------------------------------------

resource "aws_glue_catalog_database" "sor" {
  name         = "terraform_sor"
  description  = "As it came"
  location_uri = "s3://${aws_s3_bucket.lake["sor"].bucket}/sor/"
  parameters   = { layer = "sor" }
}

resource "aws_glue_catalog_table" "orders" {
  name          = "orders"
  database_name = aws_glue_catalog_database.sor.name
  description   = "Orders of the shop"
  owner         = "shop"
  table_type    = "EXTERNAL_TABLE"
  parameters    = { EXTERNAL = "TRUE", "skip.header.line.count" = "1" }

  partition_keys {
    name    = "day"
    type    = "string"
    comment = "Day of the order"
  }

  storage_descriptor {
    location      = "s3://${aws_s3_bucket.lake["sor"].bucket}/sor/orders/"
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    ser_de_info {
      name                  = "csv"
      serialization_library = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
      parameters            = { separatorChar = "," }
    }

    columns {
      name    = "id"
      type    = "string"
      comment = "Key"
    }

    columns {
      name = "price"
      type = "string"
    }
  }
}

# Every default of a table without descriptor.
resource "aws_glue_catalog_table" "bare" {
  name          = "bare"
  database_name = aws_glue_catalog_database.sor.name
}

resource "aws_glue_partition" "day" {
  database_name    = aws_glue_catalog_database.sor.name
  table_name       = aws_glue_catalog_table.orders.name
  partition_values = ["2024-02-29"]
  parameters       = { source = "shop" }

  storage_descriptor {
    location      = "s3://${aws_s3_bucket.lake["sor"].bucket}/sor/orders/day=2024-02-29/"
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
      parameters            = { separatorChar = "," }
    }

    columns {
      name = "id"
      type = "string"
    }
  }
}

# --- jobs -----------------------------------------------------------------------------------------

resource "aws_glue_security_configuration" "job" {
  name = "terraform-job"

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = aws_kms_key.data.arn
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = aws_kms_key.data.arn
    }

    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = aws_kms_key.data.arn
    }
  }
}

resource "aws_glue_job" "main" {
  name                   = "terraform-main"
  description            = "Makes the table"
  role_arn               = aws_iam_role.job.arn
  glue_version           = "5.0"
  worker_type            = "G.1X"
  number_of_workers      = 2
  timeout                = 60
  max_retries            = 1
  security_configuration = aws_glue_security_configuration.job.name

  default_arguments = {
    "--job-bookmark-option" = "job-bookmark-enable"
    "--OUTPUT_TABLE"        = "orders"
  }

  command {
    name            = "glueetl"
    script_location = "s3://${aws_s3_object.script.bucket}/${aws_s3_object.script.key}"
    python_version  = "3"
  }

  execution_property {
    max_concurrent_runs = 3
  }
}

# Every default of a job.
resource "aws_glue_job" "bare" {
  name     = "terraform-bare"
  role_arn = aws_iam_role.job.arn

  command {
    script_location = "s3://${aws_s3_object.script.bucket}/${aws_s3_object.script.key}"
  }
}

resource "aws_glue_trigger" "daily" {
  name        = "terraform-daily"
  description = "Every night"
  type        = "SCHEDULED"
  schedule    = "cron(0 1 * * ? *)"
  enabled     = false

  actions {
    job_name  = aws_glue_job.main.name
    arguments = { "--OUTPUT_TABLE" = "nightly" }
  }
}

resource "aws_glue_trigger" "after" {
  name = "terraform-after"
  type = "CONDITIONAL"

  predicate {
    conditions {
      job_name = aws_glue_job.main.name
      state    = "SUCCEEDED"
    }
  }

  actions {
    job_name = aws_glue_job.bare.name
  }
}

# Enabled, one of this kind is fired when it is made.
resource "aws_glue_trigger" "by_hand" {
  name    = "terraform-by-hand"
  type    = "ON_DEMAND"
  enabled = false

  actions {
    job_name = aws_glue_job.bare.name
  }
}

# --- Athena ---------------------------------------------------------------------------------------

resource "aws_athena_workgroup" "analysts" {
  name          = "terraform-analysts"
  description   = "Those who ask"
  force_destroy = true

  configuration {
    bytes_scanned_cutoff_per_query = 10000000000

    result_configuration {
      output_location = "s3://${aws_s3_bucket.lake["athena"].bucket}/results/"

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = aws_kms_key.data.arn
      }
    }
  }
}

# Every default of a workgroup.
resource "aws_athena_workgroup" "bare" {
  name = "terraform-bare"
}

resource "aws_athena_named_query" "count" {
  name        = "count"
  description = "How many orders there are"
  workgroup   = aws_athena_workgroup.analysts.id
  database    = aws_glue_catalog_database.sor.name
  query       = "SELECT count(*) FROM ${aws_glue_catalog_table.orders.name}"
}

resource "aws_athena_prepared_statement" "one" {
  name            = "one"
  workgroup       = aws_athena_workgroup.analysts.name
  query_statement = "SELECT * FROM ${aws_glue_catalog_database.sor.name}.orders WHERE id = ?"
}
