variable "name" {
  type = string
}

variable "namespace" {
  type    = string
  default = null
}

variable "tags" {
  type    = map(string)
  default = {}
}

variable "cidr" {
  type    = string
  default = "10.0.0.0/16"
}

variable "az_count" {
  type    = number
  default = 3
}

variable "shuffle_azs" {
  type    = bool
  default = false
}

variable "tiers" {
  type = map(object({
    offset = number
    public = optional(bool, false)
    tags   = optional(map(string), {})
  }))
  default = {
    public  = { offset = 0, public = true }
    private = { offset = 16 }
  }
}

variable "create_flow_logs" {
  type    = bool
  default = true
}

variable "create_cluster" {
  type    = bool
  default = true
}

variable "cluster" {
  type    = any
  default = {}
}

variable "node_groups" {
  type    = any
  default = {}
}

variable "access" {
  type    = map(list(string))
  default = {}
}

variable "create_database" {
  type    = bool
  default = true
}

variable "database" {
  type = object({
    engine_version = optional(string, "16.6")
    instances      = optional(number, 2)
    min_capacity   = optional(number, 0.5)
    max_capacity   = optional(number, 8)
    parameters     = optional(map(string), {})
    password       = optional(string)
  })
  default = {}
}

variable "buckets" {
  type = map(object({
    versioned  = optional(bool, true)
    expiration = optional(number)
    logging    = optional(string)
    policy     = optional(string)
    rules = optional(list(object({
      id          = string
      prefix      = optional(string)
      days        = number
      transitions = optional(map(number), {})
    })), [])
  }))
  default = {}
}

variable "ingress_rules" {
  type = list(object({
    port        = number
    cidr        = optional(string)
    group       = optional(string)
    description = optional(string)
  }))
  default = []

  validation {
    condition     = alltrue([for rule in var.ingress_rules : rule.port > 0 && rule.port < 65536])
    error_message = "A port is between 1 and 65535."
  }
}
