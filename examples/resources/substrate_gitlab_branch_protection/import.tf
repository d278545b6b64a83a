import {
  to = substrate_gitlab_branch_protection.example
  id = "${substrate_gitlab_project.network.id}:release/*"
}
