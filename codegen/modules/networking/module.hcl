module "networking" {
  summary   = "One VPC: subnets by tier and zone, NAT per zone, single or none, endpoints, flow logs and security groups."
  about     = <<-TEXT
    A *tier* is a set of subnets with one purpose and one way out; it has a subnet and a route table in each zone that it names.
    Everything is keyed by tier and zone, so one more of either changes no other subnet.

    A zone's value is the range of its subnet, or the number of the part of the VPC's range that it takes: with `newbits = 8` the VPC is cut into parts that are 8 bits smaller, and `us-east-1a = 10` in 10.0.0.0/16 is 10.0.10.0/24.
    The same numbers serve in a second region, with another `cidr`.

    The default security group and the main route table are closed: what is attached to nothing else reaches nothing.
    The default network ACL stays as AWS made it, since every subnet is in it and its rules know no connections; security groups are what filters.

    Subnet ids are given out once a subnet's routes stand, so what is placed in one can reach the internet from its first packet.
  TEXT
  providers = ["aws"]
}

input "name" {
  type        = string
  description = "Name of the VPC and the beginning of every other name."
  check {
    condition = can(regex("^[a-z][a-z0-9-]{0,31}$", var.name)) && !startswith(var.name, "sg-")
    message   = "name must be 1 to 32 small letters, digits and dashes, beginning with a letter and not with sg-, which AWS keeps for ids."
    refuses   = ["Production", "1st", "", "sg-production", "abcdefghijklmnopqrstuvwxyz-123456"]
    accepts   = ["a", "abcdefghijklmnopqrstuvwxyz-12345"]
  }
}

input "cidr" {
  type        = string
  description = "IPv4 range of the VPC, /16 to /28."
  check {
    condition = can(regex("^[0-9.]+/(1[6-9]|2[0-8])$", var.cidr)) && try(cidrsubnet(var.cidr, 0, 0) == var.cidr, false)
    message   = "cidr must be an IPv4 range of /16 to /28 without host bits, such as 10.0.0.0/16."
    refuses   = ["ten", "10.0.0.0/33", "10.0.0.0/15", "10.0.0.0/29", "10.0.1.0/16", "fd00::/16"]
    accepts   = ["10.0.0.0/16", "192.168.255.240/28"]
    with      = { tiers = {} }
  }
}

input "tiers" {
  type = map(object({
    route                   = string
    zones                   = map(string)
    newbits                 = optional(number, 8)
    map_public_ip_on_launch = optional(bool, false)
    tags                    = optional(map(string), {})
  }))
  keys        = "static"
  description = "Tiers by name. `route` is where a default route leads: internet, nat or none. `zones` maps a zone's name to the range of its subnet, or to the number of its part of the VPC's range when that is cut into parts `newbits` smaller."
  check {
    condition = alltrue([
      for name, t in var.tiers : can(regex("^[a-z][a-z0-9-]{0,31}$", name)) &&
      alltrue([for zone in keys(t.zones) : can(regex("^[a-z]{2,}(-[a-z0-9]+)*-[0-9]+[a-z]$", zone))])
    ])
    message   = "a tier's name has up to 32 small letters, digits and dashes; a zone's name is one such as us-east-1a."
    refuses = [
      { Public = { route = "none", zones = {} } },
      { a = { route = "none", zones = { use1-az1 = "1" } } },
      { a = { route = "none", zones = { us-east-1 = "1" } } },
    ]
    accepts   = [{ a = { route = "none", zones = { us-gov-west-1a = "1", us-east-1-bos-1a = "2", eusc-de-east-1a = "3" } } }]
  }
  check {
    condition = alltrue([for t in var.tiers : contains(["internet", "nat", "none"], t.route)])
    message   = "route must be internet, nat or none."
    refuses   = [{ a = { route = "vpn", zones = {} } }]
    accepts   = [{ a = { route = "none", zones = {} } }]
  }
  check {
    condition = alltrue([for t in var.tiers : t.route == "internet" || !t.map_public_ip_on_launch])
    message   = "map_public_ip_on_launch needs route = \"internet\": elsewhere a public address leads nowhere."
    refuses   = [{ a = { route = "none", zones = {}, map_public_ip_on_launch = true } }]
    accepts   = [{ a = { route = "internet", zones = {}, map_public_ip_on_launch = true } }]
  }
  check {
    condition = alltrue(flatten([for t in var.tiers : [for range in values(t.zones) : [
      for cidr in [can(tonumber(range)) ? try(cidrsubnet(var.cidr, t.newbits, tonumber(range)), "") : range] :
      can(regex("^[0-9.]+/(1[6-9]|2[0-8])$", cidr)) && try(cidrsubnet(cidr, 0, 0) == cidr, false)
    ]]]))
    message = "each zone must have an IPv4 range of /16 to /28 without host bits, such as 10.0.1.0/24, or the number of a part of the VPC's range that is as large."
    refuses = [
      { a = { route = "none", zones = { us-east-1a = "10.0.1.1/24" } } },
      { a = { route = "none", zones = { us-east-1a = "10.0.1.0/29" } } },
      { a = { route = "none", zones = { us-east-1a = "" } } },
      { a = { route = "none", zones = { us-east-1a = "256" } } },
      { a = { route = "none", zones = { us-east-1a = "1" }, newbits = 13 } },
    ]
    accepts = [
      { a = { route = "none", zones = { us-east-1a = "10.0.1.0/28" } } },
      { a = { route = "none", zones = { us-east-1a = "255" } } },
      { a = { route = "none", zones = { us-east-1a = "4095" }, newbits = 12 } },
      { a = { route = "none", zones = { us-east-1a = "0" }, newbits = 0 } },
    ]
  }
  check {
    condition = alltrue(flatten([
      for ranges in [flatten([for t in var.tiers : [
        for range in values(t.zones) : can(tonumber(range)) ? try(cidrsubnet(var.cidr, t.newbits, tonumber(range)), range) : range
      ]])] :
      [for i, one in ranges : [
        for other in slice(ranges, i + 1, length(ranges)) : length(distinct([
          for range in [one, other] : try(cidrhost("${split("/", range)[0]}/${min(split("/", one)[1], split("/", other)[1])}", 0), range)
        ])) == 2
      ]]
    ]))
    message = "the ranges of two subnets overlap."
    refuses = [
      { a = { route = "none", zones = { us-east-1a = "10.0.1.0/24", us-east-1b = "10.0.1.128/25" } } },
      { a = { route = "none", zones = { us-east-1a = "1" } }, b = { route = "none", zones = { us-east-1a = "0" }, newbits = 7 } },
      { a = { route = "none", zones = { us-east-1a = "1", us-east-1b = "10.0.1.0/24" } } },
    ]
    accepts = [{ a = { route = "none", zones = { us-east-1a = "10.0.0.0/25", us-east-1b = "10.0.0.128/25" } }, b = { route = "none", zones = { us-east-1a = "1" } } }]
  }
  check {
    without = "secondary_cidrs"
    condition = alltrue([
      for range in flatten([for t in var.tiers : values(t.zones)]) : can(tonumber(range)) ? true : try(
        split("/", range)[1] >= split("/", var.cidr)[1] && cidrhost("${split("/", range)[0]}/${split("/", var.cidr)[1]}", 0) == cidrhost(var.cidr, 0), false
      )
    ])
    message = "each subnet must lie in the VPC's range."
    refuses = [{ a = { route = "none", zones = { us-east-1a = "10.1.0.0/24" } } }]
    accepts = [{ a = { route = "none", zones = { us-east-1a = "10.0.0.0/16" } } }]
  }
  check {
    feature = "secondary_cidrs"
    condition = alltrue([
      for range in flatten([for t in var.tiers : values(t.zones)]) : can(tonumber(range)) ? true : anytrue([
        for cidr in concat([var.cidr], tolist(var.secondary_cidrs)) : try(
          split("/", range)[1] >= split("/", cidr)[1] && cidrhost("${split("/", range)[0]}/${split("/", cidr)[1]}", 0) == cidrhost(cidr, 0), false
        )
      ])
    ])
    message = "each subnet must lie in one of the VPC's ranges."
    refuses = [{ a = { route = "none", zones = { us-east-1a = "10.1.0.0/24" } } }, { a = { route = "none", zones = { us-east-1a = "100.65.0.0/24" } } }]
    accepts = [{ a = { route = "none", zones = { us-east-1a = "10.0.0.0/16" } } }, { a = { route = "none", zones = { us-east-1a = "100.64.0.0/16" } } }]
    with    = { secondary_cidrs = ["100.64.0.0/16"] }
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
    description = "NAT gateways: none, single, or per_zone for one in each zone of a tier with the route nat."
    check {
      condition = contains(["none", "single", "per_zone"], var.nat)
      message   = "nat must be none, single or per_zone."
      refuses   = ["both"]
      accepts   = ["none", "single", "per_zone"]
    }
    check {
      condition = var.nat != "none" || alltrue([for t in var.tiers : t.route != "nat" || length(t.zones) == 0])
      message   = "a tier has the route nat, and nat is none: it must be single or per_zone."
      refuses   = ["none"]
      accepts   = ["single", "per_zone"]
      with      = { tiers = { public = { route = "internet", zones = { us-east-1a = "1" } }, private = { route = "nat", zones = { us-east-1a = "2" } } } }
    }
    check {
      condition = var.nat == "none" || var.nat_tier != null || length([for t in var.tiers : t if t.route == "internet"]) < 2
      message   = "several tiers have the route internet: nat_tier must name the one that holds the NAT gateways."
      refuses   = ["single", "per_zone"]
      accepts   = ["none"]
      with      = { tiers = { public = { route = "internet", zones = { us-east-1a = "1" } }, edge = { route = "internet", zones = { us-east-1a = "2" } } } }
    }
    check {
      condition = var.nat != "per_zone" || length(setsubtract(
        flatten([for t in var.tiers : keys(t.zones) if t.route == "nat"]),
        flatten([for name, t in var.tiers : keys(t.zones) if t.route == "internet" && coalesce(var.nat_tier, name) == name])
      )) == 0
      message = "nat = \"per_zone\" needs a subnet of the internet tier in every zone of a tier with the route nat."
      refuses = ["per_zone"]
      accepts = ["single"]
      with    = { tiers = { public = { route = "internet", zones = { us-east-1a = "1" } }, private = { route = "nat", zones = { us-east-1b = "2" } } } }
    }
    check {
      condition = var.nat == "none" || length(flatten([
        for name, t in var.tiers : keys(t.zones) if t.route == "internet" && coalesce(var.nat_tier, name) == name
      ])) > 0
      message = "nat needs a tier with the route internet that has a subnet to hold a gateway."
      refuses = ["single", "per_zone"]
      accepts = ["none"]
      with    = { tiers = { private = { route = "nat", zones = {} } } }
    }
  }

  input "nat_tier" {
    type        = string
    default     = null
    keys        = "static"
    description = "Tier whose subnets hold the NAT gateways; null for the only one with the route internet."
    check {
      condition = var.nat_tier == null ? true : contains([for name, t in var.tiers : name if t.route == "internet"], var.nat_tier)
      message   = "nat_tier must name a tier with the route internet."
      refuses   = ["private"]
      accepts   = ["public"]
    }
  }

  input "nat_zone" {
    type        = string
    default     = null
    keys        = "static"
    description = "Zone of the single NAT gateway; null for the first zone by name. Name it where an earlier zone may be added, which would move the gateway and its address."
    check {
      condition = var.nat_zone == null ? true : contains(flatten([for name, t in var.tiers : keys(t.zones) if t.route == "internet" && coalesce(var.nat_tier, name) == name]), var.nat_zone)
      message   = "nat_zone must be a zone of the tier that holds the NAT gateways."
      refuses   = ["us-east-1b"]
      accepts   = ["us-east-1a"]
      with      = { nat_tier = "public", tiers = { public = { route = "internet", zones = { us-east-1a = "1" } }, edge = { route = "internet", zones = { us-east-1b = "2" } } } }
    }
  }

  input "nat_allocation_ids" {
    type        = map(string)
    default     = {}
    keys        = "static"
    description = "Allocation ids of elastic IP addresses that NAT gateways take, by zone, where others know them; the module allocates the rest."
    check {
      condition = alltrue([for id in var.nat_allocation_ids : startswith(id, "eipalloc-")])
      message   = "nat_allocation_ids must be ids of elastic IP addresses, which begin with eipalloc-."
      refuses   = [{ us-east-1a = "203.0.113.7" }]
      accepts   = [{ us-east-1a = "eipalloc-0123456789abcdef0" }]
    }
    check {
      condition = length(setsubtract(keys(var.nat_allocation_ids), flatten([for t in var.tiers : keys(t.zones) if t.route == "internet"]))) == 0
      message   = "nat_allocation_ids must name zones of a tier with the route internet."
      refuses   = [{ us-east-1f = "eipalloc-0123456789abcdef0" }]
      accepts   = [{ us-east-1a = "eipalloc-0123456789abcdef0" }]
    }
  }

  output "nat_addresses" {
    type        = map(string)
    description = "Public addresses of the NAT gateways by zone."
    value       = { for zone, gateway in aws_nat_gateway.this : zone => gateway.public_ip }
  }
}

feature "endpoints" {
  summary = "Endpoints that keep traffic to AWS services and partners inside of the VPC."

  input "endpoints" {
    type = map(object({
      type                = optional(string, "Interface")
      service_name        = optional(string)
      tiers               = optional(set(string))
      zones               = optional(set(string))
      private_dns_enabled = optional(bool, true)
      policy              = optional(string)
    }))
    default     = {}
    keys        = "static"
    description = "Endpoints by service, as in s3 or ecr.api; `service_name` is the whole name where that is not com.amazonaws, the region and the key, joined by dots. A Gateway serves the route tables of its `tiers`, by default of all; an Interface is in the subnets of its `tiers`, one in a zone, or in those of its `zones` only, and admits HTTPS from the VPC. `policy` is a JSON document; by default all is allowed that the caller may do."
    check {
      condition = alltrue([for e in var.endpoints : contains(["Gateway", "Interface"], e.type)])
      message   = "type must be Gateway or Interface."
      refuses   = [{ s3 = { type = "gateway" } }]
      accepts   = [{ s3 = { type = "Gateway" } }, { "ecr.api" = { tiers = ["public"] } }]
    }
    check {
      condition = alltrue([for name, e in var.endpoints : e.type != "Gateway" || can(regex("(^|\\.)(s3|s3express|dynamodb)$", coalesce(e.service_name, name)))])
      message   = "only s3, s3express and dynamodb have endpoints of the type Gateway."
      refuses   = [{ sqs = { type = "Gateway" } }]
      accepts   = [{ s3 = { type = "Gateway" }, s3express = { type = "Gateway" }, tables = { type = "Gateway", service_name = "com.amazonaws.us-east-1.dynamodb" } }]
    }
    check {
      condition = alltrue([for e in var.endpoints : e.tiers == null ? true : length(setsubtract(e.tiers, keys(var.tiers))) == 0])
      message   = "tiers must name tiers of this VPC."
      refuses   = [{ sqs = { tiers = ["private"] } }]
      accepts   = [{ sqs = { tiers = ["public"] } }]
    }
    check {
      condition = alltrue([for e in var.endpoints : e.zones == null ? true : e.type == "Interface" && length(setsubtract(
        e.zones, flatten([for tier in coalesce(e.tiers, []) : try(keys(var.tiers[tier].zones), [])])
      )) == 0])
      message = "zones is for endpoints of the type Interface, and names zones of their tiers."
      refuses = [{ s3 = { type = "Gateway", zones = ["us-east-1a"] } }, { sqs = { tiers = ["public"], zones = ["us-east-1f"] } }]
      accepts = [{ sqs = { tiers = ["public"], zones = ["us-east-1a"] } }]
    }
    check {
      condition = alltrue([for e in var.endpoints : e.type != "Interface" || alltrue([
        for zones in [flatten([for tier in coalesce(e.tiers, []) : try([for zone in keys(var.tiers[tier].zones) : zone if e.zones == null ? true : contains(e.zones, zone)], [])])] :
        length(zones) > 0 && length(zones) == length(distinct(zones))
      ])])
      message = "an endpoint of the type Interface needs tiers that have subnets, and no more than one in a zone."
      refuses = [{ sqs = {} }, { sqs = { tiers = [] } }, { sqs = { tiers = ["public"], zones = [] } }, { sqs = { tiers = ["public", "private"] } }]
      accepts = [{ sqs = { tiers = ["public"] } }, { sqs = { tiers = ["public", "private"], zones = ["us-east-1b"] } }]
      with    = { tiers = { public = { route = "internet", zones = { us-east-1a = "1" } }, private = { route = "none", zones = { us-east-1a = "2", us-east-1b = "3" } } } }
    }
    check {
      condition = alltrue([for name, e in var.endpoints : e.type != "Interface" || !e.private_dns_enabled || !can(regex("(^|\\.)s3$", coalesce(e.service_name, name)))])
      message   = "s3 has endpoints of the type Interface only with private_dns_enabled = false: EC2 refuses the private name unless there is a Gateway already. Inside of the VPC a Gateway does."
      refuses   = [{ s3 = { tiers = ["public"] } }, { buckets = { tiers = ["public"], service_name = "com.amazonaws.us-east-1.s3" } }]
      accepts   = [{ s3 = { tiers = ["public"], private_dns_enabled = false } }, { s3tables = { tiers = ["public"] } }]
    }
    check {
      condition = alltrue([for e in var.endpoints : e.policy == null ? true : can(jsondecode(e.policy).Statement)])
      message   = "policy must be a policy document in JSON."
      refuses   = [{ s3 = { type = "Gateway", policy = "allow" } }]
      accepts   = [{ s3 = { type = "Gateway", policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" } }]
    }
  }

  output "endpoint_ids" {
    type        = map(string)
    description = "Ids of the endpoints by the name of their service."
    value       = { for name, endpoint in aws_vpc_endpoint.this : name => endpoint.id }
  }
}

feature "flow_logs" {
  summary = "Flow logs of the whole VPC into a bucket or a log group."

  input "flow_logs" {
    type = object({
      bucket_arn = optional(string)
      prefix     = optional(string)
      log_group = optional(object({
        retention_in_days = optional(number, 365)
        kms_key_arn       = optional(string)
      }))
      traffic_type             = optional(string, "ALL")
      max_aggregation_interval = optional(number, 600)
      fields                   = optional(list(string), [])
      destination_options = optional(object({
        file_format                = optional(string, "plain-text")
        hive_compatible_partitions = optional(bool, false)
        per_hour_partition         = optional(bool, false)
      }), {})
    })
    default     = null
    keys        = "static"
    description = "Flow logs, into the bucket `bucket_arn` below `prefix`, to which the policy of the bucket must admit delivery.logs.amazonaws.com beforehand, or EC2 writes one of its own over it, or into a `log_group` of the module; null for none. `fields` are those of the log format, as in srcaddr, by default those of AWS's version 2; `destination_options` say how objects in the bucket are written: plain-text or parquet, and in what folders."
    check {
      condition = var.flow_logs == null ? true : (var.flow_logs.bucket_arn == null) != (var.flow_logs.log_group == null)
      message   = "flow_logs takes either bucket_arn or log_group."
      refuses   = [{}, { bucket_arn = "arn:aws:s3:::logs", log_group = {} }]
      accepts   = [{ bucket_arn = "arn:aws:s3:::logs" }, { log_group = {} }]
    }
    check {
      condition = try(var.flow_logs.bucket_arn, null) == null ? true : can(regex("^arn:[^:]+:s3:::[^/]+$", var.flow_logs.bucket_arn))
      message   = "flow_logs.bucket_arn must be the ARN of a bucket."
      refuses   = [{ bucket_arn = "logs" }, { bucket_arn = "arn:aws:s3:::logs/vpc" }]
      accepts   = [{ bucket_arn = "arn:aws-us-gov:s3:::logs" }]
    }
    check {
      condition = try(var.flow_logs.prefix, null) == null ? true : var.flow_logs.log_group == null && can(regex("^[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$", var.flow_logs.prefix)) && !startswith(var.flow_logs.prefix, "AWSLogs")
      message   = "flow_logs.prefix is of objects in a bucket: names between slashes, the first one not AWSLogs, which the service adds."
      refuses   = [{ bucket_arn = "arn:aws:s3:::logs", prefix = "/vpc" }, { bucket_arn = "arn:aws:s3:::logs", prefix = "vpc/" }, { bucket_arn = "arn:aws:s3:::logs", prefix = "AWSLogs" }, { log_group = {}, prefix = "vpc" }]
      accepts   = [{ bucket_arn = "arn:aws:s3:::logs", prefix = "network/flow-logs" }]
    }
    check {
      condition = var.flow_logs == null ? true : contains(["ALL", "ACCEPT", "REJECT"], var.flow_logs.traffic_type)
      message   = "flow_logs.traffic_type must be ALL, ACCEPT or REJECT."
      refuses   = [{ log_group = {}, traffic_type = "all" }]
      accepts   = [{ log_group = {}, traffic_type = "ACCEPT" }, { log_group = {}, traffic_type = "REJECT" }]
    }
    check {
      condition = var.flow_logs == null ? true : contains([60, 600], var.flow_logs.max_aggregation_interval)
      message   = "flow_logs.max_aggregation_interval must be 60 or 600 seconds."
      refuses   = [{ log_group = {}, max_aggregation_interval = 300 }]
      accepts   = [{ log_group = {}, max_aggregation_interval = 60 }]
    }
    check {
      condition = var.flow_logs == null ? true : alltrue([for field in var.flow_logs.fields : can(regex("^[a-z][a-z0-9-]*$", field))])
      message   = "flow_logs.fields must be names of fields such as pkt-srcaddr, without $ and braces."
      refuses   = [{ log_group = {}, fields = ["$${srcaddr}"] }]
      accepts   = [{ log_group = {}, fields = ["version", "pkt-srcaddr"] }]
    }
    check {
      condition = var.flow_logs == null ? true : contains(["plain-text", "parquet"], var.flow_logs.destination_options.file_format)
      message   = "flow_logs.destination_options.file_format must be plain-text or parquet."
      refuses   = [{ bucket_arn = "arn:aws:s3:::logs", destination_options = { file_format = "csv" } }]
      accepts   = [{ bucket_arn = "arn:aws:s3:::logs", destination_options = { file_format = "parquet" } }]
    }
    check {
      condition = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], try(var.flow_logs.log_group.retention_in_days, 365))
      message   = "flow_logs.log_group.retention_in_days must be one of those that CloudWatch offers, such as 30, 90, 365 or 731; 0 keeps all."
      refuses   = [{ log_group = { retention_in_days = 100 } }]
      accepts   = [{ log_group = { retention_in_days = 1 } }, { log_group = { retention_in_days = 3653 } }]
    }
  }
}

feature "security_groups" {
  summary = "Security groups with described rules."

  input "security_groups" {
    type = map(object({
      description = string
      ingress = optional(map(object({
        description                  = string
        ip_protocol                  = optional(string, "tcp")
        from_port                    = optional(number)
        to_port                      = optional(number)
        cidr_ipv4                    = optional(string)
        cidr_ipv6                    = optional(string)
        prefix_list_id               = optional(string)
        security_group               = optional(string)
        referenced_security_group_id = optional(string)
      })), {})
      egress = optional(map(object({
        description                  = string
        ip_protocol                  = optional(string, "tcp")
        from_port                    = optional(number)
        to_port                      = optional(number)
        cidr_ipv4                    = optional(string)
        cidr_ipv6                    = optional(string)
        prefix_list_id               = optional(string)
        security_group               = optional(string)
        referenced_security_group_id = optional(string)
      })), {})
      tags = optional(map(string), {})
    }))
    default     = {}
    keys        = "static"
    description = "Security groups by name, with rules by name. A rule has one peer: a range, a prefix list, a `security_group` of this input by its name (its own too), or another group by its id. `to_port` is `from_port` unless it is given. Without rules a group lets nothing in and nothing out."
    check {
      condition = alltrue([for name, g in var.security_groups : can(regex("^[a-z][a-z0-9-]{0,63}$", name)) && alltrue([for rule in concat(keys(g.ingress), keys(g.egress)) : can(regex("^[a-z0-9][a-z0-9_.-]*$", rule))])])
      message   = "names of security groups and rules have small letters, digits and dashes."
      refuses   = [{ ALB = { description = "x" } }, { alb = { description = "x", ingress = { "all/https" = { description = "x", from_port = 443, cidr_ipv4 = "10.0.0.0/8" } } } }]
      accepts   = [{ alb = { description = "x", ingress = { https-v4 = { description = "x", from_port = 443, cidr_ipv4 = "10.0.0.0/8" } } } }]
    }
    check {
      condition = alltrue([
        for text in flatten([for g in var.security_groups : [g.description, values(g.ingress)[*].description, values(g.egress)[*].description]]) :
        can(regex("^[a-zA-Z0-9 ._:/()#,@+=&;{}!$*\\[\\]-]{1,255}$", text))
      ])
      message = "descriptions of security groups and rules have 1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*"
      refuses = [{ a = { description = "" } }, { a = { description = "what's this" } }, { a = { description = "x", egress = { all = { description = "a > b", ip_protocol = "-1", cidr_ipv4 = "10.0.0.0/8" } } } }]
      accepts = [{ a = { description = "Load balancers (port 443), [a]:b" } }]
    }
    check {
      condition = alltrue([
        for r in flatten([for g in var.security_groups : [values(g.ingress), values(g.egress)]]) :
        length([for peer in [r.cidr_ipv4, r.cidr_ipv6, r.prefix_list_id, r.security_group, r.referenced_security_group_id] : peer if peer != null]) == 1
      ])
      message = "a rule needs one of cidr_ipv4, cidr_ipv6, prefix_list_id, security_group and referenced_security_group_id."
      refuses = [
        { a = { description = "x", ingress = { r = { description = "x", from_port = 1 } } } },
        { a = { description = "x", egress = { r = { description = "x", from_port = 1, cidr_ipv4 = "10.0.0.0/8", security_group = "a" } } } },
      ]
      accepts = [
        { a = { description = "x", ingress = { r = { description = "x", from_port = 1, cidr_ipv6 = "fd00::/8" } } } },
        { a = { description = "x", ingress = { r = { description = "x", from_port = 1, prefix_list_id = "pl-63a5400a" } } } },
        { a = { description = "x", ingress = { r = { description = "x", from_port = 1, security_group = "a" } } } },
        { a = { description = "x", ingress = { r = { description = "x", from_port = 1, referenced_security_group_id = "sg-0123456789abcdef0" } } } },
      ]
    }
    check {
      condition = alltrue([
        for r in flatten([for g in var.security_groups : [values(g.ingress), values(g.egress)]]) :
        r.security_group == null ? true : contains(keys(var.security_groups), r.security_group)
      ])
      message = "security_group must name a security group of this input."
      refuses = [{ a = { description = "x", ingress = { r = { description = "x", from_port = 1, security_group = "b" } } } }]
      accepts = [{ a = { description = "x", ingress = { r = { description = "x", from_port = 1, security_group = "b" } } }, b = { description = "x" } }]
    }
    check {
      condition = alltrue([
        for r in flatten([for g in var.security_groups : [values(g.ingress), values(g.egress)]]) :
        (r.cidr_ipv4 == null ? true : can(regex("^[0-9.]+/", r.cidr_ipv4)) && try(cidrsubnet(r.cidr_ipv4, 0, 0) == r.cidr_ipv4, false)) &&
        (r.cidr_ipv6 == null ? true : can(regex(":", r.cidr_ipv6)) && try(cidrsubnet(r.cidr_ipv6, 0, 0) == r.cidr_ipv6, false))
      ])
      message = "cidr_ipv4 and cidr_ipv6 must be ranges of their kind without host bits."
      refuses = [
        { a = { description = "x", ingress = { r = { description = "x", from_port = 1, cidr_ipv4 = "10.0.0.1/8" } } } },
        { a = { description = "x", ingress = { r = { description = "x", from_port = 1, cidr_ipv6 = "10.0.0.0/8" } } } },
        { a = { description = "x", ingress = { r = { description = "x", from_port = 1, cidr_ipv6 = "FD00::/8" } } } },
      ]
      accepts = [{ a = { description = "x", ingress = { r = { description = "x", from_port = 1, cidr_ipv4 = "10.0.0.1/32" } } } }]
    }
    check {
      condition = alltrue([
        for r in flatten([for g in var.security_groups : [values(g.ingress), values(g.egress)]]) :
        contains(["tcp", "udp", "icmp", "icmpv6", "-1"], r.ip_protocol)
      ])
      message = "ip_protocol must be tcp, udp, icmp, icmpv6, or -1 for all."
      refuses = [{ a = { description = "x", egress = { r = { description = "x", ip_protocol = "all", cidr_ipv4 = "10.0.0.0/8" } } } }]
      accepts = [
        { a = { description = "x", egress = { r = { description = "x", ip_protocol = "-1", cidr_ipv4 = "10.0.0.0/8" } } } },
        { a = { description = "x", egress = { r = { description = "x", ip_protocol = "icmp", cidr_ipv4 = "10.0.0.0/8" } } } },
      ]
    }
    check {
      condition = alltrue([
        for r in flatten([for g in var.security_groups : [values(g.ingress), values(g.egress)]]) :
        r.ip_protocol == "-1" ? r.from_port == null && r.to_port == null : startswith(r.ip_protocol, "icmp") ? true :
        try(r.from_port >= 0 && coalesce(r.to_port, r.from_port) >= r.from_port && coalesce(r.to_port, r.from_port) <= 65535, false)
      ])
      message = "a rule for tcp or udp needs from_port, up to to_port, of 0 to 65535; a rule for all protocols takes no ports."
      refuses = [
        { a = { description = "x", egress = { r = { description = "x", cidr_ipv4 = "10.0.0.0/8" } } } },
        { a = { description = "x", egress = { r = { description = "x", from_port = 2, to_port = 1, cidr_ipv4 = "10.0.0.0/8" } } } },
        { a = { description = "x", egress = { r = { description = "x", from_port = 65536, cidr_ipv4 = "10.0.0.0/8" } } } },
        { a = { description = "x", egress = { r = { description = "x", ip_protocol = "-1", from_port = 0, cidr_ipv4 = "10.0.0.0/8" } } } },
      ]
      accepts = [{ a = { description = "x", egress = { r = { description = "x", from_port = 0, to_port = 65535, cidr_ipv4 = "10.0.0.0/8" } } } }]
    }
    check {
      condition = alltrue([
        for r in flatten([for g in var.security_groups : values(g.ingress)]) :
        !contains(["0.0.0.0/0", "::/0"], coalesce(r.cidr_ipv4, r.cidr_ipv6, "none")) || (contains(["tcp", "udp"], r.ip_protocol) && alltrue([
          for port in [22, 3389] : try(port < r.from_port || port > coalesce(r.to_port, r.from_port), true)
        ])) || startswith(r.ip_protocol, "icmp")
      ])
      message = "SSH (22) and RDP (3389) must not be open to the whole internet; use Session Manager or name the ranges."
      refuses = [
        { a = { description = "x", ingress = { r = { description = "x", from_port = 22, cidr_ipv4 = "0.0.0.0/0" } } } },
        { a = { description = "x", ingress = { r = { description = "x", from_port = 3000, to_port = 4000, cidr_ipv6 = "::/0" } } } },
        { a = { description = "x", ingress = { r = { description = "x", ip_protocol = "-1", cidr_ipv4 = "0.0.0.0/0" } } } },
      ]
      accepts = [
        { a = { description = "x", ingress = { r = { description = "x", from_port = 443, cidr_ipv4 = "0.0.0.0/0" } } } },
        { a = { description = "x", ingress = { r = { description = "x", from_port = 22, cidr_ipv4 = "203.0.113.0/24" } } } },
      ]
    }
  }

  output "security_group_ids" {
    type        = map(string)
    description = "Ids of the security groups by name."
    value       = { for name, group in aws_security_group.this : name => group.id }
  }
}

feature "secondary_cidrs" {
  summary = "Further ranges of the VPC, as for pods that would use up the first one."

  input "secondary_cidrs" {
    type        = set(string)
    default     = []
    keys        = "static"
    description = "Further IPv4 ranges of the VPC, /16 to /28, in which tiers may have subnets."
    check {
      condition = alltrue([for cidr in var.secondary_cidrs : can(regex("^[0-9.]+/(1[6-9]|2[0-8])$", cidr)) && try(cidrsubnet(cidr, 0, 0) == cidr, false)])
      message   = "secondary_cidrs must be IPv4 ranges of /16 to /28 without host bits, such as 100.64.0.0/16."
      refuses   = [["100.64.0.0/10"], ["100.64.0.1/16"], ["100.64.0.0/29"]]
      accepts   = [["100.64.0.0/16", "100.65.0.0/28"]]
    }
  }
}

output "vpc_id" {
  type        = string
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "cidr" {
  type        = string
  description = "IPv4 range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "subnet_ids" {
  type        = map(map(string))
  description = "Subnet ids by tier and zone, once the subnets' routes stand."
  value       = { for name, tier in var.tiers : name => { for zone in keys(tier.zones) : zone => aws_route_table_association.this["${name}/${zone}"].subnet_id } }
}

output "subnet_cidrs" {
  type        = map(map(string))
  description = "IPv4 ranges of the subnets by tier and zone."
  value       = { for name, tier in var.tiers : name => { for zone in keys(tier.zones) : zone => aws_subnet.this["${name}/${zone}"].cidr_block } }
}

output "route_table_ids" {
  type        = map(map(string))
  description = "Ids of the subnets' route tables by tier and zone."
  value       = { for name, tier in var.tiers : name => { for zone in keys(tier.zones) : zone => aws_route_table.this["${name}/${zone}"].id } }
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
  summary = "Public, private and database tiers in three zones with a NAT gateway in each, endpoints, security groups, and flow logs into a bucket."
  inputs = {
    name = "three-tiers"
    cidr = "10.0.0.0/16"
    nat  = "per_zone"
    tiers = {
      public = {
        route = "internet"
        zones = { us-east-1a = "10.0.1.0/24", us-east-1b = "10.0.2.0/24", us-east-1c = "10.0.3.0/24" }
        tags  = { "kubernetes.io/role/elb" = "1" }
      }
      private = {
        route = "nat"
        zones = { us-east-1a = "10.0.10.0/24", us-east-1b = "10.0.11.0/24", us-east-1c = "10.0.12.0/24" }
        tags  = { "kubernetes.io/role/internal-elb" = "1" }
      }
      database = {
        route = "none"
        zones = { us-east-1a = "10.0.20.0/24", us-east-1b = "10.0.21.0/24", us-east-1c = "10.0.22.0/24" }
      }
    }
    endpoints = {
      s3        = { type = "Gateway" }
      dynamodb  = { type = "Gateway", tiers = ["private"] }
      "ecr.api" = { tiers = ["private"] }
      "ecr.dkr" = { tiers = ["private"] }
    }
    flow_logs = { bucket_arn = "arn:aws:s3:::example-logs", prefix = "flow-logs", destination_options = { file_format = "parquet", per_hour_partition = true } }
    security_groups = {
      alb = {
        description = "Load balancers"
        ingress = {
          http  = { description = "HTTP, redirected to HTTPS", from_port = 80, cidr_ipv4 = "0.0.0.0/0" }
          https = { description = "HTTPS from everywhere", from_port = 443, cidr_ipv4 = "0.0.0.0/0" }
        }
        egress = {
          nodes = { description = "To the nodes", from_port = 0, to_port = 65535, security_group = "nodes" }
        }
      }
      nodes = {
        description = "Nodes of the cluster"
        ingress = {
          alb  = { description = "From the load balancers", from_port = 0, to_port = 65535, security_group = "alb" }
          self = { description = "Between nodes", from_port = 0, to_port = 65535, security_group = "nodes" }
        }
        egress = {
          database = { description = "To the database", from_port = 5432, security_group = "database" }
          https    = { description = "To registries and APIs", from_port = 443, cidr_ipv4 = "0.0.0.0/0" }
          self     = { description = "Between nodes", from_port = 0, to_port = 65535, security_group = "nodes" }
        }
      }
      database = {
        description = "Databases"
        ingress     = { nodes = { description = "PostgreSQL from the nodes", from_port = 5432, security_group = "nodes" } }
      }
    }
  }
}

example "numbered" {
  summary = "Ranges computed from numbers, a second range for pods, one NAT gateway with an address of one's own, endpoints with zones and policy, and flow logs into an encrypted log group."
  inputs = {
    name     = "numbered"
    cidr     = "10.1.0.0/16"
    nat      = "single"
    nat_tier = "public"
    nat_zone = "us-east-1b"

    nat_allocation_ids = { us-east-1b = "eipalloc-0123456789abcdef0" }
    secondary_cidrs    = ["100.64.0.0/16"]
    tiers = {
      public  = { route = "internet", zones = { us-east-1a = "1", us-east-1b = "2" } }
      edge    = { route = "internet", zones = { us-east-1a = "3", us-east-1b = "4" } }
      private = { route = "nat", newbits = 4, zones = { us-east-1a = "1", us-east-1b = "2", us-east-1c = "3" } }
      pods    = { route = "nat", zones = { us-east-1a = "100.64.0.0/18", us-east-1b = "100.64.64.0/18", us-east-1c = "100.64.128.0/18" } }
    }
    endpoints = {
      sqs = { tiers = ["private"], zones = ["us-east-1a", "us-east-1b"] }
      images = {
        type         = "Gateway"
        service_name = "com.amazonaws.us-east-1.s3"
        tiers        = ["private", "pods"]
        policy       = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*\"}]}"
      }
    }
    flow_logs = {
      log_group                = { kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef" }
      traffic_type             = "REJECT"
      max_aggregation_interval = 60
      fields                   = ["version", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "action", "pkt-srcaddr", "pkt-dstaddr"]
    }
  }
}

example "isolated" {
  summary = "A private tier without a way to the internet: endpoints are the way to AWS."
  inputs = {
    name  = "isolated"
    cidr  = "10.3.0.0/16"
    tiers = { private = { route = "none", zones = { us-east-1a = "10.3.1.0/24", us-east-1b = "10.3.2.0/24" } } }
    endpoints = {
      s3  = { type = "Gateway", tiers = ["private"] }
      sts = { tiers = ["private"] }
    }
  }
}

waive "CKV2_AWS_11" {
  when = ["minimal", "isolated"]
  why  = "The smallest calls leave flow logs out; where they go is for the caller to say."
}

waive "CKV2_AWS_5" {
  when = ["three-tiers"]
  why  = "The groups are for load balancers, nodes and databases that other modules make."
}

waive "CKV_AWS_260" {
  when = ["three-tiers"]
  why  = "A public load balancer answers port 80 with a redirect to HTTPS."
}
