terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }

  backend "s3" {
    bucket = "corp-state"
    key    = "complete.tfstate"
    region = "eu-west-1"
  }
}

provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = { Owner = "corp" }
  }
}

provider "aws" {
  alias  = "recovery"
  region = "eu-central-1"
}

module "platform" {
  source = "../.."

  name        = "complete"
  namespace   = "corp"
  az_count    = 2
  shuffle_azs = true
  tags        = { Stage = "test" }

  tiers = {
    public   = { offset = 0, public = true, tags = { "kubernetes.io/role/elb" = "1" } }
    private  = { offset = 16 }
    database = { offset = 32 }
  }

  ingress_rules = [
    { port = 443, cidr = "0.0.0.0/0", description = "HTTPS" },
    { port = 5432, cidr = "10.0.0.0/8" },
  ]

  cluster = {
    version      = "1.33"
    public       = true
    service_cidr = "172.20.0.0/16"
  }

  node_groups = {
    general = { types = ["m7i.large"], min = 2, max = 6 }
    spot    = { types = ["m7i.large", "m6i.large"], spot = true, taints = { spot = "true" }, labels = { pool = "spot" } }
  }

  access = {
    AmazonEKSClusterAdminPolicy = ["arn:aws:iam::123456789012:role/admin"]
    AmazonEKSViewPolicy         = ["arn:aws:iam::123456789012:role/reader", "arn:aws:iam::123456789012:role/auditor"]
  }

  database = {
    instances  = 3
    parameters = { log_statement = "ddl" }
  }

  buckets = {
    logs = { versioned = false, expiration = 90 }
    data = {
      logging = "corp-complete-logs"
      rules   = [{ id = "archive", prefix = "old/", days = 400, transitions = { GLACIER = 30 } }]
    }
  }
}

module "recovery" {
  source = "../.."

  providers = {
    aws = aws.recovery
  }

  name            = "recovery"
  create_cluster  = false
  create_database = false
  buckets         = { copy = {} }
}

output "platform" {
  value     = module.platform
  sensitive = true
}
