"""Context policies: what later steps see of a step's output."""

from arkrun_crd.v1alpha1.values import Document, Line, Open, Word
from crd_gen import Int64


class ContextCompression(Open):
    """Settings of the strategy compress."""

    model: Line | None = None
    """Model that compresses the output."""
    prompt: Document | None = None
    """System prompt of the compression. Defaults to the operator's prompt."""
    target_tokens: Int64 | None = None
    """Target size of the compressed output in tokens. Zero means no target."""


class ContextExtraction(Open):
    """Settings of the strategy extract."""

    path: Document | None = None
    """JSONPath of the value in a JSON output, or a regular expression for a text output."""


class ContextPolicy(Open):
    """How the output of a step is passed to later steps."""

    strategy: Word = "full"
    """How the output is passed. One of full, compress, extract, none."""
    compress: ContextCompression | None = None
    """Settings of the strategy compress."""
    extract: ContextExtraction | None = None
    """Settings of the strategy extract."""
    extract_path: Document | None = None
    """Path of the strategy extract. Set by newer operators instead of extract.path."""
