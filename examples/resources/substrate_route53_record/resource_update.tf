resource "substrate_route53_zone" "public" {
  name = "example.com"
}

resource "substrate_route53_record" "example" {
  zone_id         = substrate_route53_zone.public.zone_id
  name            = "api"
  type            = "A"
  set_identifier  = "blue"
  ttl             = 30
  records         = ["192.0.2.21"]
  health_check_id = "abcdef11-2222-3333-4444-555555fedcba"
  allow_overwrite = true

  weighted_routing_policy = {
    weight = 10
  }

  timeouts = {
    create = "10m"
  }
}
