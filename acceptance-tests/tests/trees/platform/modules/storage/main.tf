variable "name" {
  type = string
}

variable "settings" {
  type = any
}

variable "tags" {
  type = map(string)
}

resource "aws_s3_bucket" "this" {
  bucket        = var.name
  force_destroy = false
  tags          = var.tags
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = var.settings.versioned ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_logging" "this" {
  count = var.settings.logging == null ? 0 : 1

  bucket        = aws_s3_bucket.this.id
  target_bucket = var.settings.logging
  target_prefix = "${var.name}/"
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  count = var.settings.expiration == null && length(var.settings.rules) == 0 ? 0 : 1

  bucket = aws_s3_bucket_versioning.this.bucket

  dynamic "rule" {
    for_each = concat(var.settings.rules, var.settings.expiration == null ? [] : [{
      id          = "all"
      prefix      = null
      days        = var.settings.expiration
      transitions = {}
    }])

    content {
      id     = rule.value.id
      status = "Enabled"

      filter {
        prefix = rule.value.prefix == null ? "" : rule.value.prefix
      }

      expiration {
        days = rule.value.days
      }

      dynamic "transition" {
        for_each = rule.value.transitions

        content {
          storage_class = transition.key
          days          = transition.value
        }
      }
    }
  }
}

data "aws_iam_policy_document" "tls" {
  source_policy_documents = compact([var.settings.policy])

  statement {
    sid       = "RequireTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.tls.json

  depends_on = [aws_s3_bucket_public_access_block.this]
}

output "arn" {
  value = aws_s3_bucket.this.arn
}
