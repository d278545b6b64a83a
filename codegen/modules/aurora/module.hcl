module "aurora" {
  summary   = "Aurora PostgreSQL: Serverless v2 or provisioned instances in several zones, with its own security group, secret, logs and backups."
  about     = <<-EOT
    Storage, the master user's secret and Performance Insights are encrypted with `kms_key_arn`. Connections need TLS, and IAM authentication is on.

    **Versions.** The version is what `engine_version` says, minor version included; RDS does not raise it by itself, since the next plan would take that back and RDS refuses to. For another major version set `maintenance.allow_major_version_upgrade` too, apply, and remove it: parameter groups of the new family are made first, the cluster is upgraded at once, and the old groups go last.

    **Password.** RDS manages it in Secrets Manager, and `secret_arn` is the secret. With `master_password_wo` and `master_password_wo_version` the caller gives it instead; it is in no plan and no state, and is taken again when the version changes.

    **Deletion.** A cluster that is deleted leaves a final snapshot, `<name>-final-<suffix>`. The suffix is drawn once for each cluster and kept in state, so a cluster of the same name that is deleted later does not collide with it. Where a cluster is replaced with `-replace`, replace `terraform_data.incarnation` with it.

    **Snapshots.** With `snapshot_identifier` the cluster begins as a snapshot. RDS takes IAM authentication, the Data API, Performance and Database Insights only afterwards, so the next plan turns them on.

    **Global databases.** The primary cluster begins one and needs `master_password_wo`; a secondary one, in a root with a provider of another region, follows it by `identifier`. Minor versions are raised in the secondary clusters first; a major version is the matter of the global database and is not raised here.
  EOT
  providers = ["aws"]
}

input "name" {
  type        = string
  description = "Identifier of the cluster and the beginning of every other name."
  check {
    condition = can(regex("^[a-z](-?[a-z0-9])*$", var.name)) && length(var.name) <= 40
    message   = "name must be 1 to 40 small letters, digits and single dashes, beginning with a letter and not ending with a dash."
    refuses   = ["Orders", "1st", "orders--eu", "orders-", ""]
    accepts   = ["a", "techally-production"]
  }
}

input "engine_version" {
  type        = string
  description = "Version of Aurora PostgreSQL with the minor version, such as 17.5."
  check {
    condition = can(regex("^[1-9][0-9]\\.[0-9]{1,2}$", var.engine_version))
    message   = "engine_version must have a minor version such as 17.5: with the major one alone RDS refuses every change once the cluster is ahead of its default."
    refuses   = ["17", "9.6", "17.5.1", "latest"]
    accepts   = ["17.5", "13.21"]
  }
}

input "vpc_id" {
  type        = string
  description = "Id of the VPC."
}

input "subnet_ids" {
  type        = map(string)
  keys        = "static"
  description = "Subnet ids by zone; Aurora needs two zones at least."
  check {
    condition = length(var.subnet_ids) >= 2
    message   = "subnet_ids must name two zones at least."
    refuses   = [{ us-east-1a = "subnet-0123456789abcdef0" }]
    accepts   = [{ us-east-1a = "subnet-0123456789abcdef0", us-east-1b = "subnet-0123456789abcdef1" }]
  }
}

input "kms_key_arn" {
  type        = string
  description = "ARN of the KMS key of the storage, the master user's secret and Performance Insights."
  check {
    condition = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", var.kms_key_arn))
    message   = "kms_key_arn must be the ARN of a key."
    refuses   = ["alias/aws/rds", "arn:aws:kms:us-east-1:123456789012:alias/database"]
    accepts   = ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]
  }
}

input "capacity" {
  type        = object({ min = number, max = number, auto_pause_seconds = optional(number) })
  default     = null
  description = "Capacity units of each serverless instance. With `min = 0` it pauses after `auto_pause_seconds` without connections. Null where no instance is serverless."
  check {
    condition = var.capacity == null ? true : alltrue([
      for units in [var.capacity.min, var.capacity.max] : units * 2 == floor(units * 2) && units <= 256
    ]) && var.capacity.min >= 0 && var.capacity.max >= 1 && var.capacity.min <= var.capacity.max
    message = "capacity must be 0 to 256 units in steps of 0.5, max 1 at least and no less than min."
    refuses = [{ min = 0.5, max = 0.5 }, { min = 0.3, max = 1 }, { min = 4, max = 2 }, { min = 1, max = 256.5 }, { min = -1, max = 1 }]
    accepts = [{ min = 0, max = 1 }, { min = 0.5, max = 256 }, { min = 8, max = 8 }]
  }
  check {
    condition = try(var.capacity.auto_pause_seconds, null) == null ? true : var.capacity.min == 0 && var.capacity.auto_pause_seconds >= 300 && var.capacity.auto_pause_seconds <= 86400
    message   = "auto_pause_seconds must be 300 to 86400, and needs min = 0."
    refuses   = [{ min = 0, max = 1, auto_pause_seconds = 299 }, { min = 0, max = 1, auto_pause_seconds = 86401 }, { min = 0.5, max = 1, auto_pause_seconds = 300 }]
    accepts   = [{ min = 0, max = 1, auto_pause_seconds = 300 }, { min = 0, max = 1, auto_pause_seconds = 86400 }]
  }
}

input "instances" {
  type = map(object({
    zone           = string
    class          = optional(string, "db.serverless")
    promotion_tier = optional(number, 1)
  }))
  keys        = "static"
  description = "Instances by name: the `zone`, the `class`, and the `promotion_tier`, of which the lowest becomes the writer when that fails. Serverless readers of tiers 0 and 1 grow with the writer."
  check {
    condition = length(var.instances) >= 1 && alltrue([for name in keys(var.instances) : can(regex("^[a-z0-9](-?[a-z0-9])*$", name)) && length(name) <= 20])
    message   = "instances needs one at least, named with at most 20 small letters, digits and single dashes."
    refuses   = [{}, { One = { zone = "us-east-1a" } }, { a-very-long-name-of-one = { zone = "us-east-1a" } }]
    accepts   = [{ a = { zone = "us-east-1a" } }]
  }
  check {
    condition = alltrue([for instance in var.instances : contains(keys(var.subnet_ids), instance.zone)])
    message   = "An instance's zone must be one of subnet_ids."
    refuses   = [{ a = { zone = "us-east-1f" } }]
    accepts   = [{ a = { zone = "us-east-1b" } }]
  }
  check {
    condition = length(var.instances) < 2 || length(distinct([for instance in var.instances : instance.zone])) > 1
    message   = "Several instances must be in several zones, or the loss of one zone takes all."
    refuses   = [{ a = { zone = "us-east-1a" }, b = { zone = "us-east-1a" } }]
    accepts   = [{ a = { zone = "us-east-1a" }, b = { zone = "us-east-1b" }, c = { zone = "us-east-1a" } }]
  }
  check {
    condition = alltrue([for instance in var.instances : startswith(instance.class, "db.") && contains(range(16), instance.promotion_tier)])
    message   = "class must be a class of instances such as db.r8g.large, and promotion_tier a whole number from 0 to 15."
    refuses   = [{ a = { zone = "us-east-1a", class = "r8g.large" } }, { a = { zone = "us-east-1a", promotion_tier = 16 } }]
    accepts   = [{ a = { zone = "us-east-1a", class = "db.r8g.large", promotion_tier = 0 } }, { a = { zone = "us-east-1a", promotion_tier = 15 } }]
  }
  check {
    condition = var.capacity != null || alltrue([for instance in var.instances : instance.class != "db.serverless"])
    message   = "A serverless instance needs capacity."
    refuses   = [{ a = { zone = "us-east-1a" } }]
    accepts   = [{ a = { zone = "us-east-1a", class = "db.r8g.large" } }]
    with      = { capacity = null }
  }
}

input "clients" {
  type        = map(string)
  default     = {}
  keys        = "static"
  description = "Ids of the security groups whose members may connect, by name."
}

input "database" {
  type        = object({ name = optional(string), master_username = optional(string, "postgres"), port = optional(number, 5432) })
  default     = {}
  description = "Database that is created with the cluster, in which there is `postgres` in any case; master user; port."
  check {
    condition = (var.database.name == null ? true : can(regex("^[A-Za-z][A-Za-z0-9_]{0,62}$", var.database.name))) && can(regex("^[A-Za-z][A-Za-z0-9_]{0,62}$", var.database.master_username))
    message   = "name and master_username must be 1 to 63 letters, digits and underscores, beginning with a letter."
    refuses   = [{ name = "my-orders" }, { master_username = "1st" }]
    accepts   = [{ name = "orders" }, { master_username = "root" }]
  }
  check {
    condition = !contains(["admin", "rdsadmin", "rdsrepladmin", "rds_superuser"], lower(var.database.master_username))
    message   = "master_username is one that Aurora keeps for itself."
    refuses   = [{ master_username = "admin" }]
    accepts   = [{ master_username = "administrator" }]
  }
  check {
    condition = var.database.port >= 1150 && var.database.port <= 65535
    message   = "port must be 1150 to 65535."
    refuses   = [{ port = 1149 }, { port = 65536 }]
    accepts   = [{ port = 1150 }, { port = 65535 }]
  }
}

input "parameters" {
  type = object({
    cluster  = optional(map(object({ value = string, apply_method = optional(string, "immediate") })), {})
    instance = optional(map(object({ value = string, apply_method = optional(string, "immediate") })), {})
  })
  default     = {}
  description = "Parameters by name, of the cluster and of each instance; a static one, and one whose value is the default of RDS, needs `apply_method = \"pending-reboot\"`. `rds.force_ssl` is 1 unless it is set here."
  check {
    condition = alltrue([for parameter in concat(values(var.parameters.cluster), values(var.parameters.instance)) : contains(["immediate", "pending-reboot"], parameter.apply_method)])
    message   = "apply_method must be immediate or pending-reboot."
    refuses   = [{ cluster = { log_statement = { value = "ddl", apply_method = "reboot" } } }]
    accepts   = [{ cluster = { shared_preload_libraries = { value = "pg_stat_statements", apply_method = "pending-reboot" } }, instance = { log_min_duration_statement = { value = "1000" } } }]
  }
}

input "backups" {
  type        = object({ retention_days = optional(number, 14), window = optional(string, "03:00-04:00"), skip_final_snapshot = optional(bool, false), delete_with_cluster = optional(bool, false) })
  default     = {}
  description = "Automated backups: days that they are kept, daily window (UTC), and whether they are deleted with the cluster, which leaves a final snapshot unless that is skipped."
  check {
    condition = contains(range(1, 36), var.backups.retention_days)
    message   = "retention_days must be 1 to 35."
    refuses   = [{ retention_days = 0 }, { retention_days = 36 }]
    accepts   = [{ retention_days = 1 }, { retention_days = 35 }]
  }
  check {
    condition = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", var.backups.window))
    message   = "window must be a time of the day such as 03:00-04:00."
    refuses   = [{ window = "3-4" }, { window = "24:00-01:00" }]
    accepts   = [{ window = "23:30-00:00" }]
  }
}

input "maintenance" {
  type = object({
    window                      = optional(string, "sun:05:00-sun:06:00")
    apply_immediately           = optional(bool, false)
    allow_major_version_upgrade = optional(bool, false)
    ca_certificate              = optional(string, "rds-ca-rsa2048-g1")
  })
  default     = {}
  description = "Weekly window (UTC), in which changes are made unless `apply_immediately`; whether `engine_version` may become another major one, which is then done at once; authority that signs the instances' certificates."
  check {
    condition = can(regex("^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$", var.maintenance.window))
    message   = "window must be a time of the week in small letters such as sun:05:00-sun:06:00."
    refuses   = [{ window = "05:00-06:00" }, { window = "Sun:05:00-Sun:06:00" }]
    accepts   = [{ window = "sat:23:30-sun:00:30" }]
  }
  check {
    condition = contains(["rds-ca-ecc384-g1", "rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1"], var.maintenance.ca_certificate)
    message   = "ca_certificate must be rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1."
    refuses   = [{ ca_certificate = "rds-ca-2019" }]
    accepts   = [{ ca_certificate = "rds-ca-ecc384-g1" }]
  }
}

input "monitoring" {
  type = object({
    interval          = optional(number, 60)
    database_insights = optional(string, "standard")
    log_exports       = optional(set(string), ["postgresql"])
    log_retention     = optional(number, 365)
    log_kms_key_arn   = optional(string)
  })
  default     = {}
  keys        = "static"
  description = "Seconds between metrics of the operating system; Database Insights, standard with 7 days of history or advanced with 465; logs that go to CloudWatch, days that they stay there, and the key that encrypts them, which must let CloudWatch Logs use it."
  check {
    condition = contains([1, 5, 10, 15, 30, 60], var.monitoring.interval)
    message   = "interval must be 1, 5, 10, 15, 30 or 60."
    refuses   = [{ interval = 0 }, { interval = 61 }]
    accepts   = [{ interval = 1 }, { interval = 60 }]
  }
  check {
    condition = contains(["standard", "advanced"], var.monitoring.database_insights)
    message   = "database_insights must be standard or advanced."
    refuses   = [{ database_insights = "enhanced" }]
    accepts   = [{ database_insights = "advanced" }]
  }
  check {
    condition = length(setsubtract(var.monitoring.log_exports, ["iam-db-auth-error", "instance", "postgresql"])) == 0
    message   = "log_exports can be postgresql, instance and iam-db-auth-error."
    refuses   = [{ log_exports = ["slowquery"] }]
    accepts   = [{ log_exports = [] }, { log_exports = ["instance", "postgresql"] }]
  }
  check {
    condition = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.monitoring.log_retention)
    message   = "log_retention must be a number of days that CloudWatch Logs knows, such as 30, 90 or 365."
    refuses   = [{ log_retention = 0 }, { log_retention = 360 }]
    accepts   = [{ log_retention = 1 }, { log_retention = 3653 }]
  }
}

input "deletion_protection" {
  type        = bool
  default     = true
  description = "Whether the cluster refuses to be deleted."
}

input "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of everything, besides the provider's default tags."
}

feature "client_cidrs" {
  summary = "Clients by range of addresses, such as networks that are connected by VPN."

  input "client_cidrs" {
    type        = map(string)
    default     = {}
    keys        = "static"
    description = "Ranges that may connect, by name, of IPv4 or IPv6."
    check {
      condition = alltrue([for cidr in var.client_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
      message   = "client_cidrs must be ranges such as 10.0.0.0/16, and none of them everything."
      refuses   = [{ all = "0.0.0.0/0" }, { all = "::/0" }, { office = "10.0.0.0" }]
      accepts   = [{ office = "192.0.2.0/24", vpn = "2001:db8::/56" }]
    }
  }
}

feature "rotation" {
  summary = "A period of rotation of the managed password other than the 7 days of RDS."

  input "rotation_days" {
    type        = number
    default     = null
    keys        = "static"
    description = "Days after which the managed password is rotated; null from the beginning leaves 7, as RDS has it. Null later on ends the rotation, so go back by setting 7."
    check {
      condition = var.rotation_days == null ? true : contains(range(1, 1001), var.rotation_days)
      message   = "rotation_days must be 1 to 1000."
      refuses   = [0, 1001]
      accepts   = [1, 1000]
    }
    check {
      feature   = "password"
      condition = var.rotation_days == null || var.master_password_wo_version == null
      message   = "rotation_days needs a password that RDS manages."
      refuses   = [30]
      accepts   = [null]
      with      = { master_password_wo = "12345678", master_password_wo_version = 1 }
    }
  }
}

feature "password" {
  summary = "A password that the caller gives instead of one that RDS manages; neither the plan nor the state has it."

  input "master_password_wo" {
    type        = string
    default     = ""
    ephemeral   = true
    sensitive   = true
    description = "Password of the master user, 8 to 128 characters; empty for one that RDS manages in Secrets Manager."
    check {
      condition = var.master_password_wo == "" || (length(var.master_password_wo) >= 8 && length(var.master_password_wo) <= 128 && !can(regex("[/\"@ ]", var.master_password_wo)))
      message   = "master_password_wo must be 8 to 128 characters without /, \", @ and spaces."
      refuses   = ["7-chars", "with spaces in it"]
      accepts   = ["12345678"]
      with      = { master_password_wo_version = 1 }
    }
    check {
      condition = (var.master_password_wo == "") == (var.master_password_wo_version == null)
      message   = "master_password_wo and master_password_wo_version must be given together: without both of them RDS manages the password."
      refuses   = ["12345678"]
      accepts   = [""]
    }
    check {
      condition = (var.master_password_wo == "") == (var.master_password_wo_version == null)
      message   = "master_password_wo_version needs master_password_wo."
      refuses   = [""]
      accepts   = ["12345678"]
      with      = { master_password_wo_version = 2 }
    }
  }

  input "master_password_wo_version" {
    type        = number
    default     = null
    description = "Number of the password: another one makes the cluster take the password that is given with it."
  }
}

feature "data_api" {
  summary = "SQL by HTTPS (RDS Data API), which needs IAM permissions and the secret instead of a connection."

  input "data_api" {
    type        = bool
    default     = false
    description = "Whether the Data API is on."
  }
}

feature "storage_type" {
  summary = "Storage whose price has no part for I/O."

  input "storage_type" {
    type        = string
    default     = null
    description = "aurora, or aurora-iopt1 for I/O-Optimized storage; null for what Aurora takes by itself."
    check {
      condition = var.storage_type == null ? true : contains(["aurora", "aurora-iopt1"], var.storage_type)
      message   = "storage_type must be aurora or aurora-iopt1."
      refuses   = ["gp3"]
      accepts   = ["aurora", "aurora-iopt1"]
    }
  }
}

feature "restore" {
  summary = "A cluster that begins as a snapshot."

  input "snapshot_identifier" {
    type        = string
    default     = null
    description = "Name or ARN of the snapshot that a new cluster begins with; another one makes another cluster, null later changes nothing. `database` must say what the snapshot has."
    check {
      condition = var.snapshot_identifier == null ? true : can(regex("^(arn:[^:]+:rds:[^:]+:[0-9]{12}:cluster-snapshot:)?(rds:|awsbackup:)?[a-zA-Z][a-zA-Z0-9-]*$", var.snapshot_identifier))
      message   = "snapshot_identifier must be the name or the ARN of a cluster's snapshot."
      refuses   = ["", "arn:aws:rds:us-east-1:123456789012:snapshot:instance", "1st"]
      accepts   = ["orders-final-0a1b2c3d", "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:rds:orders-2026-01-31-03-05"]
    }
  }
}

feature "global_cluster" {
  summary  = "A global database: this cluster begins one, or follows the primary cluster in another region."
  requires = ["password"]

  input "global_cluster" {
    type        = object({ identifier = string, primary = optional(bool, false) })
    default     = null
    keys        = "static"
    description = "Global database by identifier, and whether this cluster begins it; null for none. A secondary cluster has no user, password and database of its own. RDS cannot manage the password of a global database."
    check {
      condition = var.global_cluster == null ? true : can(regex("^[a-z](-?[a-z0-9])*$", var.global_cluster.identifier)) && length(var.global_cluster.identifier) <= 63
      message   = "identifier must be 1 to 63 small letters, digits and single dashes, beginning with a letter and not ending with a dash."
      refuses   = [{ identifier = "orders_global" }]
      accepts   = [{ identifier = "orders-global" }]
    }
    check {
      condition = !try(var.global_cluster.primary, false) || var.master_password_wo_version != null
      message   = "The primary cluster needs master_password_wo: RDS cannot manage the password of a global database."
      refuses   = [{ identifier = "orders", primary = true }]
      accepts   = [{ identifier = "orders", primary = false }]
    }
    check {
      condition = try(var.global_cluster.primary, true) || var.master_password_wo_version == null
      message   = "A secondary cluster has the password of the primary one."
      refuses   = [{ identifier = "orders" }]
      accepts   = [{ identifier = "orders", primary = true }]
      with      = { master_password_wo = "12345678", master_password_wo_version = 1 }
    }
    check {
      feature   = "rotation"
      condition = var.global_cluster == null || var.rotation_days == null
      message   = "rotation_days needs a password that RDS manages, which a global database cannot have."
      refuses   = [{ identifier = "orders" }]
      accepts   = [null]
      with      = { rotation_days = 30 }
    }
    check {
      feature   = "restore"
      condition = var.global_cluster == null || var.snapshot_identifier == null || try(var.global_cluster.primary, true)
      message   = "A secondary cluster begins with the data of the primary one, not with a snapshot."
      refuses   = [{ identifier = "orders" }]
      accepts   = [null]
      with      = { snapshot_identifier = "orders-final-0a1b2c3d" }
    }
  }

  output "global_cluster_identifier" {
    type        = string
    nullable    = true
    description = "Identifier of the global database, for `global_cluster.identifier` of its secondary clusters."
    value       = one(values(aws_rds_global_cluster.this)[*].id)
  }
}

output "endpoint" {
  type        = string
  description = "Host name of the writer."
  value       = aws_rds_cluster.this.endpoint
}

output "reader_endpoint" {
  type        = string
  description = "Host name that spreads connections over the readers."
  value       = aws_rds_cluster.this.reader_endpoint
}

output "port" {
  type        = number
  description = "Port of the cluster."
  value       = var.database.port
}

output "database_name" {
  type        = string
  description = "Name of the database."
  value       = coalesce(var.database.name, "postgres")
}

output "connection_string" {
  type        = string
  description = "URI of the writer without user and password."
  value       = "postgresql://${aws_rds_cluster.this.endpoint}:${var.database.port}/${coalesce(var.database.name, "postgres")}?sslmode=verify-full"
}

output "secret_arn" {
  type        = string
  nullable    = true
  description = "ARN of the secret with the master user's name and password; null where the caller gave the password."
  value       = one(aws_rds_cluster.this.master_user_secret[*].secret_arn)
}

output "cluster_arn" {
  type        = string
  description = "ARN of the cluster."
  value       = aws_rds_cluster.this.arn
}

output "cluster_identifier" {
  type        = string
  description = "Identifier of the cluster, by which metrics and alarms name it."
  value       = aws_rds_cluster.this.cluster_identifier
}

output "cluster_resource_id" {
  type        = string
  description = "Id of the cluster in the ARNs of `rds-db:connect`, for IAM authentication."
  value       = aws_rds_cluster.this.cluster_resource_id
}

output "instance_endpoints" {
  type        = map(string)
  description = "Host names of the instances by name."
  value       = { for name, instance in aws_rds_cluster_instance.this : name => instance.endpoint }
}

output "security_group_id" {
  type        = string
  description = "Id of the cluster's security group."
  value       = aws_security_group.this.id
}

example "minimal" {
  summary = "Two serverless instances in two zones."
  inputs = {
    name           = "minimal"
    engine_version = "17.5"
    vpc_id         = "vpc-0123456789abcdef0"
    subnet_ids     = { us-east-1a = "subnet-0123456789abcdef0", us-east-1b = "subnet-0123456789abcdef1" }
    kms_key_arn    = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    capacity       = { min = 0.5, max = 4 }
    instances      = { a = { zone = "us-east-1a" }, b = { zone = "us-east-1b" } }
  }
}

example "production" {
  summary = "A serverless writer with a provisioned reader, clients by group and range, I/O-Optimized storage, parameters, and a password that is rotated each month."
  inputs = {
    name           = "techally-production"
    engine_version = "17.5"
    vpc_id         = "vpc-0123456789abcdef0"
    subnet_ids     = { us-east-1a = "subnet-0123456789abcdef0", us-east-1b = "subnet-0123456789abcdef1", us-east-1c = "subnet-0123456789abcdef2" }
    kms_key_arn    = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    capacity       = { min = 2, max = 64 }
    instances = {
      a         = { zone = "us-east-1a", promotion_tier = 0 }
      b         = { zone = "us-east-1b", promotion_tier = 0 }
      reporting = { zone = "us-east-1c", class = "db.r8g.xlarge", promotion_tier = 15 }
    }
    clients       = { nodes = "sg-0123456789abcdef0" }
    client_cidrs  = { office = "192.0.2.0/24" }
    database      = { name = "techally", master_username = "techally" }
    storage_type  = "aurora-iopt1"
    data_api      = true
    rotation_days = 30
    parameters = {
      cluster = {
        log_min_duration_statement = { value = "1000" }
        log_statement              = { value = "ddl" }
        shared_preload_libraries   = { value = "pg_stat_statements,pgaudit", apply_method = "pending-reboot" }
      }
      instance = { idle_in_transaction_session_timeout = { value = "600000" } }
    }
    backups     = { retention_days = 30, window = "03:00-04:00" }
    maintenance = { window = "sun:05:00-sun:06:00" }
    monitoring = {
      interval          = 15
      database_insights = "advanced"
      log_exports       = ["iam-db-auth-error", "postgresql"]
      log_kms_key_arn   = "arn:aws:kms:us-east-1:123456789012:key/66666666-7777-8888-9999-000000000000"
    }
    tags = { Owner = "platform" }
  }
}

example "write-only-password" {
  summary = "A cluster for development: it pauses when nobody connects, its version stays, and the caller gives the password."
  inputs = {
    name                       = "development"
    engine_version             = "16.6"
    vpc_id                     = "vpc-0123456789abcdef0"
    subnet_ids                 = { us-east-1a = "subnet-0123456789abcdef0", us-east-1b = "subnet-0123456789abcdef1" }
    kms_key_arn                = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    capacity                   = { min = 0, max = 2, auto_pause_seconds = 600 }
    instances                  = { a = { zone = "us-east-1a" } }
    master_password_wo         = "not-a-secret-of-anybody"
    master_password_wo_version = 1
    backups                    = { retention_days = 1, skip_final_snapshot = true, delete_with_cluster = true }
    deletion_protection        = false
  }
}

example "global-database" {
  summary = "The primary cluster of a global database, which begins as a snapshot."
  inputs = {
    name                       = "orders-use1"
    engine_version             = "17.5"
    vpc_id                     = "vpc-0123456789abcdef0"
    subnet_ids                 = { us-east-1a = "subnet-0123456789abcdef0", us-east-1b = "subnet-0123456789abcdef1" }
    kms_key_arn                = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    capacity                   = { min = 1, max = 16 }
    instances                  = { a = { zone = "us-east-1a" }, b = { zone = "us-east-1b" } }
    global_cluster             = { identifier = "orders", primary = true }
    master_password_wo         = "not-a-secret-of-anybody"
    master_password_wo_version = 1
    snapshot_identifier        = "orders-final-0a1b2c3d"
  }
}

example "global-secondary" {
  summary = "A secondary cluster of a global database, in the provider's region."
  inputs = {
    name           = "orders-usw2"
    engine_version = "17.5"
    vpc_id         = "vpc-0123456789abcdef0"
    subnet_ids     = { us-west-2a = "subnet-0123456789abcdef0", us-west-2b = "subnet-0123456789abcdef1" }
    kms_key_arn    = "arn:aws:kms:us-west-2:123456789012:key/11111111-2222-3333-4444-555555555555"
    capacity       = { min = 1, max = 16 }
    instances      = { a = { zone = "us-west-2a" } }
    global_cluster = { identifier = "orders" }
  }
}

waive "CKV2_AWS_8" {
  why = "A backup plan of AWS Backup belongs to the account and selects by tags; the cluster has automated backups with recovery to a point in time and a final snapshot."
}

waive "CKV2_AWS_27" {
  when = ["minimal", "write-only-password", "global-database", "global-secondary"]
  why  = "log_statement writes the passwords of CREATE ROLE into the log as they are, so it is a choice of those who read the log: `parameters` sets it."
}

waive "CKV_AWS_139" {
  when = ["write-only-password"]
  why  = "The example is a cluster for development, which can be deleted."
}

waive "CKV_AWS_158" {
  when = ["minimal", "write-only-password", "global-database", "global-secondary"]
  why  = "A key that does not let CloudWatch Logs use it stops the log group from being made, so the key of the logs is named by `monitoring.log_kms_key_arn`; without one CloudWatch Logs encrypts them with its own."
}

waive "CKV_AWS_226" {
  why = "The version is `engine_version`: a minor version that RDS chose would be taken back by the next plan, which RDS refuses."
}
