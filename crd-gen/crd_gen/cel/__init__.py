"""The Common Expression Language of x-kubernetes-validations: parser, types and cost estimation."""
