module "kms" {
  summary   = "KMS keys by purpose: aliases, rotation, policies that name who may use them, grants and replicas in other regions."
  about     = <<-EOT
    A key is named by its purpose (`database`, `state`, `vault-unseal`), and its alias is `alias/<name>/<purpose>`.
    Every policy leaves the account's root in control, so IAM policies of the account can grant access and no key locks itself out.
    What a policy grants besides is named in `keys`: administrators, who manage the key and its policy; users, who encrypt, decrypt or sign with it; AWS services on behalf of the account (`via_services`), log groups of CloudWatch Logs, and service principals with the encryption context or the source that they must show.
    Requests such as DescribeKey show no encryption context: a service that makes them gets a second entry with `source_arns` only.
  EOT
  providers = ["aws"]
}

input "name" {
  type        = string
  description = "The beginning of every alias: `alias/<name>/<key>`."
  check {
    condition = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_/-]{0,99}$", var.name)) && !startswith(var.name, "aws/")
    message   = "name must be 1 to 100 letters, digits, dashes, underscores and slashes, begin with a letter or a digit, and not with aws/, which is reserved."
    refuses   = ["", "aws/rds", "a b"]
    accepts   = ["a", "techally/production"]
  }
}

input "keys" {
  type = map(object({
    description     = string
    spec            = optional(string, "SYMMETRIC_DEFAULT")
    rotation_period = optional(number, 365)
    deletion_window = optional(number, 30)
    multi_region    = optional(bool, false)
    aliases         = optional(set(string), [])
    administrators  = optional(list(string), [])
    users           = optional(list(string), [])
    via_services    = optional(set(string), [])
    log_groups      = optional(set(string), [])
    service_principals = optional(map(object({
      principal          = string
      actions            = optional(set(string), ["kms:Decrypt", "kms:GenerateDataKey*"])
      encryption_context = optional(map(list(string)), {})
      source_arns        = optional(list(string), [])
    })), {})
    statements = optional(map(object({
      effect     = optional(string, "Allow")
      actions    = set(string)
      principals = map(list(string))
      conditions = optional(list(object({ test = string, variable = string, values = list(string) })), [])
    })), {})
  }))
  keys        = "static"
  description = "Keys by purpose. `rotation_period` and `deletion_window` are days; `spec` is what the key is made of, from which its usage follows; `aliases` are further ones, without `alias/`; `administrators` and `users` are ARNs of principals; `via_services` are names such as rds and s3, through which every principal of the account may use the key; `log_groups` are names of CloudWatch log groups, with wildcards; `service_principals` and `statements` are keyed by Sid."
  check {
    condition = alltrue([for name in keys(var.keys) : can(regex("^[a-z][a-z0-9-]{0,39}$", name))])
    message   = "Names of keys must be 1 to 40 small letters, digits and dashes, beginning with a letter."
    refuses   = [{ Database = { description = "Database" } }, { "" = { description = "Database" } }]
    accepts   = [{ a = { description = "Database" } }, { vault-unseal = { description = "Seal of Vault" } }]
  }
  check {
    condition = alltrue([for alias in flatten([for key in var.keys : tolist(key.aliases)]) : can(regex("^[a-zA-Z0-9][a-zA-Z0-9_/-]{0,249}$", alias)) && !startswith(alias, "alias/") && !startswith(alias, "aws/")])
    message   = "aliases must be letters, digits, dashes, underscores and slashes, without alias/ and aws/."
    refuses   = [{ a = { description = "Data", aliases = ["alias/data"] } }, { a = { description = "Data", aliases = ["aws/s3"] } }]
    accepts   = [{ a = { description = "Data", aliases = ["legacy/data"] } }]
  }
  check {
    condition = length(distinct(concat([for name in keys(var.keys) : "${var.name}/${name}"], flatten([for key in var.keys : tolist(key.aliases)])))) == length(var.keys) + length(flatten([for key in var.keys : tolist(key.aliases)]))
    message   = "An alias leads to one key: aliases must differ from each other and from <name>/<key>."
    refuses   = [{ a = { description = "Data", aliases = ["data"] }, b = { description = "Logs", aliases = ["data"] } }, { a = { description = "Data" }, b = { description = "Logs", aliases = ["minimal/a"] } }]
    accepts   = [{ a = { description = "Data", aliases = ["data"] }, b = { description = "Logs", aliases = ["logs"] } }]
    with      = { name = "minimal" }
  }
  check {
    condition = alltrue([for key in var.keys : contains(["SYMMETRIC_DEFAULT", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512", "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"], key.spec)])
    message   = "spec must be SYMMETRIC_DEFAULT, or HMAC_…, RSA_… or ECC_… as KMS names them."
    refuses   = [{ a = { description = "Signatures", spec = "RSA_1024" } }]
    accepts   = [{ a = { description = "Signatures", spec = "ECC_NIST_P256" } }, { a = { description = "Tokens", spec = "HMAC_256" } }]
  }
  check {
    condition = alltrue([for key in var.keys : key.rotation_period >= 90 && key.rotation_period <= 2560 && floor(key.rotation_period) == key.rotation_period])
    message   = "rotation_period must be 90 to 2560 days."
    refuses   = [{ a = { description = "Data", rotation_period = 89 } }, { a = { description = "Data", rotation_period = 2561 } }]
    accepts   = [{ a = { description = "Data", rotation_period = 90 } }, { a = { description = "Data", rotation_period = 2560 } }]
  }
  check {
    condition = alltrue([for key in var.keys : key.deletion_window >= 7 && key.deletion_window <= 30 && floor(key.deletion_window) == key.deletion_window])
    message   = "deletion_window must be 7 to 30 days."
    refuses   = [{ a = { description = "Data", deletion_window = 6 } }, { a = { description = "Data", deletion_window = 31 } }]
    accepts   = [{ a = { description = "Data", deletion_window = 7 } }]
  }
  check {
    condition = alltrue([for arn in flatten([for key in var.keys : concat(key.administrators, key.users)]) : can(regex("^arn:[^:]+:(iam|sts)::[0-9]{12}:", arn))])
    message   = "administrators and users must be ARNs of IAM principals; a wildcard would grant the key to everybody."
    refuses   = [{ a = { description = "Data", users = ["*"] } }, { a = { description = "Data", administrators = ["admin"] } }]
    accepts   = [{ a = { description = "Data", administrators = ["arn:aws:iam::123456789012:role/admin"], users = ["arn:aws:iam::123456789012:user/ci"] } }]
  }
  check {
    condition = alltrue([for service in flatten([for key in var.keys : tolist(key.via_services)]) : can(regex("^[a-z0-9-]+$", service))])
    message   = "via_services must be names of services without region and domain, such as rds, s3 or secretsmanager."
    refuses   = [{ a = { description = "Data", via_services = ["rds.amazonaws.com"] } }]
    accepts   = [{ a = { description = "Data", via_services = ["rds", "s3"] } }]
  }
  check {
    condition = alltrue([for key in var.keys : key.spec == "SYMMETRIC_DEFAULT" || length(key.via_services) + length(key.log_groups) == 0])
    message   = "via_services and log_groups need the spec SYMMETRIC_DEFAULT: AWS services encrypt with symmetric keys."
    refuses   = [{ a = { description = "Tokens", spec = "HMAC_256", via_services = ["rds"] } }]
    accepts   = [{ a = { description = "Logs", log_groups = ["/aws/eks/*"] } }]
  }
  check {
    condition = alltrue([for service in flatten([for key in var.keys : values(key.service_principals)]) : length(service.encryption_context) + length(service.source_arns) > 0])
    message   = "A service principal needs an encryption_context or source_arns, or the service could use the key for another account."
    refuses   = [{ a = { description = "Trail", service_principals = { CloudTrail = { principal = "cloudtrail.amazonaws.com" } } } }]
    accepts   = [{ a = { description = "Trail", service_principals = { CloudTrail = { principal = "cloudtrail.amazonaws.com", source_arns = ["arn:aws:cloudtrail:us-east-1:123456789012:trail/main"] } } } }]
  }
  check {
    condition = alltrue([for key in var.keys : alltrue([for sid in concat(keys(key.service_principals), keys(key.statements)) : can(regex("^[A-Za-z0-9]+$", sid)) && !contains(["Account", "Administrators", "LogGroups", "Services", "Users", "UsersResources"], sid)])])
    message   = "service_principals and statements are keyed by Sid: letters and digits, and none of those that the module writes."
    refuses   = [{ a = { description = "Data", statements = { Users = { actions = ["kms:Decrypt"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } } } } }, { a = { description = "Data", statements = { other-account = { actions = ["kms:Decrypt"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } } } } }]
    accepts   = [{ a = { description = "Data", statements = { OtherAccount = { actions = ["kms:Decrypt"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } } } } }]
  }
  check {
    condition = alltrue([for key in var.keys : length(setintersection(keys(key.service_principals), keys(key.statements))) == 0])
    message   = "service_principals and statements of one key cannot share a Sid."
    refuses   = [{ a = { description = "Data", service_principals = { Backup = { principal = "backup.amazonaws.com", source_arns = ["arn:aws:backup:us-east-1:123456789012:*"] } }, statements = { Backup = { actions = ["kms:Decrypt"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } } } } }]
    accepts   = [{ a = { description = "Data", service_principals = { Backup = { principal = "backup.amazonaws.com", source_arns = ["arn:aws:backup:us-east-1:123456789012:*"] } }, statements = { OtherAccount = { actions = ["kms:Decrypt"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } } } } }]
  }
  check {
    condition = alltrue([for statement in flatten([for key in var.keys : values(key.statements)]) : contains(["Allow", "Deny"], statement.effect) && (statement.effect == "Deny" || length(statement.conditions) > 0 || !contains(flatten(values(statement.principals)), "*"))])
    message   = "The effect of a statement is Allow or Deny, and a statement that allows everybody needs a condition."
    refuses   = [{ a = { description = "Data", statements = { Everybody = { actions = ["kms:Decrypt"], principals = { AWS = ["*"] } } } } }, { a = { description = "Data", statements = { OtherAccount = { effect = "allow", actions = ["kms:Decrypt"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } } } } }]
    accepts   = [{ a = { description = "Data", statements = { Organisation = { actions = ["kms:Decrypt"], principals = { AWS = ["*"] }, conditions = [{ test = "StringEquals", variable = "aws:PrincipalOrgID", values = ["o-abcdefghij"] }] } } } }]
  }
}

input "region" {
  type        = string
  default     = null
  description = "Region of the keys; null for the provider's."
  check {
    condition = var.region == null ? true : can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", var.region))
    message   = "region must be the name of a region such as us-east-1."
    refuses   = ["us-east-1a", "Ohio"]
    accepts   = ["us-west-2", "us-gov-west-1", "eusc-de-east-1"]
  }
}

input "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of every key, besides the provider's default tags."
}

feature "replicas" {
  summary = "Replicas of multi-region keys in other regions, with the same policy and aliases."

  input "replicas" {
    type        = map(set(string))
    default     = {}
    keys        = "static"
    description = "Regions of replicas by key; the key is a multi-region one."
    check {
      condition = alltrue([for name in keys(var.replicas) : try(var.keys[name].multi_region, false)])
      message   = "replicas must name keys whose multi_region is true."
      refuses   = [{ single = ["us-west-2"] }, { none = ["us-west-2"] }]
      accepts   = [{ multi = ["us-west-2", "eu-west-1"] }, { multi = [] }]
      with      = { keys = { single = { description = "One region" }, multi = { description = "Many regions", multi_region = true } } }
    }
    check {
      condition = alltrue([for region in flatten([for regions in var.replicas : tolist(regions)]) : can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", region)) && (var.region == null ? true : region != var.region)])
      message   = "replicas must be in regions other than the key's own."
      refuses   = [{ multi = ["eu-west-1"] }, { multi = ["Ohio"] }]
      accepts   = [{ multi = ["us-west-2"] }]
      with      = { region = "eu-west-1", keys = { multi = { description = "Many regions", multi_region = true } } }
    }
  }

  output "replica_key_arns" {
    type        = map(map(string))
    description = "ARNs of the replicas by key and region."
    value       = { for name, regions in var.replicas : name => { for region in regions : region => aws_kms_replica_key.this["${name}/${region}"].arn } }
  }
}

feature "grants" {
  summary = "Grants, as for service-linked roles that use a key for volumes without a call of a user of it; the principal must exist."

  input "grants" {
    type = map(object({
      key                = string
      grantee_principal  = string
      operations         = set(string)
      encryption_context = optional(map(string), {})
    }))
    default     = {}
    keys        = "static"
    description = "Grants by name; with an `encryption_context` only for what is encrypted with these pairs at least."
    check {
      condition = alltrue([for grant in var.grants : contains(keys(var.keys), grant.key)])
      message   = "A grant's key must be one of keys."
      refuses   = [{ autoscaling = { key = "volumes", grantee_principal = "arn:aws:iam::123456789012:role/a", operations = ["Decrypt"] } }]
      accepts   = [{ autoscaling = { key = "nodes", grantee_principal = "arn:aws:iam::123456789012:role/a", operations = ["Decrypt"] } }]
      with      = { keys = { nodes = { description = "Volumes of nodes" } } }
    }
    check {
      condition = alltrue([for operation in flatten([for grant in var.grants : tolist(grant.operations)]) : contains(["CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo", "RetireGrant", "Sign", "Verify", "VerifyMac"], operation)])
      message   = "operations must be those of grants, such as Decrypt, GenerateDataKey and CreateGrant."
      refuses   = [{ a = { key = "nodes", grantee_principal = "arn:aws:iam::123456789012:role/a", operations = ["kms:Decrypt"] } }]
      accepts   = [{ a = { key = "nodes", grantee_principal = "arn:aws:iam::123456789012:role/a", operations = ["CreateGrant", "ReEncryptFrom"] } }]
      with      = { keys = { nodes = { description = "Volumes of nodes" } } }
    }
  }

  output "grant_ids" {
    type        = map(string)
    description = "Ids of the grants by name."
    value       = { for name, grant in aws_kms_grant.this : name => grant.grant_id }
  }
}

output "key_arns" {
  type        = map(string)
  description = "ARNs of the keys by purpose."
  value       = { for name, key in aws_kms_key.this : name => key.arn }
}

output "key_ids" {
  type        = map(string)
  description = "Ids of the keys by purpose."
  value       = { for name, key in aws_kms_key.this : name => key.key_id }
}

output "alias_names" {
  type        = map(string)
  description = "Names of the aliases by purpose, `alias/<name>/<purpose>`."
  value       = { for name in keys(var.keys) : name => aws_kms_alias.this[name].name }
}

example "minimal" {
  summary = "One key that RDS and Secrets Manager use on behalf of the account."
  inputs = {
    name = "minimal"
    keys = { database = { description = "Storage and password of the database", via_services = ["rds", "secretsmanager"] } }
  }
}

example "purposes" {
  summary = "A key for each purpose, a replica for a bucket in another region, and a grant for the volumes of an autoscaling group."
  inputs = {
    name   = "techally-production"
    region = "us-east-1"
    keys = {
      database = {
        description  = "Storage and password of the database"
        via_services = ["rds", "secretsmanager"]
      }
      media = {
        description  = "Objects of the media bucket"
        multi_region = true
        users        = ["arn:aws:iam::123456789012:role/replication"]
        via_services = ["s3"]
      }
      state = {
        description     = "State of Terraform"
        rotation_period = 180
        administrators  = ["arn:aws:iam::123456789012:role/security"]
        users           = ["arn:aws:iam::123456789012:role/terraform"]
        statements = {
          RequireContext = {
            effect     = "Deny"
            actions    = ["kms:Decrypt"]
            principals = { AWS = ["*"] }
            conditions = [{ test = "Null", variable = "kms:EncryptionContextKeys", values = ["true"] }]
          }
        }
      }
      vault-unseal = {
        description = "Seal of Vault"
        aliases     = ["vault"]
        users       = ["arn:aws:iam::123456789012:role/vault"]
      }
      observability = {
        description = "Logs, trails and alarms"
        log_groups  = ["/aws/eks/*", "/aws/rds/*"]
        service_principals = {
          CloudTrailDescribes = {
            principal   = "cloudtrail.amazonaws.com"
            actions     = ["kms:DescribeKey"]
            source_arns = ["arn:aws:cloudtrail:us-east-1:123456789012:trail/main"]
          }
          CloudTrailEncrypts = {
            principal          = "cloudtrail.amazonaws.com"
            actions            = ["kms:GenerateDataKey*"]
            encryption_context = { "aws:cloudtrail:arn" = ["arn:aws:cloudtrail:*:123456789012:trail/*"] }
            source_arns        = ["arn:aws:cloudtrail:us-east-1:123456789012:trail/main"]
          }
        }
      }
      nodes   = { description = "Volumes of nodes", via_services = ["ec2"] }
      signing = { description = "Signatures of images", spec = "ECC_NIST_P256", users = ["arn:aws:iam::123456789012:role/ci"] }
    }
    replicas = { media = ["us-west-2"] }
    grants = {
      autoscaling = {
        key               = "nodes"
        grantee_principal = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
        operations        = ["CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext"]
      }
    }
    tags = { Owner = "security" }
  }
}
