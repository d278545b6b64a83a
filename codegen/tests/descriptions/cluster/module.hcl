module "cluster" {
  summary   = "A cluster."
  providers = ["aws"]
}
input "version" {
  type        = string
  description = "Version."
}
input "beta" {
  type        = bool
  default     = false
  description = "Whether to use what is new."
}
input "size" {
  type        = number
  default     = 1
  description = "Size."
}
input "subnet_ids" {
  type        = map(string)
  description = "Subnets by zone."
}
feature "logs" {
  summary = "Logs."
  input "logs" {
    type        = object({ target = string })
    default     = null
    keys        = "static"
    description = "Where logs go."
  }
}
output "endpoint" {
  type        = string
  description = "Endpoint."
  value       = "https://${var.version}"
}
example "minimal" {
  inputs = { version = "1.30", subnet_ids = {} }
}
