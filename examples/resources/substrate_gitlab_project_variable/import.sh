# <project>:<key>:<environment_scope>
terraform import substrate_gitlab_project_variable.example infra/network:DEPLOY_REGION:production
