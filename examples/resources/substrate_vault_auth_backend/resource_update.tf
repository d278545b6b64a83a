resource "substrate_vault_auth_backend" "example" {
  type        = "userpass"
  path        = "people"
  description = "People with a password, and the tokens that they get"

  local                   = false
  seal_wrap               = false
  external_entropy_access = false

  tune = {
    default_lease_ttl             = "30m"
    max_lease_ttl                 = "1d"
    token_type                    = "default-batch"
    audit_non_hmac_response_keys  = ["error"]
    allowed_response_headers      = ["X-Request-Id"]
    identity_token_key            = "default"
    trim_request_trailing_slashes = true
  }
}
