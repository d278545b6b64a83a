resource "substrate_haproxy_backend" "fallback" {
  name = "fallback"
  mode = "http"
}

resource "substrate_haproxy_frontend" "example" {
  name   = "edge"
  mode   = "http"
  routes = true

  binds = {
    http  = { address = "127.0.0.1", port = 8080, accept_proxy = true }
    plain = { address = "127.0.0.1", port = 8081 }
  }

  default_backend = substrate_haproxy_backend.fallback.name
  redirect_code   = 308

  # Rules that others keep in this frontend may use it.
  acls = [
    { acl_name = "is_internal", criterion = "src", value = "10.0.0.0/8" },
  ]
  http_request_rules = [
    { type = "deny", deny_status = 403, cond = "if", cond_test = "{ path_beg /admin }" },
    { type = "set-header", hdr_name = "X-Edge", hdr_format = "1" },
  ]

  maxconn                 = 2000
  client_timeout          = 30000
  http_request_timeout    = 5000
  http_keep_alive_timeout = 10000
  http_connection_mode    = "http-keep-alive"
  forwardfor              = { header = "X-Client" }
}
