variable "name" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "group_ids" {
  type = list(string)
}

variable "settings" {
  type = any
}

variable "tags" {
  type = map(string)
}

resource "random_password" "this" {
  count = var.settings.password == null ? 1 : 0

  length  = 40
  special = false
}

locals {
  password = try(random_password.this[0].result, var.settings.password)
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_rds_cluster_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = "aurora-postgresql${split(".", var.settings.engine_version)[0]}"

  dynamic "parameter" {
    for_each = var.settings.parameters

    content {
      name  = parameter.key
      value = parameter.value
    }
  }
}

resource "aws_rds_cluster" "this" {
  cluster_identifier              = var.name
  engine                          = "aurora-postgresql"
  engine_version                  = var.settings.engine_version
  master_username                 = "root"
  master_password                 = local.password
  db_subnet_group_name            = aws_db_subnet_group.this.name
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.this.name
  vpc_security_group_ids          = var.group_ids
  storage_encrypted               = true
  final_snapshot_identifier       = "${var.name}-final"
  tags                            = var.tags

  serverlessv2_scaling_configuration {
    min_capacity = var.settings.min_capacity
    max_capacity = var.settings.max_capacity
  }
}

resource "aws_rds_cluster_instance" "this" {
  count = var.settings.instances

  identifier         = "${var.name}-${count.index}"
  cluster_identifier = aws_rds_cluster.this.id
  engine             = aws_rds_cluster.this.engine
  engine_version     = aws_rds_cluster.this.engine_version_actual
  instance_class     = "db.serverless"
  tags               = var.tags
}

output "endpoint" {
  value = "${aws_rds_cluster.this.endpoint}:${aws_rds_cluster.this.port}"
}

output "password" {
  value     = local.password
  sensitive = true

  precondition {
    condition     = length(local.password) > 30
    error_message = "A password has more than 30 characters."
  }
}
