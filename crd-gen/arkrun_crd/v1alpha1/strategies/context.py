"""Context policies: how a step's output is passed to later steps."""

from arkrun_crd.v1alpha1.values import Document, Line, Open, Word
from crd_gen import Int64


class ContextCompression(Open):
    """Settings of the strategy compress."""

    model: Line | None = None
    """Model that compresses the output."""
    prompt: Document | None = None
    """System prompt for the compression. Defaults to a prompt of the operator."""
    target_tokens: Int64 | None = None
    """Target size of the compressed output in tokens. Zero means no target."""


class ContextExtraction(Open):
    """Settings of the strategy extract."""

    path: Document | None = None
    """JSONPath of the value in a JSON output, or a regular expression for a text output."""


class ContextPolicy(Open):
    """Policy for passing the output of a step to later steps."""

    strategy: Word = "full"
    """Strategy for passing the output. One of full, compress, extract, none. Defaults to full."""
    compress: ContextCompression | None = None
    """Settings of the strategy compress. Used only if strategy is compress."""
    extract: ContextExtraction | None = None
    """Settings of the strategy extract. Used only if strategy is extract."""
    extract_path: Document | None = None
    """Path of the strategy extract. Set by newer operators instead of extract.path."""
