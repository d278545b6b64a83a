variable "name" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "cidrs" {
  type = map(string)
}

variable "gateway_id" {
  type    = string
  default = null
}

variable "tags" {
  type = map(string)
}

resource "aws_subnet" "this" {
  for_each = var.cidrs

  vpc_id                  = var.vpc_id
  availability_zone       = each.key
  cidr_block              = each.value
  map_public_ip_on_launch = var.gateway_id != null
  tags                    = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_route_table" "this" {
  for_each = var.cidrs

  vpc_id = var.vpc_id
  tags   = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_route_table_association" "this" {
  for_each = var.cidrs

  subnet_id      = aws_subnet.this[each.key].id
  route_table_id = aws_route_table.this[each.key].id
}

output "subnet_ids" {
  value = { for az, subnet in aws_subnet.this : az => subnet.id }
}

output "route_table_ids" {
  value = { for az, table in aws_route_table.this : az => table.id }
}
