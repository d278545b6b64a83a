resource "substrate_route53_zone" "public" {
  name = "example.com"
}

resource "substrate_route53_records" "example" {
  zone_id = substrate_route53_zone.public.zone_id

  records = {
    "www.example.com A"  = { ttl = 300, records = ["192.0.2.10", "192.0.2.11"] }
    "example.com MX"     = { ttl = 3600, records = ["10 mail.example.com"] }
    "example.com TXT"    = { ttl = 3600, records = ["v=spf1 mx -all"] }
    "shop.example.com A" = { ttl = 60, records = ["192.0.2.20"] }
    "mail.example.com A" = { ttl = 300, records = ["192.0.2.30"] }
  }
}
