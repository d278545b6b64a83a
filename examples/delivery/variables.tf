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

variable "registry_password_version" {
  description = "Number to raise when the password changes."
  type        = number
  default     = 1
}
