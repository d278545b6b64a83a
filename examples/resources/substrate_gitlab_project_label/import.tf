import {
  to = substrate_gitlab_project_label.example
  id = "${substrate_gitlab_project.network.id}:incident"
}
