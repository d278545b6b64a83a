variable "name" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "settings" {
  type = any
}

variable "node_groups" {
  type = any
}

variable "access" {
  type = map(list(string))
}

variable "tags" {
  type = map(string)
}

data "aws_caller_identity" "current" {}

data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

module "role" {
  source = "../role"

  name             = "${var.name}-cluster"
  services         = ["eks.amazonaws.com"]
  managed_policies = ["AmazonEKSClusterPolicy"]
}

resource "aws_kms_key" "this" {
  enable_key_rotation = true
  tags                = var.tags
}

resource "aws_eks_cluster" "this" {
  name                      = var.name
  role_arn                  = module.role.arn
  version                   = try(var.settings.version, null)
  enabled_cluster_log_types = try(var.settings.log_types, ["api", "audit"])
  tags                      = var.tags

  vpc_config {
    subnet_ids              = var.subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = try(var.settings.public, false)
  }

  access_config {
    authentication_mode = "API"
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.this.arn
    }
  }

  dynamic "kubernetes_network_config" {
    for_each = try([var.settings.service_cidr], [])

    content {
      service_ipv4_cidr = kubernetes_network_config.value
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

locals {
  access = merge([for policy, principals in var.access : {
    for principal in principals : "${policy}/${principal}" => { policy = policy, principal = principal }
  }]...)
}

resource "aws_eks_access_entry" "this" {
  for_each = toset(concat([data.aws_iam_session_context.current.issuer_arn], flatten(values(var.access))))

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.key
}

resource "aws_eks_access_policy_association" "this" {
  for_each = local.access

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.this[each.value.principal].principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/${each.value.policy}"

  access_scope {
    type = "cluster"
  }
}

module "node_role" {
  source = "../role"

  name             = "${var.name}-node"
  services         = ["ec2.amazonaws.com"]
  managed_policies = ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"]
}

resource "aws_launch_template" "this" {
  for_each = var.node_groups

  name_prefix            = "${var.name}-${each.key}-"
  update_default_version = true

  dynamic "block_device_mappings" {
    for_each = try(each.value.disks, [{ device = "/dev/xvda", size = 50 }])

    content {
      device_name = block_device_mappings.value.device

      ebs {
        volume_size = block_device_mappings.value.size
        volume_type = "gp3"
        encrypted   = true
      }
    }
  }

  metadata_options {
    http_tokens = "required"
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume"])

    content {
      resource_type = tag_specifications.key
      tags          = var.tags
    }
  }
}

resource "aws_eks_node_group" "this" {
  for_each = var.node_groups

  cluster_name           = aws_eks_cluster.this.name
  node_group_name_prefix = "${each.key}-"
  node_role_arn          = module.node_role.arn
  subnet_ids             = var.subnet_ids
  capacity_type          = try(each.value.spot, false) ? "SPOT" : "ON_DEMAND"
  instance_types         = each.value.types
  labels                 = try(each.value.labels, null)

  scaling_config {
    min_size     = try(each.value.min, 1)
    desired_size = try(each.value.min, 1)
    max_size     = try(each.value.max, 3)
  }

  launch_template {
    id      = aws_launch_template.this[each.key].id
    version = aws_launch_template.this[each.key].latest_version
  }

  dynamic "taint" {
    for_each = try(each.value.taints, {})

    content {
      key    = taint.key
      value  = taint.value
      effect = "NO_SCHEDULE"
    }
  }

  lifecycle {
    ignore_changes        = [scaling_config[0].desired_size]
    create_before_destroy = true
  }
}

data "aws_eks_addon_version" "this" {
  for_each = toset(try(var.settings.addons, ["coredns", "vpc-cni"]))

  addon_name         = each.key
  kubernetes_version = aws_eks_cluster.this.version
  most_recent        = true
}

resource "aws_eks_addon" "this" {
  for_each = data.aws_eks_addon_version.this

  cluster_name  = aws_eks_cluster.this.name
  addon_name    = each.key
  addon_version = each.value.version

  depends_on = [aws_eks_node_group.this]
}

resource "aws_iam_openid_connect_provider" "this" {
  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}

output "endpoint" {
  value = aws_eks_cluster.this.endpoint
}

output "issuer" {
  value = trimprefix(aws_iam_openid_connect_provider.this.url, "https://")
}
