data "substrate_gitlab_project" "gateway" {
  path_with_namespace = "northwind/infra/gateway"
}
