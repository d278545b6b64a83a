module "label" {
  source = "../labels"

  namespace = var.namespace
  name      = var.name
  tags      = var.tags
}

data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_region" "current" {}

resource "random_shuffle" "azs" {
  count = var.shuffle_azs ? 1 : 0

  input        = data.aws_availability_zones.available.names
  result_count = var.az_count
}

locals {
  azs = slice(data.aws_availability_zones.available.names, 0, min(var.az_count, length(data.aws_availability_zones.available.names)))
}

module "network" {
  source = "./modules/network"

  name             = module.label.id
  cidr             = var.cidr
  azs              = local.azs
  tiers            = var.tiers
  create_flow_logs = var.create_flow_logs
  ingress_rules    = var.ingress_rules
  tags             = module.label.tags
}

module "cluster" {
  source = "./modules/cluster"
  count  = var.create_cluster ? 1 : 0

  name        = module.label.id
  subnet_ids  = module.network.subnet_ids["private"]
  settings    = var.cluster
  node_groups = var.node_groups
  access      = var.access
  tags        = module.label.tags
}

module "database" {
  source = "./modules/database"
  count  = var.create_database ? 1 : 0

  name       = module.label.id
  subnet_ids = module.network.subnet_ids["private"]
  group_ids  = [module.network.security_group_id]
  settings   = var.database
  tags       = module.label.tags
}

module "storage" {
  source   = "./modules/storage"
  for_each = var.buckets

  name     = "${module.label.id}-${each.key}"
  settings = each.value
  tags     = module.label.tags
}
