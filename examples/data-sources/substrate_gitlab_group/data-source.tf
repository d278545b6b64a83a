data "substrate_gitlab_group" "infra" {
  full_path = "northwind/infra"
}
