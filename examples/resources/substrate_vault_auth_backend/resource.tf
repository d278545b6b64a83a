resource "substrate_vault_auth_backend" "example" {
  type        = "userpass"
  path        = "people"
  description = "People with a password"

  tune = {
    default_lease_ttl           = "1h"
    max_lease_ttl               = "12h"
    listing_visibility          = "unauth"
    audit_non_hmac_request_keys = ["username"]
    passthrough_request_headers = ["X-Request-Id"]
  }
}
