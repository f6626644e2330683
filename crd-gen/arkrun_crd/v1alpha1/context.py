"""How much of earlier outputs a step is shown."""

from arkrun_crd.v1alpha1.values import Document, Line, Open, Word
from crd_gen import Int64


class ContextCompression(Open):
    """Settings of the strategy compress."""

    model: Line | None = None
    """Model that compresses the output."""
    prompt: Document | None = None
    """System prompt of the compression; the operator's own if empty."""
    target_tokens: Int64 | None = None
    """Tokens that the compressed output should have; zero means no target."""


class ContextExtraction(Open):
    """Settings of the strategy extract."""

    path: Document | None = None
    """JSONPath of the value in a JSON output, or a regular expression for a text."""


class ContextPolicy(Open):
    """How a step's output is prepared before later steps see it."""

    strategy: Word = "full"
    """How the output is prepared: full, compress, extract (one value of it) or none."""
    compress: ContextCompression | None = None
    """Settings of the strategy compress."""
    extract: ContextExtraction | None = None
    """Settings of the strategy extract."""
    extract_path: Document | None = None
    """Path of the strategy extract, as newer operators write it."""
