"""Annotations that add to a pydantic type what only a Kubernetes schema has."""
