"""Custom resources: a kind in one version, and the definition of all its versions."""
