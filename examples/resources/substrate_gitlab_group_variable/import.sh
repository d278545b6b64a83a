# <group>:<key>:<environment_scope>
terraform import substrate_gitlab_group_variable.example 'infra:REGISTRY_TOKEN:*'
