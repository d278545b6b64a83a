resource "substrate_route53_zone" "example" {
  name = "example.com"
}
