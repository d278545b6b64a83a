module "aws-tfstate-bootstrap" {
  summary   = "The bucket that keeps Terraform's states: versioned, locked by S3 itself, encrypted with a key of its own."
  providers = ["aws"]
  about     = <<-EOT
    The root that calls this module keeps its own state in the bucket too, once there is one.
    No DynamoDB table is needed: `use_lockfile` locks a state by an object beside it, `<key>.tflock`.

    ## From local state to the bucket

    In an estate `backend.tf` is rendered, and `roots/README.md` has the steps; these are for a root that is written by hand, with an output `backend` that is this module's.

    1. Without a backend, state is a local file: `terraform init` and `terraform apply`.
    2. Write the backend's configuration, an output of the root: `terraform output -raw backend > backend.tf`.
    3. Move the state: `terraform init -migrate-state`, and answer `yes`.
    4. `terraform plan` must find no changes; then remove `terraform.tfstate` and `terraform.tfstate.backup`.
    5. Each root that has kept its state in a file gets the same `backend.tf` with another `key`, and step 3.

    Whoever writes a state names this key by its ARN (`kms_key_id`), or no encryption at all, which leaves it to the bucket; anything else is refused.
    `encrypt = true` alone asks S3 for a key of its own, so it is refused as well.

    ## Back again

    Destroying the bucket would destroy every state, so neither it nor its key can be destroyed.
    To give them up, move each state out first: remove `backend.tf`, `terraform init -migrate-state`.
    Then take `prevent_destroy` from a copy of this module, empty the bucket with all versions, and destroy.
  EOT
}

input "name" {
  type        = string
  description = "Name of the bucket, unique in all of AWS, and of the key's alias."
  check {
    condition = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    message   = "name must be 3 to 63 small letters, digits and dashes, beginning and ending with a letter or digit."
    refuses   = ["ab", "TFState", "tfstate.example.com", "tfstate-", "a123456789b123456789c123456789d123456789e123456789f123456789abcd"]
    accepts   = ["abc", "a123456789b123456789c123456789d123456789e123456789f123456789abc"]
  }
}

input "region" {
  type        = string
  default     = null
  description = "Region of the bucket and its key; null for the provider's."
  check {
    condition = var.region == null ? true : can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", var.region))
    message   = "region must be a region's name such as us-east-1."
    refuses   = ["us-east", "US-EAST-1", "us-east-1a"]
    accepts   = ["us-east-1", "us-gov-east-1"]
  }
}

input "key" {
  type        = string
  default     = "bootstrap/terraform.tfstate"
  description = "Where the bucket keeps the state of the root that calls this module."
  check {
    condition = can(regex("^[^/].*[^/]$", var.key)) && !endswith(var.key, ".tflock")
    message   = "key must be a path such as bootstrap/terraform.tfstate, with no / at its ends."
    refuses   = ["", "/terraform.tfstate", "bootstrap/", "bootstrap/terraform.tfstate.tflock"]
    accepts   = ["terraform.tfstate"]
  }
}

input "deletion_window_in_days" {
  type        = number
  default     = 30
  description = "Days in which the deletion of the key can be called off."
  check {
    condition = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30 && floor(var.deletion_window_in_days) == var.deletion_window_in_days
    message   = "deletion_window_in_days must be 7 to 30."
    refuses   = [6, 31, 7.5]
    accepts   = [7, 30]
  }
}

input "noncurrent_version_expiration" {
  type = object({
    noncurrent_days           = optional(number, 90)
    newer_noncurrent_versions = optional(number, 10)
  })
  default     = {}
  description = "When former versions of a state go: after `noncurrent_days`, but for the newest `newer_noncurrent_versions`, which stay."
  check {
    condition = var.noncurrent_version_expiration.noncurrent_days >= 1 && floor(var.noncurrent_version_expiration.noncurrent_days) == var.noncurrent_version_expiration.noncurrent_days
    message   = "noncurrent_days must be 1 or more."
    refuses   = [{ noncurrent_days = 0 }, { noncurrent_days = 1.5 }]
    accepts   = [{ noncurrent_days = 1 }]
  }
  check {
    condition = (
      var.noncurrent_version_expiration.newer_noncurrent_versions >= 1 && var.noncurrent_version_expiration.newer_noncurrent_versions <= 100 && floor(var.noncurrent_version_expiration.newer_noncurrent_versions) == var.noncurrent_version_expiration.newer_noncurrent_versions
    )
    message = "newer_noncurrent_versions must be 1 to 100."
    refuses = [{ newer_noncurrent_versions = 0 }, { newer_noncurrent_versions = 101 }]
    accepts = [{ newer_noncurrent_versions = 1 }, { newer_noncurrent_versions = 100 }]
  }
}

input "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of the bucket and its key."
}

feature "roles" {
  summary = "Access of roles to states below given paths, in this account or others."

  input "roles" {
    type = map(object({
      role_arn  = string
      prefixes  = optional(list(string), [""])
      read_only = optional(bool, false)
    }))
    default     = {}
    description = "Roles by name that may read, write and lock states below `prefixes`, such as network/; all states by default. With `read_only` a role plans with `-lock=false`, or reads outputs of other roots."
    check {
      condition = alltrue([for role in var.roles : can(regex("^arn:[^:]+:iam::[0-9]{12}:role/", role.role_arn))])
      message   = "role_arn must be the ARN of an IAM role."
      refuses   = [{ deploy = { role_arn = "deploy" } }, { deploy = { role_arn = "arn:aws:sts::123456789012:assumed-role/deploy/session" } }]
      accepts   = [{ deploy = { role_arn = "arn:aws:iam::123456789012:role/ci/deploy" } }]
    }
    check {
      condition = alltrue([for role in var.roles : length(role.prefixes) > 0 && !anytrue([for prefix in role.prefixes : startswith(prefix, "/") || can(regex("[*?]", prefix))])])
      message   = "prefixes are paths such as network/, at least one, without a / at the beginning and without wildcards."
      refuses = [
        { deploy = { role_arn = "arn:aws:iam::123456789012:role/deploy", prefixes = [] } },
        { deploy = { role_arn = "arn:aws:iam::123456789012:role/deploy", prefixes = ["/network"] } },
        { deploy = { role_arn = "arn:aws:iam::123456789012:role/deploy", prefixes = ["*"] } },
      ]
      accepts = [{ deploy = { role_arn = "arn:aws:iam::123456789012:role/deploy", prefixes = ["network/", "env:/"] } }]
    }
  }
}

feature "access_logs" {
  summary = "A record of who read and wrote states, in another bucket."

  input "access_logs" {
    type        = object({ bucket = string, prefix = optional(string, "") })
    default     = null
    keys        = "static"
    description = "Bucket of the same region, with encryption AES256, that takes the access logs below `prefix`, by account, region, bucket and day of the event; null for none."
    check {
      condition = var.access_logs == null ? true : var.access_logs.bucket != var.name
      message   = "access_logs.bucket must be another bucket."
      refuses   = [{ bucket = "self" }]
      accepts   = [{ bucket = "other" }]
      with      = { name = "self" }
    }
    check {
      condition = var.access_logs == null ? true : var.access_logs.prefix == "" || endswith(var.access_logs.prefix, "/")
      message   = "access_logs.prefix must end with /."
      refuses   = [{ bucket = "example-logs", prefix = "tfstate" }]
      accepts   = [{ bucket = "example-logs", prefix = "tfstate/" }]
    }
  }
}

output "backend" {
  type        = string
  description = "File backend.tf for the root that calls this module."
  value       = <<-EOT
    terraform {
      backend "s3" {
        bucket       = "${aws_s3_bucket_policy.this.bucket}"
        key          = "${var.key}"
        region       = "${aws_s3_bucket.this.bucket_region}"
        encrypt      = true
        kms_key_id   = "${aws_kms_key.this.arn}"
        use_lockfile = true
      }
    }
  EOT
}

output "bucket" {
  type        = string
  description = "Name of the bucket, given once it is ready to take states."
  value       = aws_s3_bucket_policy.this.bucket
}

output "arn" {
  type        = string
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "region" {
  type        = string
  description = "Region of the bucket."
  value       = aws_s3_bucket.this.bucket_region
}

output "kms_key_arn" {
  type        = string
  description = "ARN of the key that encrypts the states."
  value       = aws_kms_key.this.arn
}

example "minimal" {
  summary = "One bucket for the states of an account."
  inputs = {
    name = "example-tfstate"
  }
}

example "organisation" {
  summary = "States of several accounts: a pipeline writes those of its own paths, an auditor reads all."
  inputs = {
    name                    = "example-organisation-tfstate"
    region                  = "eu-central-1"
    key                     = "management/tfstate/terraform.tfstate"
    deletion_window_in_days = 14
    access_logs             = { bucket = "example-access-logs", prefix = "tfstate/" }
    roles = {
      network-pipeline = { role_arn = "arn:aws:iam::210987654321:role/network-pipeline", prefixes = ["network/", "dns/"] }
      auditor          = { role_arn = "arn:aws:iam::123456789012:role/auditor", read_only = true }
    }
  }
}

waive "CKV_AWS_144" {
  why = "Each state keeps its versions; what it describes is in one region as well, and can be imported again."
}

waive "CKV2_AWS_62" {
  why = "Nobody waits for events of states; the access logs say who wrote them."
}
