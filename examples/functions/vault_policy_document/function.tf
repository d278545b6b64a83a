# What the deployment of a service may do, with the service's own path in the secrets engine.
locals {
  service = "checkout"
}

output "policy" {
  value = provider::substrate::vault_policy_document([
    {
      description  = "Secrets of the service"
      path         = "secret/data/services/${local.service}/*"
      capabilities = ["read", "list"]
    },
    {
      description         = "Certificates for its own names, one hour at most"
      path                = "pki/issue/services"
      capabilities        = ["update"]
      required_parameters = ["common_name"]
      allowed_parameters = {
        common_name = ["${local.service}.internal.example", "*.${local.service}.internal.example"]
        ttl         = ["30m", "1h"]
      }
      denied_parameters = {
        ip_sans = []
      }
    },
    {
      description      = "Login of a job, in a wrapped response alone"
      path             = "auth/approle/role/${local.service}/secret-id"
      capabilities     = ["update"]
      min_wrapping_ttl = "1m"
      max_wrapping_ttl = "10m"
    },
    {
      description           = "Changes of the secrets, as they happen"
      path                  = "sys/events/subscribe/kv*"
      capabilities          = ["read", "subscribe"]
      subscribe_event_types = ["kv-v2/data-write"]
    },
  ])
}
