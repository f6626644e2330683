"""What is read from files and arguments: manifests and inputs."""
