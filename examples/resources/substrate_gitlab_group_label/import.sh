# <group>:<label_id>, or <group>:<name>
terraform import substrate_gitlab_group_label.example infra:incident
