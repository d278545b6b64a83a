# A pair for examples: whoever reads this has its key.
resource "substrate_haproxy_certificate" "example" {
  storage_name   = "www.example.com.pem"
  pem_wo_version = 2
  pem_wo         = <<-EOT
    -----BEGIN CERTIFICATE-----
    MIIBqDCCAU2gAwIBAgIUFBsyh5NBmgG7lgjLz/8g9GGZnyowCgYIKoZIzj0EAwIw
    GjEYMBYGA1UEAwwPd3d3LmV4YW1wbGUuY29tMCAXDTI2MTEyMTIzMzMyOVoYDzIx
    MjYxMDI4MjMzMzI5WjAaMRgwFgYDVQQDDA93d3cuZXhhbXBsZS5jb20wWTATBgcq
    hkjOPQIBBggqhkjOPQMBBwNCAASm3MzxMDeOEZLrvhVg5FT7ODyiGHiwKw+WB91J
    i9JWcdifJV7GPydccv2zbpor4F2yJVEysE13yx6UuNCb6A1To28wbTAdBgNVHQ4E
    FgQU0Yv/eocHjXIcawB24iP5pWjw0NAwHwYDVR0jBBgwFoAU0Yv/eocHjXIcawB2
    4iP5pWjw0NAwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgg93d3cuZXhhbXBs
    ZS5jb20wCgYIKoZIzj0EAwIDSQAwRgIhALEqaKhVD3kJLbBrZ96YLl8ukUz4ZPaD
    hlXLj7PecPGqAiEA22L4PogXsIAn0b5rnB9N7XWae2R4X8lO7BLXibf3Imw=
    -----END CERTIFICATE-----
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgam/Do2t4uyVW6TbL
    qZMaqbFJb4MxJ3YfJYCp/alQpLehRANCAASm3MzxMDeOEZLrvhVg5FT7ODyiGHiw
    Kw+WB91Ji9JWcdifJV7GPydccv2zbpor4F2yJVEysE13yx6UuNCb6A1T
    -----END PRIVATE KEY-----
  EOT
}
