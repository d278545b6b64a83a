resource "substrate_route53_zone" "public" {
  name = "example.com"
}

resource "substrate_route53_record" "example" {
  zone_id = substrate_route53_zone.public.zone_id
  name    = "www"
  type    = "A"
  ttl     = 300
  records = ["192.0.2.10", "192.0.2.11"]
}
