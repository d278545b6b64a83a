resource "substrate_route53_zone" "public" {
  name = "example.com"
}

# Only the VPCs see it.
resource "substrate_route53_zone" "example" {
  name = "internal.example.com"
  vpc  = [{ vpc_id = "vpc-0123456789abcdef0" }]
}
