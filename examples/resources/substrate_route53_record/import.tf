import {
  to = substrate_route53_record.example
  id = "${substrate_route53_zone.public.zone_id}_api_A_blue"
}
