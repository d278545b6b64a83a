resource "substrate_route53_zone" "public" {
  name = "example.com"
}

resource "substrate_route53_zone" "example" {
  name          = "internal.example.com"
  comment       = "Names of the network"
  force_destroy = true

  vpc = [
    { vpc_id = "vpc-0123456789abcdef0" },
    { vpc_id = "vpc-0fedcba9876543210", vpc_region = "us-west-2" },
  ]

  tags = {
    team = "network"
  }

  timeouts = {
    create = "10m"
    update = "10m"
    delete = "10m"
  }
}
