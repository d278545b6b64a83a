run "setup" {
  module {
    source = "./tests/setup"
  }

  variables {
    prefix = "a"
  }
}

run "without_cluster" {
  command = plan

  variables {
    name            = run.setup.name
    create_cluster  = false
    create_database = false
  }

  assert {
    condition     = length(module.cluster) == 0
    error_message = "The cluster can be left out."
  }
}

run "everything" {
  variables {
    name        = run.setup.name
    node_groups = { general = { types = ["m7i.large"] } }
    buckets     = { one = {} }
  }

  assert {
    condition     = startswith(output.cluster_endpoint, "https://")
    error_message = "The cluster has an endpoint."
  }

  assert {
    condition     = output.bucket_arns["one"] == "arn:aws:s3:::a-test-one"
    error_message = "A bucket has the name that it was given."
  }
}

run "refuses_a_port" {
  command = plan

  variables {
    name          = "x"
    ingress_rules = [{ port = 70000 }]
  }

  expect_failures = [var.ingress_rules]
}
