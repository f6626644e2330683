"""Token usage."""

from typing import ClassVar

from arkrun_crd.v1alpha1.values import Count
from crd_gen import Node, Rule


class TokenUsage(Node):
    """Tokens used; the total is the sum of the other two."""

    rules: ClassVar = (
        Rule(
            "(has(self.totalTokens) ? self.totalTokens : 0) == (has(self.inputTokens) ? self.inputTokens : 0)"
            " + (has(self.outputTokens) ? self.outputTokens : 0)",
            "totalTokens must be inputTokens + outputTokens",
            accepts=lambda usage: usage.adds_up(),
        ),
    )

    input_tokens: Count | None = None
    """Tokens of the prompts."""
    output_tokens: Count | None = None
    """Tokens of the completions."""
    total_tokens: Count | None = None
    """inputTokens + outputTokens."""

    def adds_up(self) -> bool:
        """Tell whether the total is the sum; an absent figure is zero."""
        return (self.total_tokens or 0) == (self.input_tokens or 0) + (self.output_tokens or 0)
