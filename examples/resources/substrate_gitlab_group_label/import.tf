import {
  to = substrate_gitlab_group_label.example
  id = "${substrate_gitlab_group.infra.id}:incident"
}
