resource "substrate_vault_jwt_auth_backend" "example" {
  path        = "jwt"
  type        = "jwt"
  description = "Jobs and people of our GitLab"
  local       = false

  oidc_discovery_url    = "https://gitlab.example.com"
  oidc_discovery_ca_pem = <<-EOT
    -----BEGIN CERTIFICATE-----
    MIIBgTCCASegAwIBAgIUW8MwfAJe+xBC7HaYAWFQiSEfVVQwCgYIKoZIzj0EAwIw
    FTETMBEGA1UEAwwKRXhhbXBsZSBDQTAgFw0yNjExMjExNjQ0MjVaGA8yMTI2MTAy
    ODE2NDQyNVowFTETMBEGA1UEAwwKRXhhbXBsZSBDQTBZMBMGByqGSM49AgEGCCqG
    SM49AwEHA0IABMFH8kzWuU9oAKA5cKDYgkPMYXz+omYXVEIrHQ3C3eOJ+zIRr+dl
    Zhz4icvctry1BrSkMkmLaBsW7qL7W12cUwyjUzBRMB0GA1UdDgQWBBSuGAHinr06
    OfbyaIst76MXSFnP3jAfBgNVHSMEGDAWgBSuGAHinr06OfbyaIst76MXSFnP3jAP
    BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCNNG+xgrJq4B6KRHvQ
    +Zu0zUXCSZsbYMtpbZDbRu18GwIgH4h6iKqNZZgUg3958UM0e8zKKgW1HTWtP2U5
    m599fnM=
    -----END CERTIFICATE-----
  EOT

  oidc_client_id                       = "vault"
  oidc_client_secret_wo                = "kept-in-vault-alone"
  oidc_client_secret_wo_version        = 1
  oidc_response_mode                   = "form_post"
  oidc_response_types                  = ["code"]
  jwt_supported_algs                   = ["ES256", "RS256"]
  unsupported_critical_cert_extensions = ["1.2.3.4"]
  namespace_in_state                   = false
  default_role                         = "web"

  provider_config = {
    provider = "secureauth"
  }

  tune = {
    default_lease_ttl  = "15m"
    max_lease_ttl      = "1h"
    listing_visibility = "unauth"
  }
}
