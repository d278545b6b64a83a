import {
  to = substrate_gitlab_project_variable.example
  id = "${substrate_gitlab_project.network.id}:DEPLOY_REGION:production"
}
