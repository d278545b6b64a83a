resource "substrate_haproxy_backend" "example" {
  name = "web"
  mode = "http"

  balance = {
    algorithm = "leastconn"
  }

  servers = {
    web1 = { address = "127.0.0.1", port = 19011, check = true, weight = 10, inter = 2000, rise = 2, fall = 3 }
    web2 = { address = "127.0.0.1", port = 19012, check = true, backup = true, maxconn = 200 }
    web3 = { address = "127.0.0.1", port = 19013, ssl = true, verify = "none", sni = "str(web.internal)", alpn = "h2,http/1.1" }
  }

  adv_check = "httpchk"
  httpchk_params = {
    method = "GET"
    uri    = "/healthz"
  }

  http_connection_mode = "http-keep-alive"
  forwardfor = {
    except = "127.0.0.0/8"
  }

  retries         = 3
  connect_timeout = 2000
  server_timeout  = 30000
  check_timeout   = 1000
  queue_timeout   = 5000
  tunnel_timeout  = 3600000
}

# Each check of a protocol has parameters of its own.
resource "substrate_haproxy_backend" "database" {
  name = "database"
  mode = "tcp"

  servers = {
    pg1 = { address = "127.0.0.1", port = 19021, check = true }
  }

  adv_check          = "pgsql-check"
  pgsql_check_params = { username = "haproxy" }
}

resource "substrate_haproxy_backend" "shop_database" {
  name = "shop-database"
  mode = "tcp"

  servers = {
    my1 = { address = "127.0.0.1", port = 19022, check = true }
  }

  adv_check          = "mysql-check"
  mysql_check_params = { username = "haproxy", client_version = "post-41" }
}

resource "substrate_haproxy_backend" "mail" {
  name = "mail"
  mode = "tcp"

  servers = {
    mx1 = { address = "127.0.0.1", port = 19023, check = true }
  }

  adv_check      = "smtpchk"
  smtpchk_params = { hello = "EHLO", domain = "edge.example.com" }
}
