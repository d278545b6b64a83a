output "region" {
  value = data.aws_region.current.region
}

output "vpc_id" {
  value = module.network.vpc_id
}

output "cluster_endpoint" {
  value = one(module.cluster[*].endpoint)
}

output "cluster_issuer" {
  value = try(module.cluster[0].issuer, null)
}

output "database_password" {
  value     = one(module.database[*].password)
  sensitive = true
}

output "bucket_arns" {
  value = { for name, bucket in module.storage : name => bucket.arn }
}

output "shuffled_azs" {
  value = flatten(random_shuffle.azs[*].result)
}
