resource "substrate_haproxy_frontend" "example" {
  name   = "edge"
  mode   = "http"
  routes = true

  binds = {
    http = { address = "127.0.0.1", port = 8080 }
    https = {
      address         = "127.0.0.1"
      port            = 8443
      ssl             = true
      ssl_certificate = substrate_haproxy_certificate.www.file
      ssl_min_ver     = "tlsv1.2"
      alpn            = "h2,http/1.1"
    }
  }
}

# A pair for examples: whoever reads this has its key.
resource "substrate_haproxy_certificate" "www" {
  storage_name   = "www.example.com.pem"
  pem_wo_version = 1
  pem_wo         = <<-EOT
    -----BEGIN CERTIFICATE-----
    MIIBpzCCAU2gAwIBAgIUdqSz3vPyc3Wvu+J5AUjTllDKB9swCgYIKoZIzj0EAwIw
    GjEYMBYGA1UEAwwPd3d3LmV4YW1wbGUuY29tMCAXDTI2MTEyMTIzMzMyOVoYDzIx
    MjYxMDI4MjMzMzI5WjAaMRgwFgYDVQQDDA93d3cuZXhhbXBsZS5jb20wWTATBgcq
    hkjOPQIBBggqhkjOPQMBBwNCAASw8mb5IzaO9MHz3dc01CeDK6djF+a4OS45Ie3m
    YxEl+Hc8Nxi8q1tA3TXF927FVMEYYZg2fuHKgo1bi5tPM9Yso28wbTAdBgNVHQ4E
    FgQUAUhccrQOhyPHDXC/5MHBt/7qnYowHwYDVR0jBBgwFoAUAUhccrQOhyPHDXC/
    5MHBt/7qnYowDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgg93d3cuZXhhbXBs
    ZS5jb20wCgYIKoZIzj0EAwIDSAAwRQIhAM+LcKzTTabeCbF1u6Ben/P8tlVSYQvs
    aN4b729FQHW+AiBDPnDXDG6Mh35Y/sZW4neNedE5ivZT9rqDNMXbBGE6gg==
    -----END CERTIFICATE-----
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOKUbPy2S4qlNDk9A
    Bd5tCAAlHPd8dNLbLEw7qCLnqeGhRANCAASw8mb5IzaO9MHz3dc01CeDK6djF+a4
    OS45Ie3mYxEl+Hc8Nxi8q1tA3TXF927FVMEYYZg2fuHKgo1bi5tPM9Ys
    -----END PRIVATE KEY-----
  EOT
}
