resource "substrate_vault_auth_backend" "approle" {
  type = "approle"
}

resource "substrate_vault_mount" "example" {
  path        = "team/kv"
  type        = "kv"
  description = "Secrets of the platform team"
  seal_wrap   = true

  options = {
    version = "2"
  }

  local                   = false
  force_no_cache          = false
  external_entropy_access = false

  default_lease_ttl_seconds     = 3600
  max_lease_ttl_seconds         = 86400
  listing_visibility            = "hidden"
  audit_non_hmac_request_keys   = ["version"]
  audit_non_hmac_response_keys  = ["created_time"]
  passthrough_request_headers   = ["X-Team"]
  allowed_response_headers      = ["X-Trace"]
  delegated_auth_accessors      = [substrate_vault_auth_backend.approle.accessor]
  allowed_managed_keys          = ["hsm"]
  identity_token_key            = "default"
  trim_request_trailing_slashes = true
}
