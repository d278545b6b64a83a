module "networking" {
  summary   = "One VPC: subnets keyed by tier and zone, NAT per zone, single or none."
  providers = ["aws"]
}

input "name" {
  type        = string
  description = "Name of the VPC and the beginning of every other name."
}

input "cidr" {
  type        = string
  description = "IPv4 range of the VPC, /16 to /28."
}

input "tiers" {
  type = map(object({
    route = string
    zones = map(string)
    tags  = optional(map(string), {})
  }))
  keys        = "static"
  description = "Tiers by name; `zones` maps a zone's name to its range, `route` is internet, nat or none."
}

feature "nat" {
  summary = "NAT gateways for tiers that reach the internet without being reached."

  input "nat" {
    type        = string
    default     = "none"
    keys        = "static"
    description = "NAT gateways: none, single or per_zone."
  }

  output "nat_addresses" {
    type        = map(string)
    description = "Public addresses of the NAT gateways by zone."
    value       = { for zone, address in aws_eip.nat : zone => address.public_ip }
  }
}

feature "flow_logs" {
  summary = "Flow logs of the whole VPC into a bucket."

  input "flow_logs" {
    type        = object({ bucket_arn = string })
    default     = null
    keys        = "static"
    description = "Bucket that takes the flow logs; null for none."
  }
}

output "vpc_id" {
  type        = string
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "subnet_ids" {
  type        = map(map(string))
  description = "Subnet ids by tier and zone."
  value       = { for name, tier in var.tiers : name => { for zone in keys(tier.zones) : zone => aws_subnet.this["${name}/${zone}"].id } }
}

example "minimal" {
  summary = "One public tier in one zone."
  inputs = {
    name  = "minimal"
    cidr  = "10.0.0.0/16"
    tiers = { public = { route = "internet", zones = { us-east-1a = "10.0.1.0/24" } } }
  }
}
