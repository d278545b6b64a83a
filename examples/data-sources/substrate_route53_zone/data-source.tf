resource "substrate_route53_zone" "public" {
  name = "example.com"
}

data "substrate_route53_zone" "by_name" {
  name       = "example.com"
  depends_on = [substrate_route53_zone.public]
}

data "substrate_route53_zone" "by_id" {
  zone_id = substrate_route53_zone.public.zone_id
}

output "name_servers" {
  value = data.substrate_route53_zone.by_name.name_servers
}
