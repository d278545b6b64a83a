resource "substrate_route53_zone" "example" {
  name              = "internal.example.com"
  comment           = "Names of the network"
  delegation_set_id = "N0123456789ABCDEFGHIJ"
  force_destroy     = true

  tags = {
    team = "network"
  }

  timeouts = {
    create = "10m"
    update = "10m"
    delete = "10m"
  }
}
