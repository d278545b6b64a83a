variable "teams" {
  description = "Teams by the path of their group, each with its projects and what they are for."
  type = map(object({
    name        = string
    description = string
    projects    = map(string)
  }))
  default = {
    platform = {
      name        = "Platform"
      description = "The ground that the other teams build on."
      projects = {
        gateway  = "Routes requests from the internet to the services."
        pipeline = "CI templates for every project."
      }
    }
    shop = {
      name        = "Shop"
      description = "What customers see."
      projects = {
        storefront = "The web shop."
      }
    }
  }
}

variable "registry_password" {
  description = "Password of the container registry; set it with TF_VAR_registry_password."
  type        = string
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = length(var.registry_password) >= 8
    error_message = "GitLab masks values of 8 characters and more."
  }
}
