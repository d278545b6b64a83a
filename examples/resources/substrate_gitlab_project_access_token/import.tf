import {
  to = substrate_gitlab_project_access_token.example
  id = "${substrate_gitlab_project.network.id}:deployer"
}
