variable "name" {
  type = string
}

variable "cidr" {
  type = string
}

variable "azs" {
  type = list(string)
}

variable "tiers" {
  type = any
}

variable "create_flow_logs" {
  type = bool
}

variable "ingress_rules" {
  type = any
}

variable "tags" {
  type = map(string)
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  tags                 = var.tags
}

resource "aws_internet_gateway" "this" {
  count = anytrue([for tier in var.tiers : tier.public]) ? 1 : 0

  vpc_id = aws_vpc.this.id
  tags   = var.tags
}

module "tier" {
  source   = "./modules/tier"
  for_each = var.tiers

  name       = "${var.name}-${each.key}"
  vpc_id     = aws_vpc.this.id
  cidrs      = { for index, az in var.azs : az => cidrsubnet(var.cidr, 8, each.value.offset + index) }
  gateway_id = each.value.public ? aws_internet_gateway.this[0].id : null
  tags       = merge(var.tags, each.value.tags)
}

resource "aws_eip" "nat" {
  for_each = toset(var.azs)

  domain = "vpc"
  tags   = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_nat_gateway" "this" {
  for_each = aws_eip.nat

  allocation_id = each.value.id
  subnet_id     = module.tier["public"].subnet_ids[each.key]
  tags          = each.value.tags
}

resource "aws_route" "nat" {
  for_each = { for pair in setproduct([for name, tier in var.tiers : name if !tier.public], var.azs) : "${pair[0]}/${pair[1]}" => pair }

  route_table_id         = module.tier[each.value[0]].route_table_ids[each.value[1]]
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[each.value[1]].id

  timeouts {
    create = "5m"
  }
}

resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  vpc_id      = aws_vpc.this.id

  dynamic "ingress" {
    for_each = { for rule in var.ingress_rules : rule.port => rule }
    iterator = rule

    content {
      from_port       = rule.key
      to_port         = rule.key
      protocol        = "tcp"
      description     = rule.value.description
      cidr_blocks     = rule.value.cidr == null ? null : [rule.value.cidr]
      security_groups = rule.value.group == null ? null : [rule.value.group]
    }
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "flow_logs" {
  count = var.create_flow_logs ? 1 : 0

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.flow_logs[0].arn}:*"]
  }
}

module "flow_logs_role" {
  source = "../role"
  count  = var.create_flow_logs ? 1 : 0

  name          = "${var.name}-flow-logs"
  services      = ["vpc-flow-logs.amazonaws.com"]
  create_policy = true
  policy        = data.aws_iam_policy_document.flow_logs[0].json
}

resource "aws_cloudwatch_log_group" "flow_logs" {
  count = var.create_flow_logs ? 1 : 0

  name              = "/vpc/${var.name}"
  retention_in_days = 30
}

resource "aws_flow_log" "this" {
  count = var.create_flow_logs ? 1 : 0

  vpc_id          = aws_vpc.this.id
  traffic_type    = "ALL"
  iam_role_arn    = module.flow_logs_role[0].arn
  log_destination = aws_cloudwatch_log_group.flow_logs[0].arn
}

output "vpc_id" {
  value = aws_vpc.this.id
}

output "subnet_ids" {
  value = { for name, tier in module.tier : name => values(tier.subnet_ids) }
}

output "security_group_id" {
  value = aws_security_group.this.id
}
