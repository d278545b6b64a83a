terraform   {
required_version=">= 1.11.0"
    required_providers {
aws={
source="hashicorp/aws"
 version = ">= 6.25, < 7.0"
}
random = { source = "hashicorp/random", version="~> 3.0" }
    }
}


resource aws_vpc this {
cidr_block=var.cidr
  enable_dns_hostnames    =   true
instance_tenancy = "default" # shared hardware

    tags = merge(var.tags,{Name=var.name})
  lifecycle { prevent_destroy = true }
}

resource "aws_subnet" private {
for_each=local.subnets

vpc_id=aws_vpc.this.id
availability_zone = each.value.zone   // one per zone
cidr_block = each.value.cidr

timeouts {
create = "10m"
}
}
resource "aws_security_group" "empty" {}
resource "aws_security_group" "spaced" { }
resource "aws_security_group" "rules" {
  dynamic ingress {
  for_each=var.rules
    iterator =   rule
  content {
  from_port = rule.value.port
    to_port=rule.value.port
   protocol    = "tcp"
cidr_blocks = [ "10.0.0.0/8" ,"192.168.0.0/16" ]
  }
  }
  egress { from_port = 0 }
  depends_on=[ aws_vpc.this,aws_subnet.private ]
}

data   "aws_iam_policy_document"    "trust"   {
  statement {
    actions = [
"sts:AssumeRole",
        "sts:TagSession",
    ]
      principals {
        type="Service"
        identifiers=["eks.amazonaws.com"]
}
 }
}

module "network" {
  source = "../../modules/networking"
    providers = { aws = aws.west }
for_each = toset( [ "a","b" ] )
}

moved {
from = aws_subnet.a
to=aws_subnet.private["a"]
}
import {
  to=aws_vpc.this
  id = "vpc-1"
}
check "health" {
data "http" "it" { url = "https://example.com" }
  assert {
    condition = data.http.it.status_code==200
    error_message = "down"
  }
}
run "plan" {
command=plan
variables { name = "x" }
  expect_failures=[var.cidr,]
}
