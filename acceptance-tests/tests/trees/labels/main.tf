variable "namespace" {
  type    = string
  default = null
}

variable "name" {
  type = string
}

variable "tags" {
  type    = map(string)
  default = {}
}

locals {
  id = join("-", compact([var.namespace, var.name]))
}

output "id" {
  value = local.id
}

output "tags" {
  value = merge({ Name = local.id }, var.tags)
}
