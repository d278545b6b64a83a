module "eks" {
  summary   = "One EKS cluster: access by entries, managed node groups by name, pinned add-ons, pod identity."
  providers = ["aws"]
  about     = <<-EOT
    The API server is reached by the nodes and by whom `endpoint` names; it has an address on the internet only with ranges for it.
    Whoever creates the cluster has no rights in it: those come from `access_entries` alone.
    Secrets are encrypted with `kms_key_arn` on top of what EKS does by itself.
    Before a cluster is destroyed `control_plane.deletion_protection` has to be applied as false; EKS may then write its last logs after the log group is gone, and so make it again without retention.

    Node groups are replaced before the old one goes, so their names end with a suffix.
    Their number of nodes belongs to the autoscaler: `size.desired` counts only when a group is created.
    EKS tags the auto-scaling groups of managed node groups with `k8s.io/cluster-autoscaler/enabled` and `k8s.io/cluster-autoscaler/<cluster>`, so the cluster autoscaler finds them by `--node-group-auto-discovery`.
    Raise `size.min` above the present number of nodes only after the group has grown to it: EKS refuses a minimum above the desired size.

    Default tags of the provider do not reach instances, volumes and network interfaces of node groups; `node_groups[*].tags` do.
    The policy of a key in `node_groups[*].volume.kms_key_arn` must let the service role of EC2 Auto Scaling use it.
    Add-ons with `before_compute` are there before the first node: without the network of `vpc-cni` no node becomes ready.
    The cluster autoscaler and add-ons get their rights by pod identity, which needs the add-on `eks-pod-identity-agent`.
  EOT
}

input "name" {
  type        = string
  description = "Name of the cluster and the beginning of every other name."
  check {
    condition = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_-]{0,59}$", var.name))
    message   = "name must be 1 to 60 letters, digits, dashes and underscores, beginning with a letter or digit."
    refuses   = ["", "-production", "two words", "a23456789-123456789-123456789-123456789-123456789-123456789-1"]
    accepts   = ["a", "a23456789-123456789-123456789-123456789-123456789-123456789-"]
  }
}

input "kubernetes_version" {
  type        = string
  description = "Kubernetes version of the control plane, and of node groups that name no other; raised by one minor version at a time."
  check {
    condition = can(regex("^1\\.[1-9][0-9]$", var.kubernetes_version))
    message   = "kubernetes_version must be a minor version such as 1.35, without a patch."
    refuses   = ["1.3", "1.35.1", "v1.35", "latest"]
    accepts   = ["1.30", "1.35"]
  }
}

input "vpc_id" {
  type        = string
  description = "VPC of the subnets."
}

input "subnet_ids" {
  type        = map(string)
  keys        = "static"
  description = "Subnets of the control plane's interfaces and of the nodes, by zone."
  check {
    condition = length(var.subnet_ids) >= 2
    message   = "subnet_ids must have subnets in at least two zones."
    refuses   = [{ us-east-1a = "subnet-0a1b2c3d" }]
    accepts   = [{ us-east-1a = "subnet-0a1b2c3d", us-east-1b = "subnet-1a2b3c4d" }]
  }
}

input "kms_key_arn" {
  type        = string
  description = "KMS key that encrypts the data keys of Kubernetes secrets; it cannot be changed later."
  check {
    condition = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.", var.kms_key_arn))
    message   = "kms_key_arn must be the ARN of a key, not of an alias."
    refuses   = ["alias/eks", "arn:aws:kms:us-east-1:123456789012:alias/eks", "1234abcd-12ab-34cd-56ef-1234567890ab"]
    accepts   = ["arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"]
  }
}

input "node_groups" {
  type = map(object({
    instance_types     = list(string)
    capacity_type      = optional(string, "ON_DEMAND")
    size               = object({ min = number, max = number, desired = optional(number) })
    zones              = optional(set(string), [])
    kubernetes_version = optional(string)
    force_update       = optional(bool, false)
    ami_type           = optional(string, "AL2023_x86_64_STANDARD")
    release_version    = optional(string)
    user_data          = optional(string)
    volume = optional(object({
      size        = optional(number, 100)
      iops        = optional(number)
      throughput  = optional(number)
      kms_key_arn = optional(string)
    }), {})
    metadata_hop_limit = optional(number, 1)
    security_group_ids = optional(map(string), {})
    labels             = optional(map(string), {})
    taints             = optional(map(object({ value = optional(string), effect = string })), {})
    update = optional(object({
      max_unavailable            = optional(number)
      max_unavailable_percentage = optional(number)
    }), { max_unavailable_percentage = 33 })
    node_repair = optional(bool, true)
    tags        = optional(map(string), {})
  }))
  keys        = "static"
  description = "Managed node groups by name. `capacity_type` is ON_DEMAND or SPOT, which needs several instance types to be dependable; without `zones` nodes are in all of `subnet_ids`; `kubernetes_version` holds a group back while the control plane goes ahead, and `force_update` goes on although disruption budgets keep pods from leaving; `release_version` pins the AMI; `user_data` is text of the kind that the AMI takes; `volume` is the encrypted gp3 volume of data, in GiB; `metadata_hop_limit` 1 keeps pods from the instance's role; `security_group_ids` are worn besides the cluster's; `taints` are by key; `tags` go to instances, volumes and interfaces."
  check {
    condition = alltrue([for name in keys(var.node_groups) : can(regex("^[a-zA-Z0-9][a-zA-Z0-9_-]{0,35}$", name))])
    message   = "The name of a node group must be 1 to 36 letters, digits, dashes and underscores."
    refuses   = [{ "a b" = { instance_types = ["m7g.large"], size = { min = 1, max = 1 } } }, { a23456789-123456789-123456789-1234567 = { instance_types = ["m7g.large"], size = { min = 1, max = 1 } } }]
    accepts   = [{}, { a23456789-123456789-123456789-123456 = { instance_types = ["m7g.large"], size = { min = 1, max = 1 } } }]
  }
  check {
    condition = alltrue([for group in var.node_groups : contains(["ON_DEMAND", "SPOT"], group.capacity_type)])
    message   = "capacity_type must be ON_DEMAND or SPOT."
    refuses   = [{ general = { instance_types = ["m7i.large"], capacity_type = "spot", size = { min = 1, max = 1 } } }]
    accepts   = [{ general = { instance_types = ["m7i.large"], capacity_type = "SPOT", size = { min = 1, max = 1 } } }]
  }
  check {
    condition = alltrue([for group in var.node_groups : length(group.instance_types) >= 1 && length(group.instance_types) <= 20])
    message   = "instance_types must have 1 to 20 types."
    refuses   = [{ general = { instance_types = [], size = { min = 1, max = 1 } } }]
    accepts   = [{ general = { instance_types = ["m7i.large", "m7a.large"], size = { min = 1, max = 1 } } }]
  }
  check {
    condition = alltrue([for group in var.node_groups : group.size.min >= 0 && group.size.max >= 1 && group.size.min <= group.size.max && (group.size.desired == null ? true : group.size.desired >= group.size.min && group.size.desired <= group.size.max)])
    message   = "size must have 0 <= min <= desired <= max, and max of at least 1."
    refuses = [
      { general = { instance_types = ["m7i.large"], size = { min = -1, max = 1 } } },
      { general = { instance_types = ["m7i.large"], size = { min = 0, max = 0 } } },
      { general = { instance_types = ["m7i.large"], size = { min = 3, max = 2 } } },
      { general = { instance_types = ["m7i.large"], size = { min = 2, max = 3, desired = 1 } } },
      { general = { instance_types = ["m7i.large"], size = { min = 2, max = 3, desired = 4 } } },
    ]
    accepts = [
      { general = { instance_types = ["m7i.large"], size = { min = 0, max = 1, desired = 0 } } },
      { general = { instance_types = ["m7i.large"], size = { min = 3, max = 3, desired = 3 } } },
    ]
  }
  check {
    condition = alltrue([for group in var.node_groups : can(regex("^(AL2023|BOTTLEROCKET)_", group.ami_type))])
    message   = "ami_type must be one of Amazon Linux 2023 or Bottlerocket, such as AL2023_x86_64_STANDARD or BOTTLEROCKET_ARM_64."
    refuses   = [{ general = { instance_types = ["m7i.large"], ami_type = "AL2_x86_64", size = { min = 1, max = 1 } } }]
    accepts   = [{ general = { instance_types = ["m7g.large"], ami_type = "BOTTLEROCKET_ARM_64", size = { min = 1, max = 1 } } }]
  }
  check {
    condition = alltrue(flatten([for group in var.node_groups : [for zone in group.zones : contains(keys(var.subnet_ids), zone)]]))
    message   = "zones must be among those of subnet_ids."
    refuses   = [{ general = { instance_types = ["m7i.large"], zones = ["eu-west-1a"], size = { min = 1, max = 1 } } }]
    accepts   = [{ general = { instance_types = ["m7i.large"], zones = ["us-east-1a"], size = { min = 1, max = 1 } } }]
  }
  check {
    condition = alltrue(flatten([for group in var.node_groups : [for taint in group.taints : contains(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"], taint.effect)]]))
    message   = "The effect of a taint must be NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE."
    refuses   = [{ general = { instance_types = ["m7i.large"], taints = { dedicated = { effect = "NoSchedule" } }, size = { min = 1, max = 1 } } }]
    accepts   = [{ general = { instance_types = ["m7i.large"], taints = { dedicated = { effect = "NO_SCHEDULE" } }, size = { min = 1, max = 1 } } }]
  }
  check {
    condition = alltrue([for group in var.node_groups : (group.update.max_unavailable == null) != (group.update.max_unavailable_percentage == null)])
    message   = "update must have either max_unavailable or max_unavailable_percentage."
    refuses   = [{ general = { instance_types = ["m7i.large"], update = {}, size = { min = 1, max = 1 } } }, { general = { instance_types = ["m7i.large"], update = { max_unavailable = 1, max_unavailable_percentage = 50 }, size = { min = 1, max = 1 } } }]
    accepts   = [{ general = { instance_types = ["m7i.large"], update = { max_unavailable = 1 }, size = { min = 1, max = 1 } } }]
  }
  check {
    condition = alltrue([for group in var.node_groups : group.kubernetes_version == null ? true : can(regex("^1\\.[1-9][0-9]$", group.kubernetes_version)) && try(tonumber(split(".", group.kubernetes_version)[1]) <= tonumber(split(".", var.kubernetes_version)[1]), false)])
    message   = "kubernetes_version of a node group must be a minor version such as 1.35, and not above the cluster's."
    refuses   = [{ general = { instance_types = ["m7i.large"], kubernetes_version = "1.36", size = { min = 1, max = 1 } } }, { general = { instance_types = ["m7i.large"], kubernetes_version = "1.34.1", size = { min = 1, max = 1 } } }]
    accepts   = [{ general = { instance_types = ["m7i.large"], kubernetes_version = "1.35", size = { min = 1, max = 1 } } }, { general = { instance_types = ["m7i.large"], kubernetes_version = "1.34", size = { min = 1, max = 1 } } }]
  }
  check {
    condition = alltrue([for group in var.node_groups : group.volume.size >= 20])
    message   = "volume.size must be at least 20, which the image takes."
    refuses   = [{ general = { instance_types = ["m7i.large"], volume = { size = 19 }, size = { min = 1, max = 1 } } }]
    accepts   = [{ general = { instance_types = ["m7i.large"], volume = { size = 20 }, size = { min = 1, max = 1 } } }]
  }
  check {
    condition = alltrue([for group in var.node_groups : group.metadata_hop_limit >= 1 && group.metadata_hop_limit <= 64])
    message   = "metadata_hop_limit must be 1 to 64."
    refuses   = [{ general = { instance_types = ["m7i.large"], metadata_hop_limit = 0, size = { min = 1, max = 1 } } }]
    accepts   = [{ general = { instance_types = ["m7i.large"], metadata_hop_limit = 2, size = { min = 1, max = 1 } } }]
  }
}

input "node_role_policies" {
  type        = map(string)
  default     = {}
  keys        = "static"
  description = "ARNs of policies of the nodes' role by name, besides those that every node needs."
}

input "addons" {
  type = map(object({
    version                     = string
    before_compute              = optional(bool)
    configuration_values        = optional(string)
    preserve                    = optional(bool, true)
    resolve_conflicts_on_create = optional(string, "OVERWRITE")
    resolve_conflicts_on_update = optional(string, "OVERWRITE")
    pod_identities = optional(map(object({
      namespace = optional(string, "kube-system")
      role_arn  = optional(string)
      role = optional(object({
        policy_arns     = optional(map(string), {})
        inline_policies = optional(map(string), {})
      }))
    })), {})
  }))
  keys        = "static"
  description = "Add-ons by name, each at a pinned version. `before_compute` says whether it comes before the nodes, as `vpc-cni`, `kube-proxy` and `eks-pod-identity-agent` do by themselves; `configuration_values` is JSON; `preserve` leaves its objects in the cluster when it goes; `pod_identities` gives service accounts, by name, a given role or one with these policies."
  check {
    condition = length(var.node_groups) == 0 || contains(keys(var.addons), "vpc-cni")
    message   = "addons must have vpc-cni when there are node groups: without it no node becomes ready."
    refuses   = [{}]
    accepts   = [{ vpc-cni = { version = "v1.21.1-eksbuild.3" } }]
  }
  check {
    condition = alltrue([for addon in var.addons : can(regex("^v[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?$", addon.version))])
    message   = "The version of an add-on must be complete, such as v1.21.1-eksbuild.3."
    refuses   = [{ vpc-cni = { version = "latest" } }, { vpc-cni = { version = "v1.21" } }]
    accepts   = [{ vpc-cni = { version = "v1.21.1-eksbuild.3" } }, { vpc-cni = { version = "v1.21.1" } }]
  }
  check {
    condition = alltrue([for addon in var.addons : addon.configuration_values == null ? true : can(jsondecode(addon.configuration_values))])
    message   = "configuration_values must be JSON."
    refuses   = [{ vpc-cni = { version = "v1.21.1-eksbuild.3", configuration_values = "replicas: 2" } }]
    accepts   = [{ vpc-cni = { version = "v1.21.1-eksbuild.3", configuration_values = "{}" } }]
  }
  check {
    condition = alltrue([for addon in var.addons : contains(["NONE", "OVERWRITE"], addon.resolve_conflicts_on_create) && contains(["NONE", "OVERWRITE", "PRESERVE"], addon.resolve_conflicts_on_update)])
    message   = "resolve_conflicts_on_create must be NONE or OVERWRITE, resolve_conflicts_on_update also PRESERVE."
    refuses   = [{ vpc-cni = { version = "v1.21.1-eksbuild.3", resolve_conflicts_on_create = "PRESERVE" } }, { vpc-cni = { version = "v1.21.1-eksbuild.3", resolve_conflicts_on_update = "preserve" } }]
    accepts   = [{ vpc-cni = { version = "v1.21.1-eksbuild.3", resolve_conflicts_on_create = "NONE", resolve_conflicts_on_update = "PRESERVE" } }]
  }
  check {
    condition = alltrue(flatten([for addon in var.addons : [for identity in addon.pod_identities : (identity.role_arn == null) != (identity.role == null)]]))
    message   = "A pod identity must have either role_arn or role."
    refuses   = [{ vpc-cni = { version = "v1.21.1-eksbuild.3", pod_identities = { aws-node = {} } } }, { vpc-cni = { version = "v1.21.1-eksbuild.3", pod_identities = { aws-node = { role_arn = "arn:aws:iam::123456789012:role/cni", role = {} } } } }]
    accepts   = [{ eks-pod-identity-agent = { version = "v1.3.10-eksbuild.2" }, vpc-cni = { version = "v1.21.1-eksbuild.3", pod_identities = { aws-node = { role_arn = "arn:aws:iam::123456789012:role/cni" } } } }]
  }
  check {
    condition = contains(keys(var.addons), "eks-pod-identity-agent") || alltrue([for addon in var.addons : length(addon.pod_identities) == 0])
    message   = "addons must have eks-pod-identity-agent when one of them has a pod identity."
    refuses   = [{ vpc-cni = { version = "v1.21.1-eksbuild.3", pod_identities = { aws-node = { role = {} } } } }]
    accepts   = [{ eks-pod-identity-agent = { version = "v1.3.10-eksbuild.2" }, vpc-cni = { version = "v1.21.1-eksbuild.3", pod_identities = { aws-node = { role = {} } } } }]
  }
  check {
    feature   = "pod_identities"
    condition = contains(keys(var.addons), "eks-pod-identity-agent") || length(var.pod_identities) == 0
    message   = "addons must have eks-pod-identity-agent when there are pod identities."
    with      = { pod_identities = { app = { namespace = "production", service_account = "app", role = {} } } }
    refuses   = [{ vpc-cni = { version = "v1.21.1-eksbuild.3" } }]
    accepts   = [{ eks-pod-identity-agent = { version = "v1.3.10-eksbuild.2" }, vpc-cni = { version = "v1.21.1-eksbuild.3" } }]
  }
  check {
    feature   = "autoscaler"
    condition = contains(keys(var.addons), "eks-pod-identity-agent") || var.autoscaler == null
    message   = "addons must have eks-pod-identity-agent when there is an autoscaler."
    with      = { autoscaler = {} }
    refuses   = [{ vpc-cni = { version = "v1.21.1-eksbuild.3" } }]
    accepts   = [{ eks-pod-identity-agent = { version = "v1.3.10-eksbuild.2" }, vpc-cni = { version = "v1.21.1-eksbuild.3" } }]
  }
}

input "access_entries" {
  type = map(object({
    principal_arn     = string
    type              = optional(string, "STANDARD")
    user_name         = optional(string)
    kubernetes_groups = optional(set(string), [])
    policies          = optional(map(object({ namespaces = optional(set(string), []) })), {})
  }))
  default     = {}
  keys        = "static"
  description = "Who has access, by name: an IAM role or user, its Kubernetes groups, and EKS access policies by name, each in the whole cluster or in `namespaces`. Nodes of the module's groups need no entry."
  check {
    condition = alltrue([for entry in var.access_entries : contains(["STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX"], entry.type)])
    message   = "type must be STANDARD, EC2_LINUX, EC2_WINDOWS, FARGATE_LINUX or HYBRID_LINUX."
    refuses   = [{ admin = { principal_arn = "arn:aws:iam::123456789012:role/admin", type = "standard" } }]
    accepts   = [{ karpenter = { principal_arn = "arn:aws:iam::123456789012:role/karpenter-node", type = "EC2_LINUX" } }]
  }
  check {
    condition = alltrue([for entry in var.access_entries : can(regex("^arn:[^:]+:iam::[0-9]{12}:(role|user)/.", entry.principal_arn))])
    message   = "principal_arn must be the ARN of an IAM role or user, not of a session."
    refuses   = [{ admin = { principal_arn = "arn:aws:sts::123456789012:assumed-role/admin/me" } }, { admin = { principal_arn = "admin" } }]
    accepts   = [{ admin = { principal_arn = "arn:aws:iam::123456789012:user/admin" } }]
  }
  check {
    condition = alltrue([for entry in var.access_entries : entry.type == "STANDARD" || length(entry.policies) + length(entry.kubernetes_groups) == 0])
    message   = "Only entries of type STANDARD have policies and kubernetes_groups."
    refuses   = [{ node = { principal_arn = "arn:aws:iam::123456789012:role/node", type = "EC2_LINUX", policies = { AmazonEKSViewPolicy = {} } } }]
    accepts   = [{ view = { principal_arn = "arn:aws:iam::123456789012:role/view", policies = { AmazonEKSViewPolicy = { namespaces = ["production"] } } } }]
  }
  check {
    condition = alltrue(flatten([for entry in var.access_entries : [for policy in keys(entry.policies) : can(regex("^Amazon[A-Za-z]+Policy$", policy))]]))
    message   = "policies must be by name, such as AmazonEKSViewPolicy, and not by ARN."
    refuses   = [{ view = { principal_arn = "arn:aws:iam::123456789012:role/view", policies = { "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy" = {} } } }]
    accepts   = [{ view = { principal_arn = "arn:aws:iam::123456789012:role/view", policies = { AmazonEKSAdminViewPolicy = {} } } }]
  }
  check {
    condition = length(distinct([for entry in var.access_entries : entry.principal_arn])) == length(var.access_entries)
    message   = "Each principal_arn must have one entry, which can have several policies."
    refuses   = [{ one = { principal_arn = "arn:aws:iam::123456789012:role/admin" }, other = { principal_arn = "arn:aws:iam::123456789012:role/admin" } }]
    accepts   = [{}, { one = { principal_arn = "arn:aws:iam::123456789012:role/admin" }, other = { principal_arn = "arn:aws:iam::123456789012:role/view" } }]
  }
  check {
    condition = alltrue([for group in flatten([for entry in var.access_entries : tolist(entry.kubernetes_groups)]) : !startswith(group, "system:")])
    message   = "kubernetes_groups must not begin with system:, which EKS refuses; policies give such rights."
    refuses   = [{ admin = { principal_arn = "arn:aws:iam::123456789012:role/admin", kubernetes_groups = ["system:masters"] } }]
    accepts   = [{ admin = { principal_arn = "arn:aws:iam::123456789012:role/admin", kubernetes_groups = ["operators"] } }]
  }
}

input "endpoint" {
  type = object({
    public_access_cidrs = optional(map(string), {})
    clients = optional(map(object({
      cidr_ipv4         = optional(string)
      prefix_list_id    = optional(string)
      security_group_id = optional(string)
    })), {})
  })
  default     = {}
  keys        = "static"
  description = "Who reaches the API server, by name: `public_access_cidrs` from the internet, which is closed without any, and `clients` within the VPC and connected networks. Nodes always do."
  check {
    condition = alltrue([for cidr in var.endpoint.public_access_cidrs : try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    message   = "endpoint.public_access_cidrs must be ranges such as 203.0.113.0/24, without bits of a host."
    refuses   = [{ public_access_cidrs = { office = "203.0.113.7" } }, { public_access_cidrs = { office = "203.0.113.7/24" } }]
    accepts   = [{ public_access_cidrs = { office = "203.0.113.7/32" } }]
  }
  check {
    condition = alltrue([for client in var.endpoint.clients : length([for source in [client.cidr_ipv4, client.prefix_list_id, client.security_group_id] : source if source != null]) == 1])
    message   = "A client must have one of cidr_ipv4, prefix_list_id and security_group_id."
    refuses   = [{ clients = { vpn = {} } }, { clients = { vpn = { cidr_ipv4 = "10.9.0.0/16", security_group_id = "sg-0a1b2c3d" } } }]
    accepts   = [{ clients = { vpn = { cidr_ipv4 = "10.9.0.0/16" }, runner = { security_group_id = "sg-0a1b2c3d" } } }]
  }
}

input "logs" {
  type = object({
    types             = optional(set(string), ["api", "audit", "authenticator", "controllerManager", "scheduler"])
    retention_in_days = optional(number, 365)
    kms_key_arn       = optional(string)
  })
  default     = {}
  description = "Logs of the control plane; `retention_in_days` 0 keeps them for ever, and the policy of `kms_key_arn` must let CloudWatch Logs use the key."
  check {
    condition = length(setsubtract(var.logs.types, ["api", "audit", "authenticator", "controllerManager", "scheduler"])) == 0
    message   = "logs.types must be among api, audit, authenticator, controllerManager and scheduler."
    refuses   = [{ types = ["audits"] }]
    accepts   = [{ types = [] }, { types = ["audit"] }]
  }
  check {
    condition = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.logs.retention_in_days)
    message   = "logs.retention_in_days must be a number of days that CloudWatch Logs offers, such as 30, 90 or 365, or 0."
    refuses   = [{ retention_in_days = 100 }]
    accepts   = [{ retention_in_days = 0 }, { retention_in_days = 3653 }]
  }
}

input "control_plane" {
  type = object({
    deletion_protection = optional(bool, true)
    support_type        = optional(string, "EXTENDED")
    zonal_shift         = optional(bool)
    service_ipv4_cidr   = optional(string)
  })
  default     = {}
  description = "The cluster itself: `support_type` EXTENDED keeps an old version at a higher price where STANDARD has EKS upgrade it, `zonal_shift` lets traffic be moved out of a zone, and once it was true is switched off by false, `service_ipv4_cidr` is the range of services and cannot be changed later."
  check {
    condition = contains(["STANDARD", "EXTENDED"], var.control_plane.support_type)
    message   = "control_plane.support_type must be STANDARD or EXTENDED."
    refuses   = [{ support_type = "extended" }]
    accepts   = [{ support_type = "STANDARD" }]
  }
  check {
    condition = var.control_plane.service_ipv4_cidr == null ? true : can(regex("^(10|172\\.(1[6-9]|2[0-9]|3[01])|192\\.168)\\..*/(1[2-9]|2[0-4])$", var.control_plane.service_ipv4_cidr)) && try(cidrsubnet(var.control_plane.service_ipv4_cidr, 0, 0) == var.control_plane.service_ipv4_cidr, false)
    message   = "control_plane.service_ipv4_cidr must be a private IPv4 range of /12 to /24, without bits of a host."
    refuses   = [{ service_ipv4_cidr = "172.20.0.0" }, { service_ipv4_cidr = "10.0.0.0/11" }, { service_ipv4_cidr = "172.20.0.0/25" }, { service_ipv4_cidr = "100.64.0.0/16" }, { service_ipv4_cidr = "172.20.1.0/16" }]
    accepts   = [{ service_ipv4_cidr = "172.16.0.0/12" }, { service_ipv4_cidr = "192.168.255.0/24" }]
  }
}

feature "ingress" {
  summary = "Rules by which others reach nodes and pods."

  input "ingress" {
    type = map(object({
      description       = string
      ip_protocol       = optional(string, "tcp")
      from_port         = optional(number)
      to_port           = optional(number)
      cidr_ipv4         = optional(string)
      prefix_list_id    = optional(string)
      security_group_id = optional(string)
    }))
    default     = {}
    keys        = "static"
    description = "Ingress rules of the cluster's security group, which nodes and pods wear, by name; among themselves they are open. `ip_protocol` \"-1\" is all and has no ports."
    check {
      condition = alltrue([for rule in var.ingress : length([for source in [rule.cidr_ipv4, rule.prefix_list_id, rule.security_group_id] : source if source != null]) == 1])
      message   = "An ingress rule must have one of cidr_ipv4, prefix_list_id and security_group_id."
      refuses   = [{ alb = { description = "From the load balancer.", from_port = 80, to_port = 80 } }, { alb = { description = "From the load balancer.", from_port = 80, to_port = 80, cidr_ipv4 = "10.0.0.0/16", security_group_id = "sg-0a1b2c3d" } }]
      accepts   = [{ alb = { description = "From the load balancer.", from_port = 80, to_port = 80, security_group_id = "sg-0a1b2c3d" } }]
    }
    check {
      condition = alltrue([for rule in var.ingress : (rule.ip_protocol == "-1") == (rule.from_port == null) && (rule.from_port == null) == (rule.to_port == null)])
      message   = "An ingress rule must have from_port and to_port, unless ip_protocol is \"-1\"."
      refuses   = [{ alb = { description = "From the load balancer.", from_port = 80, cidr_ipv4 = "10.0.0.0/16" } }, { alb = { description = "From the load balancer.", ip_protocol = "-1", from_port = 80, to_port = 80, cidr_ipv4 = "10.0.0.0/16" } }]
      accepts   = [{ peer = { description = "From the other VPC.", ip_protocol = "-1", cidr_ipv4 = "10.1.0.0/16" } }]
    }
  }
}

feature "pod_identities" {
  summary = "Roles of service accounts by pod identity."

  input "pod_identities" {
    type = map(object({
      namespace       = string
      service_account = string
      role_arn        = optional(string)
      role = optional(object({
        policy_arns     = optional(map(string), {})
        inline_policies = optional(map(string), {})
      }))
      target_role_arn = optional(string)
    }))
    default     = {}
    keys        = "static"
    description = "Service accounts with a role, by name: a given `role_arn`, or a `role` of the module with policies by name, by ARN or as JSON. `target_role_arn` is a role of another account that is taken on from there."
    check {
      condition = alltrue([for identity in var.pod_identities : (identity.role_arn == null) != (identity.role == null)])
      message   = "A pod identity must have either role_arn or role."
      with      = { addons = { eks-pod-identity-agent = { version = "v1.3.10-eksbuild.2" }, vpc-cni = { version = "v1.21.1-eksbuild.3" } } }
      refuses   = [{ app = { namespace = "production", service_account = "app" } }, { app = { namespace = "production", service_account = "app", role_arn = "arn:aws:iam::123456789012:role/app", role = {} } }]
      accepts   = [{ app = { namespace = "production", service_account = "app", role = {} } }]
    }
    check {
      condition = length(distinct([for identity in var.pod_identities : "${identity.namespace}/${identity.service_account}"])) == length(var.pod_identities)
      message   = "Each service account must have one pod identity."
      with      = { addons = { eks-pod-identity-agent = { version = "v1.3.10-eksbuild.2" }, vpc-cni = { version = "v1.21.1-eksbuild.3" } } }
      refuses   = [{ one = { namespace = "production", service_account = "app", role = {} }, other = { namespace = "production", service_account = "app", role = {} } }]
      accepts   = [{ one = { namespace = "production", service_account = "app", role = {} }, other = { namespace = "staging", service_account = "app", role = {} } }]
    }
    check {
      condition = alltrue(flatten([for identity in var.pod_identities : [for policy in identity.role == null ? [] : values(identity.role.inline_policies) : can(jsondecode(policy))]]))
      message   = "inline_policies must be JSON."
      with      = { addons = { eks-pod-identity-agent = { version = "v1.3.10-eksbuild.2" }, vpc-cni = { version = "v1.21.1-eksbuild.3" } } }
      refuses   = [{ app = { namespace = "production", service_account = "app", role = { inline_policies = { bucket = "s3:GetObject" } } } }]
      accepts   = [{ app = { namespace = "production", service_account = "app", role = { inline_policies = { nothing = "{}" } } } }]
    }
    check {
      condition = alltrue([for name in keys(var.pod_identities) : can(regex("^[a-zA-Z0-9][a-zA-Z0-9_-]*$", name))])
      message   = "The name of a pod identity must be letters, digits, dashes and underscores."
      with      = { addons = { eks-pod-identity-agent = { version = "v1.3.10-eksbuild.2" }, vpc-cni = { version = "v1.21.1-eksbuild.3" } } }
      refuses   = [{ "production/app" = { namespace = "production", service_account = "app", role = {} } }]
      accepts   = [{ production-app = { namespace = "production", service_account = "app", role = {} } }]
    }
  }
}

feature "autoscaler" {
  summary = "Role of the cluster autoscaler, which may change the size of this cluster's node groups alone."

  input "autoscaler" {
    type = object({
      namespace       = optional(string, "kube-system")
      service_account = optional(string, "cluster-autoscaler")
    })
    default     = null
    keys        = "static"
    description = "Service account of the cluster autoscaler, which gets its role by pod identity; null for none."
  }
}

feature "identity_provider" {
  summary = "Users of an OpenID Connect provider besides IAM."

  input "identity_provider" {
    type = object({
      name            = string
      issuer_url      = string
      client_id       = string
      username_claim  = optional(string)
      username_prefix = optional(string)
      groups_claim    = optional(string)
      groups_prefix   = optional(string)
      required_claims = optional(map(string))
    })
    default     = null
    keys        = "static"
    description = "OpenID Connect provider that the API server trusts for users; null for none. EKS takes one, whose issuer it must reach in public."
    check {
      condition = var.identity_provider == null ? true : startswith(var.identity_provider.issuer_url, "https://")
      message   = "identity_provider.issuer_url must begin with https://."
      refuses   = [{ name = "sso", issuer_url = "sso.example.com", client_id = "kubernetes" }]
      accepts   = [{ name = "sso", issuer_url = "https://sso.example.com", client_id = "kubernetes" }]
    }
  }
}

output "cluster_name" {
  type        = string
  description = "Name of the cluster."
  value       = aws_eks_cluster.this.name
}

output "cluster_arn" {
  type        = string
  description = "ARN of the cluster."
  value       = aws_eks_cluster.this.arn
}

output "endpoint" {
  type        = string
  description = "URL of the API server."
  value       = aws_eks_cluster.this.endpoint
}

output "certificate_authority" {
  type        = string
  description = "Certificate of the API server's authority, in base64."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "oidc_provider_arn" {
  type        = string
  description = "ARN of the IAM provider that roles of service accounts trust."
  value       = aws_iam_openid_connect_provider.this.arn
}

output "oidc_issuer" {
  type        = string
  description = "URL of the issuer of service accounts' tokens."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "cluster_security_group_id" {
  type        = string
  description = "Security group of the control plane and all nodes, made by EKS."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "node_role_arn" {
  type        = string
  description = "ARN of the nodes' role."
  value       = aws_iam_role.node.arn
}

output "autoscaling_group_names" {
  type        = map(string)
  description = "Names of the auto-scaling groups by node group."
  value       = { for name, group in aws_eks_node_group.this : name => group.resources[0].autoscaling_groups[0].name }
}

output "pod_role_arns" {
  type        = map(string)
  description = "ARNs of the module's roles for service accounts: of pod identities by name, of add-ons by add-on/service account."
  value       = { for name, role in aws_iam_role.pod : name => role.arn }
}

mock "resource" "aws_eks_cluster" {
  vpc_config = { cluster_security_group_id = "sg-0123456789abcdef0" }
}

mock "resource" "aws_eks_node_group" {
  resources = [{ autoscaling_groups = [{ name = "eks-general" }], remote_access_security_group_id = "" }]
}

waive "CKV_AWS_158" {
  when = ["minimal", "staging"]
  why  = "A key for the logs needs a policy that names CloudWatch Logs, so `logs.kms_key_arn` is for those who have one; without it the service encrypts with its own key."
}

waive "CKV_AWS_338" {
  when = ["staging"]
  why  = "A cluster that lives for a day needs no year of logs; the default is 365 days."
}

waive "CKV_AWS_39" {
  when = ["staging"]
  why  = "The example shows the public endpoint, open to named ranges alone; by default it is closed."
}

example "minimal" {
  summary = "A private cluster with one node group and the add-ons that it cannot be without."
  inputs = {
    name               = "minimal"
    kubernetes_version = "1.35"
    vpc_id             = "vpc-0123456789abcdef0"
    subnet_ids         = { us-east-1a = "subnet-0123456789abcdef0", us-east-1b = "subnet-0123456789abcdef1" }
    kms_key_arn        = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    node_groups        = { general = { instance_types = ["m7i.large"], size = { min = 2, max = 4 } } }
    addons = {
      vpc-cni    = { version = "v1.21.1-eksbuild.3" }
      kube-proxy = { version = "v1.35.0-eksbuild.2" }
      coredns    = { version = "v1.13.2-eksbuild.1" }
    }
    access_entries = {
      admin = {
        principal_arn = "arn:aws:iam::123456789012:role/platform"
        policies      = { AmazonEKSClusterAdminPolicy = {} }
      }
    }
  }
}

example "production" {
  summary = "On-demand, spot and tainted node groups, pod identity for add-ons, applications and the autoscaler, users of a single sign-on."
  inputs = {
    name               = "techally-production"
    kubernetes_version = "1.35"
    vpc_id             = "vpc-0123456789abcdef0"
    kms_key_arn        = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    subnet_ids = {
      us-east-1a = "subnet-0123456789abcdef0"
      us-east-1b = "subnet-0123456789abcdef1"
      us-east-1c = "subnet-0123456789abcdef2"
    }
    node_groups = {
      general = {
        instance_types     = ["m7i.xlarge"]
        size               = { min = 3, desired = 3, max = 10 }
        release_version    = "1.35.0-20260129"
        security_group_ids = { nodes = "sg-0123456789abcdef0" }
        labels             = { workload = "general" }
        tags               = { CostCenter = "Engineering" }
      }
      compute = {
        instance_types = ["c7i.2xlarge", "c7a.2xlarge", "c6i.2xlarge"]
        capacity_type  = "SPOT"
        size           = { min = 2, max = 8 }
        labels         = { workload = "compute" }
        taints         = { workload = { value = "compute", effect = "NO_SCHEDULE" } }
        update         = { max_unavailable = 2 }
      }
      memory = {
        instance_types = ["r7g.xlarge"]
        ami_type       = "BOTTLEROCKET_ARM_64"
        size           = { min = 0, max = 6 }
        zones          = ["us-east-1a", "us-east-1b"]
        volume         = { size = 200, iops = 6000, throughput = 250 }
        taints         = { workload = { value = "memory", effect = "NO_SCHEDULE" } }
      }
    }
    node_role_policies = { ssm = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" }
    addons = {
      vpc-cni = {
        version              = "v1.21.1-eksbuild.3"
        configuration_values = "{\"enableNetworkPolicy\":\"true\"}"
        pod_identities       = { aws-node = { role = { policy_arns = { cni = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy" } } } }
      }
      kube-proxy             = { version = "v1.35.0-eksbuild.2" }
      eks-pod-identity-agent = { version = "v1.3.10-eksbuild.2" }
      coredns                = { version = "v1.13.2-eksbuild.1", resolve_conflicts_on_update = "PRESERVE" }
      aws-ebs-csi-driver = {
        version        = "v1.57.1-eksbuild.1"
        preserve       = false
        pod_identities = { ebs-csi-controller-sa = { role = { policy_arns = { ebs = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy" } } } }
      }
    }
    access_entries = {
      platform = {
        principal_arn = "arn:aws:iam::123456789012:role/platform"
        policies      = { AmazonEKSClusterAdminPolicy = {} }
      }
      developers = {
        principal_arn     = "arn:aws:iam::123456789012:role/developers"
        kubernetes_groups = ["developers"]
        policies          = { AmazonEKSViewPolicy = { namespaces = ["production", "staging"] } }
      }
    }
    endpoint      = { clients = { vpn = { cidr_ipv4 = "10.9.0.0/16" }, runners = { security_group_id = "sg-0123456789abcdef1" } } }
    logs          = { kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/2234abcd-12ab-34cd-56ef-1234567890ab" }
    control_plane = { zonal_shift = true, service_ipv4_cidr = "172.20.0.0/16" }
    ingress = {
      alb = { description = "From the load balancer.", from_port = 30000, to_port = 32767, security_group_id = "sg-0123456789abcdef2" }
    }
    pod_identities = {
      media  = { namespace = "production", service_account = "media", role = { inline_policies = { bucket = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\"],\"Resource\":[\"arn:aws:s3:::techally-media/*\"]}]}" } } }
      orders = { namespace = "production", service_account = "orders", role_arn = "arn:aws:iam::123456789012:role/orders" }
    }
    autoscaler        = {}
    identity_provider = { name = "sso", issuer_url = "https://sso.example.com", client_id = "kubernetes", username_claim = "email", groups_claim = "groups", groups_prefix = "sso:" }
  }
}

example "staging" {
  summary = "A cluster that is built and destroyed each day: spot nodes, reached from an office, without protection."
  inputs = {
    name               = "staging"
    kubernetes_version = "1.35"
    vpc_id             = "vpc-0123456789abcdef0"
    subnet_ids         = { us-east-1a = "subnet-0123456789abcdef0", us-east-1b = "subnet-0123456789abcdef1" }
    kms_key_arn        = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    node_groups = {
      spot = {
        instance_types = ["t3.large", "t3a.large", "m5.large"]
        capacity_type  = "SPOT"
        size           = { min = 1, max = 4 }
        volume         = { size = 50 }
      }
    }
    addons = {
      vpc-cni    = { version = "v1.21.1-eksbuild.3" }
      kube-proxy = { version = "v1.35.0-eksbuild.2" }
      coredns    = { version = "v1.13.2-eksbuild.1" }
    }
    access_entries = { ci = { principal_arn = "arn:aws:iam::123456789012:role/ci", policies = { AmazonEKSClusterAdminPolicy = {} } } }
    endpoint       = { public_access_cidrs = { office = "203.0.113.0/24" } }
    logs           = { retention_in_days = 7 }
    control_plane  = { deletion_protection = false, support_type = "STANDARD" }
  }
}
