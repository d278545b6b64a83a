variable "gitlab_url" {
  description = "Address of GitLab without a slash at its end, which is the issuer of its jobs' ID tokens."
  type        = string
  default     = "https://gitlab.example.com"
}

variable "vault_audience" {
  description = "What ID tokens for this Vault name as their audience; its address is usual."
  type        = string
  default     = "https://vault.example.com:8200"
}
