"""What to generate: the [tool.crd-gen] table of pyproject.toml, and the models that it names."""
