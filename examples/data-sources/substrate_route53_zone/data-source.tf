data "substrate_route53_zone" "public" {
  name = "example.com"
}

output "name_servers" {
  value = data.substrate_route53_zone.public.name_servers
}
