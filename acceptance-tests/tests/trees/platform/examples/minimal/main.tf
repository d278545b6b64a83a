provider "aws" {
  region = "eu-central-1"
}

module "platform" {
  source = "../.."

  name            = "small"
  create_cluster  = false
  create_database = false
}

output "vpc_id" {
  value = module.platform.vpc_id
}
