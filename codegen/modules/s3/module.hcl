module "s3" {
  summary   = "One S3 bucket: encrypted, versioned, closed to the public, reached over TLS only."
  providers = ["aws"]
  about     = <<-EOT
    Objects are encrypted with a KMS key and a bucket key, ACLs are disabled, uploads that nobody completes go after a week.
    Who reads by `policy_statements` needs the KMS key too, by the policy of the key where it is a service or another account; CloudFront needs `kms:Decrypt` with its distribution as source.

    A replica is a second instance of this module with another `region`, whose output `arn` feeds `replication` of the first.
    Both need versioning, which the bucket has by default, and with Object Lock both need `object_lock`.
    S3 replicates what is written from then on; `existing_objects` lets the same role run S3 Batch Replication jobs for what is there already: with a manifest that S3 generates and does not save, and without a report, which are for a role that may write them.
    In another account the replica's `policy_statements` allow `replication_role_arn` what it does there.

    Flow logs and trails try the policy of their bucket when they are set up: in one root with it they take `arn:aws:s3:::` and the output `bucket`, which waits for the policy as `arn` does not.
    A bucket that takes server access logs or those of application load balancers has `encryption = "AES256"`: neither are delivered to one with a KMS key.
  EOT
}

input "name" {
  type        = string
  description = "Name of the bucket, unique in all of AWS."
  check {
    condition = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    message   = "name must be 3 to 63 small letters, digits and dashes, beginning and ending with a letter or digit; dots would break TLS."
    refuses   = ["ab", "Media", "media.example.com", "media-", "-media", "a123456789b123456789c123456789d123456789e123456789f123456789abcd"]
    accepts   = ["abc", "a123456789b123456789c123456789d123456789e123456789f123456789abc"]
  }
  check {
    condition = !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|--table-s3)$", var.name))
    message   = "name begins or ends with what AWS keeps for itself, such as xn-- or -s3alias."
    refuses   = ["xn--media", "sthree-media", "media-s3alias", "media--x-s3"]
    accepts   = ["media-xn--a"]
  }
}

input "region" {
  type        = string
  default     = null
  description = "Region of the bucket; null for the provider's."
  check {
    condition = var.region == null ? true : can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", var.region))
    message   = "region must be a region's name such as us-west-2."
    refuses   = ["us-west", "US-WEST-2", "us-west-2a"]
    accepts   = ["us-west-2", "us-gov-east-1"]
  }
}

input "encryption" {
  type        = string
  default     = "aws:kms"
  description = "Default encryption of objects: aws:kms, aws:kms:dsse or AES256."
  check {
    condition = contains(["aws:kms", "aws:kms:dsse", "AES256"], var.encryption)
    message   = "encryption must be aws:kms, aws:kms:dsse or AES256."
    refuses   = ["none", "aes256"]
    accepts   = ["aws:kms:dsse", "AES256"]
  }
}

input "kms_key_arn" {
  type        = string
  default     = null
  description = "KMS key that encrypts the objects; null for the account's aws/s3 key."
  check {
    condition = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", var.kms_key_arn))
    message   = "kms_key_arn must be the ARN of a key, not of an alias."
    refuses   = ["alias/media", "arn:aws:kms:us-east-1:123456789012:alias/media"]
    accepts   = ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]
  }
  check {
    condition = var.kms_key_arn == null ? true : var.encryption != "AES256"
    message   = "kms_key_arn has no use with encryption AES256, whose keys are S3's own."
    refuses   = ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]
    accepts   = [null]
    with      = { encryption = "AES256" }
  }
}

input "versioning" {
  type        = bool
  default     = true
  description = "Keep the versions of objects; false suspends versioning and keeps those that are there."
}

input "force_destroy" {
  type        = bool
  default     = false
  description = "Destroying the bucket deletes all that is in it; versions under COMPLIANCE retention stay and make it fail."
}

input "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of the bucket and what belongs to it."
}

input "public_access_block" {
  type = object({
    block_public_acls       = optional(bool, true)
    block_public_policy     = optional(bool, true)
    ignore_public_acls      = optional(bool, true)
    restrict_public_buckets = optional(bool, true)
  })
  default     = {}
  description = "What is blocked of public access: everything, unless said otherwise. For a public site prefer CloudFront with origin access control."
}

input "policy_statements" {
  type = map(object({
    effect     = optional(string, "Allow")
    principals = map(list(string))
    actions    = list(string)
    resources  = optional(list(string), ["", "/*"])
    conditions = optional(map(map(list(string))), {})
  }))
  default     = {}
  description = "Statements of the bucket policy by Sid, beside the one that requires TLS. `principals` maps AWS, Service, Federated or CanonicalUser to identifiers, `resources` are appended to the bucket's ARN, `conditions` map operator and key to values."
  check {
    condition = alltrue([for sid in keys(var.policy_statements) : can(regex("^[A-Za-z0-9]+$", sid)) && sid != "RequireTls"])
    message   = "A Sid has letters and digits only, and RequireTls is the module's own."
    refuses = [
      { "read-only" = { principals = { AWS = ["123456789012"] }, actions = ["s3:GetObject"] } },
      { RequireTls = { principals = { AWS = ["123456789012"] }, actions = ["s3:GetObject"] } },
    ]
    accepts = [{ Read1 = { principals = { AWS = ["123456789012"] }, actions = ["s3:GetObject"] } }]
  }
  check {
    condition = alltrue([for statement in var.policy_statements : contains(["Allow", "Deny"], statement.effect)])
    message   = "effect must be Allow or Deny."
    refuses   = [{ Read = { effect = "allow", principals = { AWS = ["123456789012"] }, actions = ["s3:GetObject"] } }]
    accepts   = [{ Read = { effect = "Deny", principals = { AWS = ["123456789012"] }, actions = ["s3:GetObject"] } }]
  }
  check {
    condition = alltrue([
      for statement in var.policy_statements : length(statement.principals) > 0 && length(setsubtract(keys(statement.principals), ["AWS", "CanonicalUser", "Federated", "Service"])) == 0
    ])
    message = "principals must name at least one of AWS, CanonicalUser, Federated and Service."
    refuses = [
      { Read = { principals = {}, actions = ["s3:GetObject"] } },
      { Read = { principals = { Role = ["reader"] }, actions = ["s3:GetObject"] } },
    ]
    accepts = [{ Read = { principals = { Service = ["logs.amazonaws.com"] }, actions = ["s3:PutObject"] } }]
  }
  check {
    condition = alltrue([for statement in var.policy_statements : length(statement.actions) > 0 && length(statement.resources) > 0])
    message   = "A statement has at least one of actions and one of resources."
    refuses = [
      { Read = { principals = { AWS = ["123456789012"] }, actions = [] } },
      { Read = { principals = { AWS = ["123456789012"] }, actions = ["s3:GetObject"], resources = [] } },
    ]
    accepts = [{ Read = { principals = { AWS = ["123456789012"] }, actions = ["s3:GetObject"], resources = [""] } }]
  }
  check {
    condition = alltrue(flatten([for statement in var.policy_statements : [for resource in statement.resources : resource == "" || startswith(resource, "/")]]))
    message   = "resources are \"\" for the bucket itself, or begin with / for its objects."
    refuses   = [{ Read = { principals = { AWS = ["123456789012"] }, actions = ["s3:GetObject"], resources = ["arn:aws:s3:::media/*"] } }]
    accepts   = [{ Read = { principals = { AWS = ["123456789012"] }, actions = ["s3:GetObject"], resources = ["/public/*"] } }]
  }
}

feature "object_lock" {
  summary = "Versions that nobody deletes or overwrites for a time (write once, read many)."

  input "object_lock" {
    type = object({
      mode  = optional(string)
      days  = optional(number)
      years = optional(number)
    })
    default     = null
    keys        = "static"
    description = "Object Lock with a default retention: `mode` is GOVERNANCE or COMPLIANCE, for `days` or `years`; {} locks only what a writer locks, null is no Object Lock. It cannot be taken off a bucket again."
    check {
      condition = var.object_lock == null ? true : var.versioning
      message   = "object_lock needs versioning."
      refuses   = [{ mode = "GOVERNANCE", days = 1 }]
      accepts   = [null]
      with      = { versioning = false }
    }
    check {
      condition = var.object_lock == null ? true : contains(["GOVERNANCE", "COMPLIANCE", "none"], coalesce(var.object_lock.mode, "none"))
      message   = "object_lock.mode must be GOVERNANCE or COMPLIANCE."
      refuses   = [{ mode = "LEGAL_HOLD", days = 1 }]
      accepts   = [{ mode = "COMPLIANCE", days = 1 }, {}]
    }
    check {
      condition = var.object_lock == null ? true : length([for period in [var.object_lock.days, var.object_lock.years] : period if period != null]) == (var.object_lock.mode == null ? 0 : 1)
      message   = "object_lock with a mode has either days or years, and without a mode it has none."
      refuses   = [{ mode = "GOVERNANCE" }, { mode = "GOVERNANCE", days = 1, years = 1 }, { days = 1 }]
      accepts   = [{ mode = "GOVERNANCE", years = 1 }]
    }
    check {
      condition = var.object_lock == null ? true : (
        coalesce(var.object_lock.days, 1) >= 1 && coalesce(var.object_lock.days, 1) <= 36500 && coalesce(var.object_lock.years, 1) >= 1 && coalesce(var.object_lock.years, 1) <= 100
      )
      message = "object_lock lasts 1 to 36500 days or 1 to 100 years."
      refuses = [{ mode = "GOVERNANCE", days = 0 }, { mode = "GOVERNANCE", days = 36501 }, { mode = "GOVERNANCE", years = 101 }]
      accepts = [{ mode = "GOVERNANCE", days = 36500 }, { mode = "GOVERNANCE", years = 100 }]
    }
  }
}

feature "lifecycle_rules" {
  summary = "Transitions to cheaper storage classes, and expiry of objects, versions and uploads."

  input "lifecycle_rules" {
    type = map(object({
      enabled                                = optional(bool, true)
      prefix                                 = optional(string)
      tags                                   = optional(map(string), {})
      object_size_greater_than               = optional(number)
      object_size_less_than                  = optional(number)
      transitions                            = optional(map(number), {})
      expiration_days                        = optional(number)
      expired_object_delete_marker           = optional(bool, false)
      noncurrent_version_transitions         = optional(map(number), {})
      noncurrent_version_expiration          = optional(object({ noncurrent_days = number, newer_noncurrent_versions = optional(number) }))
      abort_incomplete_multipart_upload_days = optional(number)
    }))
    default     = {}
    keys        = "static"
    description = "Lifecycle rules by name. `transitions` and `noncurrent_version_transitions` map a storage class to days; sizes are bytes; without prefix, tags and sizes a rule is for every object."
    check {
      condition = alltrue([for name in keys(var.lifecycle_rules) : length(name) <= 255 && length(name) > 0 && name != "abort-incomplete-uploads"])
      message   = "A lifecycle rule's name has 1 to 255 letters, and abort-incomplete-uploads is the module's own."
      refuses   = [{ abort-incomplete-uploads = { expiration_days = 1 } }, { "" = { expiration_days = 1 } }]
      accepts   = [{ "Expire all of it" = { expiration_days = 1 } }]
    }
    check {
      condition = alltrue([
        for rule in var.lifecycle_rules : length(rule.transitions) + length(rule.noncurrent_version_transitions) > 0 || rule.expiration_days != null || rule.expired_object_delete_marker || rule.noncurrent_version_expiration != null || rule.abort_incomplete_multipart_upload_days != null
      ])
      message = "A lifecycle rule does something: transitions, an expiration, or abort_incomplete_multipart_upload_days."
      refuses = [{ nothing = {} }]
      accepts = [{ versions = { noncurrent_version_transitions = { GLACIER = 1 } } }]
    }
    check {
      condition = alltrue(flatten([
        for rule in var.lifecycle_rules : [
          for class in concat(keys(rule.transitions), keys(rule.noncurrent_version_transitions)) :
          contains(["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], class)
        ]
      ]))
      message = "Transitions lead to STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER or DEEP_ARCHIVE."
      refuses = [{ move = { transitions = { STANDARD = 30 } } }, { move = { noncurrent_version_transitions = { ICE = 30 } } }]
      accepts = [{ move = { transitions = { GLACIER_IR = 0 }, noncurrent_version_transitions = { DEEP_ARCHIVE = 1 } } }]
    }
    check {
      condition = alltrue(flatten([
        for rule in var.lifecycle_rules : [
          for transitions in [rule.transitions, rule.noncurrent_version_transitions] : [
            for class, days in transitions : days >= (contains(["STANDARD_IA", "ONEZONE_IA"], class) ? 30 : 0) && floor(days) == days
          ]
        ]
      ]))
      message = "Transitions take whole days, 30 or more before STANDARD_IA and ONEZONE_IA."
      refuses = [{ move = { transitions = { STANDARD_IA = 29 } } }, { move = { transitions = { GLACIER = -1 } } }]
      accepts = [{ move = { transitions = { STANDARD_IA = 30, GLACIER = 90 } } }]
    }
    check {
      condition = alltrue(flatten([
        for rule in var.lifecycle_rules : [
          for transitions in [rule.transitions, rule.noncurrent_version_transitions] : [
            for days in [[for class in ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"] : transitions[class] if contains(keys(transitions), class)]] :
            [for i, day in days : i == 0 ? true : day > days[i - 1]]
          ]
        ]
      ]))
      message = "Transitions lead downwards: to STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER and DEEP_ARCHIVE in this order, each later than the one before."
      refuses = [{ move = { transitions = { STANDARD_IA = 90, GLACIER = 30 } } }, { move = { noncurrent_version_transitions = { GLACIER = 30, DEEP_ARCHIVE = 30 } } }]
      accepts = [{ move = { transitions = { STANDARD_IA = 30, INTELLIGENT_TIERING = 60, GLACIER_IR = 90, DEEP_ARCHIVE = 180 } } }]
    }
    check {
      condition = alltrue([
        for rule in var.lifecycle_rules : alltrue([for days in values(rule.transitions) : days < coalesce(rule.expiration_days, 1000000)])
      ])
      message = "Objects must expire after their last transition."
      refuses = [{ move = { transitions = { GLACIER = 90 }, expiration_days = 90 } }]
      accepts = [{ move = { transitions = { GLACIER = 90 }, expiration_days = 91 } }]
    }
    check {
      condition = alltrue([
        for rule in var.lifecycle_rules : alltrue([
          for days in values(rule.noncurrent_version_transitions) : days < coalesce(try(rule.noncurrent_version_expiration.noncurrent_days, null), 1000000)
        ])
      ])
      message = "Noncurrent versions must expire after their last transition."
      refuses = [{ move = { noncurrent_version_transitions = { GLACIER = 90 }, noncurrent_version_expiration = { noncurrent_days = 90 } } }]
      accepts = [{ move = { noncurrent_version_transitions = { GLACIER = 90 }, noncurrent_version_expiration = { noncurrent_days = 91 } } }]
    }
    check {
      condition = alltrue([
        for rule in var.lifecycle_rules : alltrue([for days in [
          rule.expiration_days, try(rule.noncurrent_version_expiration.noncurrent_days, null), rule.abort_incomplete_multipart_upload_days,
        ] : coalesce(days, 1) >= 1])
      ])
      message = "Expirations and abort_incomplete_multipart_upload_days take 1 day or more."
      refuses = [{ expire = { expiration_days = 0 } }, { abort = { abort_incomplete_multipart_upload_days = 0 } }]
      accepts = [{ expire = { expiration_days = 1, noncurrent_version_expiration = { noncurrent_days = 1 } } }]
    }
    check {
      condition = alltrue([
        for rule in var.lifecycle_rules : coalesce(try(rule.noncurrent_version_expiration.newer_noncurrent_versions, null), 1) >= 1 && coalesce(try(rule.noncurrent_version_expiration.newer_noncurrent_versions, null), 1) <= 100
      ])
      message = "newer_noncurrent_versions must be 1 to 100."
      refuses = [{ keep = { noncurrent_version_expiration = { noncurrent_days = 1, newer_noncurrent_versions = 101 } } }]
      accepts = [{ keep = { noncurrent_version_expiration = { noncurrent_days = 1, newer_noncurrent_versions = 100 } } }]
    }
    check {
      condition = alltrue([
        for rule in var.lifecycle_rules : rule.abort_incomplete_multipart_upload_days == null || (length(rule.tags) == 0 && rule.object_size_greater_than == null && rule.object_size_less_than == null)
      ])
      message = "S3 takes abort_incomplete_multipart_upload_days in no rule with tags or sizes."
      refuses = [{ abort = { abort_incomplete_multipart_upload_days = 1, tags = { a = "b" } } }]
      accepts = [{ abort = { abort_incomplete_multipart_upload_days = 1, prefix = "tmp/" } }]
    }
    check {
      condition = alltrue([
        for rule in var.lifecycle_rules : !rule.expired_object_delete_marker || (rule.expiration_days == null && length(rule.tags) == 0)
      ])
      message = "expired_object_delete_marker goes with neither expiration_days nor tags."
      refuses = [
        { markers = { expired_object_delete_marker = true, expiration_days = 1 } },
        { markers = { expired_object_delete_marker = true, tags = { a = "b" } } },
      ]
      accepts = [{ markers = { expired_object_delete_marker = true } }]
    }
  }
}

feature "intelligent_tiering" {
  summary = "Archive tiers for objects of the storage class INTELLIGENT_TIERING."

  input "intelligent_tiering" {
    type = map(object({
      enabled = optional(bool, true)
      prefix  = optional(string)
      tags    = optional(map(string), {})
      tiers   = map(number)
    }))
    default     = {}
    keys        = "static"
    description = "Configurations of S3 Intelligent-Tiering by name: `tiers` maps ARCHIVE_ACCESS and DEEP_ARCHIVE_ACCESS to days without access."
    check {
      condition = alltrue([
        for tiering in var.intelligent_tiering : length(tiering.tiers) > 0 && length(setsubtract(keys(tiering.tiers), ["ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"])) == 0
      ])
      message = "tiers are ARCHIVE_ACCESS, DEEP_ARCHIVE_ACCESS or both."
      refuses = [{ all = { tiers = {} } }, { all = { tiers = { GLACIER = 90 } } }]
      accepts = [{ all = { tiers = { DEEP_ARCHIVE_ACCESS = 180 } } }]
    }
    check {
      condition = alltrue(flatten([
        for tiering in var.intelligent_tiering : [for tier, days in tiering.tiers : days >= (tier == "ARCHIVE_ACCESS" ? 90 : 180) && days <= 730]
      ]))
      message = "ARCHIVE_ACCESS takes 90 to 730 days, DEEP_ARCHIVE_ACCESS 180 to 730."
      refuses = [{ all = { tiers = { ARCHIVE_ACCESS = 89 } } }, { all = { tiers = { DEEP_ARCHIVE_ACCESS = 179 } } }, { all = { tiers = { ARCHIVE_ACCESS = 731 } } }]
      accepts = [{ all = { tiers = { ARCHIVE_ACCESS = 90, DEEP_ARCHIVE_ACCESS = 180 } } }, { all = { tiers = { DEEP_ARCHIVE_ACCESS = 730 } } }]
    }
  }
}

feature "cors_rules" {
  summary = "Requests that browsers may send from other origins."

  input "cors_rules" {
    type = map(object({
      allowed_origins = set(string)
      allowed_methods = set(string)
      allowed_headers = optional(set(string))
      expose_headers  = optional(set(string))
      max_age_seconds = optional(number)
    }))
    default     = {}
    keys        = "static"
    description = "CORS rules by name."
    check {
      condition = alltrue([
        for rule in var.cors_rules : length(rule.allowed_methods) > 0 && length(setsubtract(rule.allowed_methods, ["GET", "PUT", "POST", "DELETE", "HEAD"])) == 0
      ])
      message = "allowed_methods are GET, PUT, POST, DELETE and HEAD, at least one of them."
      refuses = [
        { site = { allowed_origins = ["https://example.com"], allowed_methods = ["PATCH"] } },
        { site = { allowed_origins = ["https://example.com"], allowed_methods = [] } },
      ]
      accepts = [{ site = { allowed_origins = ["https://example.com"], allowed_methods = ["GET", "PUT", "POST", "DELETE", "HEAD"] } }]
    }
    check {
      condition = alltrue([
        for rule in var.cors_rules : length(rule.allowed_origins) > 0 && alltrue([for origin in rule.allowed_origins : origin == "*" || can(regex("^[a-z][a-z0-9+.-]*://[^/*]*[*]?[^/*]*$", origin))])
      ])
      message = "allowed_origins are such as https://example.com, without a path and with one * at most, or *; at least one."
      refuses = [
        { site = { allowed_origins = ["example.com"], allowed_methods = ["GET"] } },
        { site = { allowed_origins = ["https://example.com/"], allowed_methods = ["GET"] } },
        { site = { allowed_origins = ["https://*.*.example.com"], allowed_methods = ["GET"] } },
        { site = { allowed_origins = [], allowed_methods = ["GET"] } },
      ]
      accepts = [{ site = { allowed_origins = ["https://*.example.com"], allowed_methods = ["GET"] } }, { site = { allowed_origins = ["*"], allowed_methods = ["GET"] } }]
    }
  }
}

feature "access_logs" {
  summary = "Server access logs in another bucket."

  input "access_logs" {
    type        = object({ bucket = string, prefix = optional(string, "") })
    default     = null
    keys        = "static"
    description = "Bucket of the same region, with encryption AES256, that takes the access logs below `prefix`, by account, region, bucket and day of the event; null for none."
    check {
      condition = var.access_logs == null ? true : var.access_logs.bucket != var.name
      message   = "access_logs.bucket must be another bucket: a log of each log's delivery would have no end."
      refuses   = [{ bucket = "self" }]
      accepts   = [{ bucket = "other" }]
      with      = { name = "self" }
    }
    check {
      condition = var.access_logs == null ? true : var.access_logs.prefix == "" || can(regex("/$", var.access_logs.prefix))
      message   = "access_logs.prefix must end with /."
      refuses   = [{ bucket = "example-logs", prefix = "s3" }]
      accepts   = [{ bucket = "example-logs", prefix = "s3/" }]
    }
  }
}

feature "eventbridge" {
  summary = "Events of the bucket on the account's default event bus."

  input "eventbridge" {
    type        = bool
    default     = false
    keys        = "static"
    description = "Send every event of the bucket to Amazon EventBridge, whose rules choose the targets."
  }
}

feature "replication" {
  summary = "Replication to other buckets, in this region or others, with a role that may do only that."

  input "replication" {
    type = object({
      existing_objects         = optional(bool, false)
      permissions_boundary_arn = optional(string)
      rules = map(object({
        enabled                  = optional(bool, true)
        bucket_arn               = string
        kms_key_arn              = optional(string)
        storage_class            = optional(string)
        prefix                   = optional(string)
        tags                     = optional(map(string), {})
        priority                 = optional(number, 1)
        delete_markers           = optional(bool, false)
        replica_modifications    = optional(bool, false)
        replication_time_control = optional(bool, false)
      }))
    })
    default     = null
    keys        = "static"
    description = "Replication `rules` by name: `bucket_arn` is the replica, `kms_key_arn` the key of its region. `delete_markers` replicates deletes, `replica_modifications` metadata that changed there (for replication both ways), `replication_time_control` promises 15 minutes and publishes metrics. `existing_objects` lets the role run S3 Batch Replication, `permissions_boundary_arn` limits the role."
    check {
      condition = var.replication == null ? true : var.versioning
      message   = "replication needs versioning."
      refuses   = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica", kms_key_arn = "arn:aws:kms:us-west-2:123456789012:key/1" } } }]
      accepts   = [null]
      with      = { versioning = false, kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
    }
    check {
      condition = var.replication == null ? true : length(var.replication.rules) > 0
      message   = "replication has at least one rule."
      refuses   = [{ rules = {} }]
      accepts   = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica" } } }]
      with      = { encryption = "AES256" }
    }
    check {
      condition = var.replication == null ? true : var.encryption == "AES256" || var.kms_key_arn != null
      message   = "replication needs kms_key_arn, since the role cannot be given the aws/s3 key."
      refuses   = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica", kms_key_arn = "arn:aws:kms:us-west-2:123456789012:key/1" } } }]
      accepts   = [null]
    }
    check {
      condition = var.replication == null ? true : alltrue([for rule in var.replication.rules : can(regex("^arn:[^:]+:s3:::[^/]+$", rule.bucket_arn))])
      message   = "bucket_arn must be the ARN of a bucket."
      refuses   = [{ rules = { dr = { bucket_arn = "replica" } } }]
      accepts   = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica" } } }]
      with      = { encryption = "AES256" }
    }
    check {
      condition = var.replication == null ? true : alltrue([for rule in var.replication.rules : (rule.kms_key_arn != null) == (var.encryption != "AES256")])
      message   = "A rule needs kms_key_arn, the key that encrypts replicas, exactly if the bucket is encrypted with KMS."
      refuses   = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica" } } }]
      accepts   = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica", kms_key_arn = "arn:aws:kms:us-west-2:123456789012:key/1" } } }]
      with      = { kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
    }
    check {
      condition = var.replication == null ? true : alltrue([
        for rule in var.replication.rules : rule.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", rule.kms_key_arn))
      ])
      message = "kms_key_arn of a rule must be the ARN of a key, not of an alias."
      refuses = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica", kms_key_arn = "arn:aws:kms:us-west-2:123456789012:alias/replica" } } }]
      accepts = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica", kms_key_arn = "arn:aws:kms:us-west-2:123456789012:key/mrk-1" } } }]
      with    = { kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
    }
    check {
      condition = var.replication == null ? true : alltrue([
        for rule in var.replication.rules : contains(["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], coalesce(rule.storage_class, "STANDARD"))
      ])
      message = "storage_class must be STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER or DEEP_ARCHIVE."
      refuses = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica", storage_class = "REDUCED_REDUNDANCY" } } }]
      accepts = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica", storage_class = "STANDARD_IA" } } }]
      with    = { encryption = "AES256" }
    }
    check {
      condition = var.replication == null ? true : length(distinct([for rule in var.replication.rules : rule.priority])) == length(var.replication.rules)
      message   = "Each replication rule has a priority of its own."
      refuses   = [{ rules = { a = { bucket_arn = "arn:aws:s3:::a" }, b = { bucket_arn = "arn:aws:s3:::b" } } }]
      accepts   = [{ rules = { a = { bucket_arn = "arn:aws:s3:::a" }, b = { bucket_arn = "arn:aws:s3:::b", priority = 2 } } }]
      with      = { encryption = "AES256" }
    }
    check {
      condition = var.replication == null ? true : alltrue([for rule in var.replication.rules : !rule.delete_markers || length(rule.tags) == 0])
      message   = "S3 does not replicate delete markers by rules with tags."
      refuses   = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica", delete_markers = true, tags = { a = "b" } } } }]
      accepts   = [{ rules = { dr = { bucket_arn = "arn:aws:s3:::replica", delete_markers = true, prefix = "a/" } } }]
      with      = { encryption = "AES256" }
    }
  }

  output "replication_role_arn" {
    type        = string
    nullable    = true
    description = "ARN of the role that replicates, which a replica's bucket policy in another account names; null without replication."
    value       = one([for role in aws_iam_role.replication : role.arn])
  }
}

output "bucket" {
  type        = string
  description = "Name of the bucket, given once its policy is in force, for services that try it when they are set up."
  value       = aws_s3_bucket_policy.this.bucket
}

output "arn" {
  type        = string
  description = "ARN of the bucket, given once it keeps versions, as a replica must."
  value       = [aws_s3_bucket.this.arn, aws_s3_bucket_versioning.this.id][0]
}

output "regional_domain_name" {
  type        = string
  description = "Domain name of the bucket in its region, as an origin of CloudFront."
  value       = aws_s3_bucket.this.bucket_regional_domain_name
}

output "region" {
  type        = string
  description = "Region of the bucket."
  value       = aws_s3_bucket.this.bucket_region
}

example "minimal" {
  summary = "A private bucket with the account's aws/s3 key."
  inputs = {
    name = "example-documents"
  }
}

example "records" {
  summary = "Records that nobody can delete for seven years, replicated to another region with what is there already."
  inputs = {
    name        = "example-records"
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    object_lock = { mode = "COMPLIANCE", years = 7 }
    access_logs = { bucket = "example-access-logs", prefix = "s3/" }
    eventbridge = true
    replication = {
      existing_objects = true
      rules = {
        disaster-recovery = {
          bucket_arn               = "arn:aws:s3:::example-records-replica"
          kms_key_arn              = "arn:aws:kms:us-west-2:123456789012:key/66666666-7777-8888-9999-000000000000"
          storage_class            = "STANDARD_IA"
          delete_markers           = true
          replication_time_control = true
        }
      }
    }
  }
}

example "replica" {
  summary = "The replica of those records: the same bucket in another region."
  inputs = {
    name        = "example-records-replica"
    region      = "us-west-2"
    kms_key_arn = "arn:aws:kms:us-west-2:123456789012:key/66666666-7777-8888-9999-000000000000"
    object_lock = { mode = "COMPLIANCE", years = 7 }
    lifecycle_rules = {
      noncurrent = { noncurrent_version_expiration = { noncurrent_days = 90, newer_noncurrent_versions = 3 } }
    }
  }
}

example "media" {
  summary = "Media behind CloudFront, moved to cheaper storage classes as they are asked for less."
  inputs = {
    name        = "example-media"
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    access_logs = { bucket = "example-access-logs" }
    cors_rules = {
      site = { allowed_origins = ["https://example.com"], allowed_methods = ["GET", "HEAD"], max_age_seconds = 3600 }
    }
    lifecycle_rules = {
      archive  = { prefix = "originals/", transitions = { STANDARD_IA = 30, GLACIER = 90 } }
      tiering  = { prefix = "renditions/", tags = { Kind = "video" }, object_size_greater_than = 131072, transitions = { INTELLIGENT_TIERING = 0 } }
      previews = { tags = { Kind = "preview" }, expiration_days = 30 }
      versions = {
        noncurrent_version_transitions = { STANDARD_IA = 30 }
        noncurrent_version_expiration  = { noncurrent_days = 90, newer_noncurrent_versions = 3 }
      }
    }
    intelligent_tiering = {
      whole-bucket = { tiers = { ARCHIVE_ACCESS = 90, DEEP_ARCHIVE_ACCESS = 180 } }
      videos       = { prefix = "renditions/", tags = { Kind = "video" }, tiers = { ARCHIVE_ACCESS = 120 } }
    }
    policy_statements = {
      CloudFront = {
        principals = { Service = ["cloudfront.amazonaws.com"] }
        actions    = ["s3:GetObject"]
        resources  = ["/*"]
        conditions = { StringEquals = { "aws:SourceArn" = ["arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE"] } }
      }
    }
  }
}

example "logs" {
  summary = "A bucket that takes the access logs of other buckets and the flow logs of networks, for a year."
  inputs = {
    name       = "example-access-logs"
    encryption = "AES256"
    lifecycle_rules = {
      expire = { expiration_days = 365, noncurrent_version_expiration = { noncurrent_days = 30 } }
    }
    policy_statements = {
      AccessLogs = {
        principals = { Service = ["logging.s3.amazonaws.com"] }
        actions    = ["s3:PutObject"]
        resources  = ["/*"]
        conditions = { StringEquals = { "aws:SourceAccount" = ["123456789012"] } }
      }
      # As EC2 writes them itself when it finds none.
      AWSLogDeliveryWrite = {
        principals = { Service = ["delivery.logs.amazonaws.com"] }
        actions    = ["s3:PutObject"]
        resources  = ["/AWSLogs/123456789012/*"]
        conditions = {
          ArnLike      = { "aws:SourceArn" = ["arn:aws:logs:us-east-1:123456789012:*"] }
          StringEquals = { "aws:SourceAccount" = ["123456789012"], "s3:x-amz-acl" = ["bucket-owner-full-control"] }
        }
      }
      AWSLogDeliveryAclCheck = {
        principals = { Service = ["delivery.logs.amazonaws.com"] }
        actions    = ["s3:GetBucketAcl", "s3:ListBucket"]
        resources  = [""]
        conditions = {
          ArnLike      = { "aws:SourceArn" = ["arn:aws:logs:us-east-1:123456789012:*"] }
          StringEquals = { "aws:SourceAccount" = ["123456789012"] }
        }
      }
    }
  }
}

waive "CKV_AWS_144" {
  why = "Replication is a feature: a replica costs as much as the bucket, and is not replicated itself."
}

waive "CKV2_AWS_62" {
  why = "Events are a feature: `eventbridge` sends them where somebody listens."
}

waive "CKV_AWS_145" {
  when = ["logs"]
  why  = "S3 delivers server access logs to no bucket whose default encryption is a KMS key."
}
