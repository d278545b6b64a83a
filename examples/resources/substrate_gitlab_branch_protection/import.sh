# <project>:<branch>
terraform import substrate_gitlab_branch_protection.example 'infra/network:release/*'
