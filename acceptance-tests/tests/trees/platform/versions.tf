terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.5"
    }
    unused = {
      source  = "corp.example.com/team/unused"
      version = ">= 2.0, != 2.0.0"
    }
  }
}
