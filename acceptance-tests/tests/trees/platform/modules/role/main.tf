variable "name" {
  type = string
}

variable "services" {
  type = list(string)
}

variable "create_policy" {
  type    = bool
  default = false
}

variable "policy" {
  type    = string
  default = null
}

variable "managed_policies" {
  type    = set(string)
  default = []
}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = var.services
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "this" {
  count = var.create_policy ? 1 : 0

  role   = aws_iam_role.this.name
  policy = var.policy
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = var.managed_policies

  role       = aws_iam_role.this.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.key}"
}

output "arn" {
  value = aws_iam_role.this.arn
}
