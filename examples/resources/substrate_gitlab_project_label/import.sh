# <project>:<label_id>, or <project>:<name>
terraform import substrate_gitlab_project_label.example infra/network:incident
