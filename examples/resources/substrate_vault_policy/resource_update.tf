resource "substrate_vault_policy" "example" {
  name   = "deploy"
  policy = <<-EOT
    # What the deployment may read and list.
    path "kv/data/deploy/*" {
      capabilities = ["read"]
    }

    path "kv/metadata/deploy/*" {
      capabilities = ["list", "read"]
    }
  EOT
}
