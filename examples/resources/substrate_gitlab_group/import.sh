# The number of the group, or its full path
terraform import substrate_gitlab_group.example company/platform
