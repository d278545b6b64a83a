resource "substrate_route53_zone" "public" {
  name = "example.com"
}

resource "substrate_route53_record" "www" {
  zone_id = substrate_route53_zone.public.zone_id
  name    = "www"
  type    = "A"
  ttl     = 300
  records = ["192.0.2.10", "192.0.2.11"]
}

# One of several answers.
resource "substrate_route53_record" "example" {
  zone_id        = substrate_route53_zone.public.zone_id
  name           = "api"
  type           = "A"
  set_identifier = "blue"
  ttl            = 60
  records        = ["192.0.2.20"]

  weighted_routing_policy = {
    weight = 90
  }
}
