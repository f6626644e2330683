"""Token usage."""

from typing import ClassVar

from arkrun_crd.v1alpha1.values import Count, Line, Open
from crd_gen import Rule


class TokenUsage(Open):
    """Tokens used by a step or a run."""

    # Newer operators count thinking tokens in the total as well.
    rules: ClassVar = (
        Rule(
            "!has(self.totalTokens) || self.totalTokens >="
            " (has(self.inputTokens) ? self.inputTokens : 0)"
            " + (has(self.outputTokens) ? self.outputTokens : 0)",
            "totalTokens must be at least inputTokens + outputTokens",
            accepts=lambda usage: usage.covers_its_parts(),
        ),
    )

    input_tokens: Count | None = None
    """Number of tokens in prompts."""
    output_tokens: Count | None = None
    """Number of tokens in completions."""
    thinking_tokens: Count | None = None
    """Number of thinking tokens."""
    total_tokens: Count | None = None
    """Total number of tokens. At least the sum of inputTokens and outputTokens."""
    model: Line | None = None
    """Model that used the tokens."""

    def covers_its_parts(self) -> bool:
        """Return True if the total is at least the sum of its parts, or absent."""
        if self.total_tokens is None:
            return True
        return self.total_tokens >= (self.input_tokens or 0) + (self.output_tokens or 0)
