import {
  to = substrate_gitlab_group_variable.example
  id = "${substrate_gitlab_group.infra.id}:REGISTRY_TOKEN:*"
}
