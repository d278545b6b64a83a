import {
  to = substrate_haproxy_certificate.example
  id = "www.example.com.pem"
}
