resource "substrate_vault_policy" "example" {
  name   = "deploy"
  policy = <<-EOT
    # What the deployment may read.
    path "kv/data/deploy/*" {
      capabilities = ["read"]
    }
  EOT
}
