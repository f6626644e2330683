"""Manifests as kubectl reads them: the stream's documents, YAML or JSON, with the position of every value."""

from arkrun_cli.manifests.node import ManifestError
from arkrun_cli.manifests.stream import Document, documents, read

__all__ = ["Document", "ManifestError", "documents", "read"]
