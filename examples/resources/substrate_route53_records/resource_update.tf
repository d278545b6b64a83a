resource "substrate_route53_zone" "public" {
  name = "example.com"
}

resource "substrate_route53_records" "example" {
  zone_id         = substrate_route53_zone.public.zone_id
  purge           = true
  allow_overwrite = true

  records = {
    "www.example.com A"  = { ttl = 60, records = ["192.0.2.12"] }
    "example.com MX"     = { ttl = 3600, records = ["10 mail.example.com", "20 backup.example.net"] }
    "mail.example.com A" = { ttl = 300, records = ["192.0.2.30"] }

    # In one step: the name answers all the time.
    "shop.example.com CNAME" = { ttl = 60, records = ["www.example.com"] }

    "api.example.com A blue" = {
      ttl                     = 60
      records                 = ["192.0.2.40"]
      weighted_routing_policy = { weight = 90 }
    }
    "api.example.com A green" = {
      ttl                     = 60
      records                 = ["192.0.2.41"]
      weighted_routing_policy = { weight = 10 }
    }
    "example.com A" = {
      alias = {
        name                   = "www.example.com"
        zone_id                = substrate_route53_zone.public.zone_id
        evaluate_target_health = false
      }
    }
  }

  timeouts = {
    update = "10m"
  }
}
