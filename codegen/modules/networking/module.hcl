module "networking" {
  summary   = "One VPC: subnets keyed by tier and zone, NAT per zone, single or none."
  providers = ["aws"]
}

input "name" {
  type        = string
  description = "Name of the VPC and the beginning of every other name."
  check {
    condition = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    message   = "name must be 1 to 40 small letters, digits and dashes, beginning with a letter."
    refuses   = ["Production", "1st", ""]
    accepts   = ["a", "techally-production"]
  }
}

input "cidr" {
  type        = string
  description = "IPv4 range of the VPC, /16 to /28."
  check {
    condition = can(cidrhost(var.cidr, 0))
    message   = "cidr must be an IPv4 range such as 10.0.0.0/16."
    refuses   = ["ten", "10.0.0.0/33"]
    accepts   = ["10.0.0.0/16"]
  }
}

input "tiers" {
  type = map(object({
    route = string
    zones = map(string)
    tags  = optional(map(string), {})
  }))
  keys        = "static"
  description = "Tiers by name; `zones` maps a zone's name to its range, `route` is internet, nat or none."
  check {
    condition = alltrue([for t in var.tiers : contains(["internet", "nat", "none"], t.route)])
    message   = "route must be internet, nat or none."
    refuses   = [{ a = { route = "vpn", zones = {} } }]
    accepts   = [{ a = { route = "none", zones = {} } }]
  }
  check {
    without   = "nat"
    condition = alltrue([for t in var.tiers : t.route != "nat"])
    message   = "route = \"nat\" needs the feature nat, which this copy of the module is without."
    refuses   = [{ a = { route = "nat", zones = {} } }]
    accepts   = [{}]
  }
}

feature "nat" {
  summary = "NAT gateways for tiers that reach the internet without being reached."

  input "nat" {
    type        = string
    default     = "none"
    keys        = "static"
    description = "NAT gateways: none, single or per_zone."
    check {
      condition = contains(["none", "single", "per_zone"], var.nat)
      message   = "nat must be none, single or per_zone."
      refuses   = ["both"]
      accepts   = ["single", "per_zone"]
    }
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
    check {
      condition = var.flow_logs == null ? true : can(regex("^arn:[^:]+:s3:::", var.flow_logs.bucket_arn))
      message   = "flow_logs.bucket_arn must be the ARN of a bucket."
      refuses   = [{ bucket_arn = "logs" }]
      accepts   = [{ bucket_arn = "arn:aws:s3:::logs" }]
    }
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

example "three-tiers" {
  summary = "Public, private and database tiers in two zones, with a NAT gateway in each."
  inputs = {
    name      = "three-tiers"
    cidr      = "10.0.0.0/16"
    nat       = "per_zone"
    flow_logs = { bucket_arn = "arn:aws:s3:::example-flow-logs" }
    tiers = {
      public   = { route = "internet", zones = { us-east-1a = "10.0.1.0/24", us-east-1b = "10.0.2.0/24" } }
      private  = { route = "nat", zones = { us-east-1a = "10.0.10.0/24", us-east-1b = "10.0.11.0/24" } }
      database = { route = "none", zones = { us-east-1a = "10.0.20.0/24", us-east-1b = "10.0.21.0/24" } }
    }
  }
}
