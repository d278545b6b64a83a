import {
  to = substrate_route53_records.example
  id = "Z0123456789ABCDEFGHIJ"
}
