"""Resource limits of a role."""

from arkrun_crd.v1alpha1.values import Open
from crd_gen import Int32, Int64


class CircuitBreaker(Open):
    """Circuit breaker for calls of a failing model."""

    failure_threshold: Int32 | None = None
    """Number of consecutive failures that open the circuit."""
    cooldown_seconds: Int32 | None = None
    """Number of seconds before an open circuit becomes half-open."""
    half_open_max_calls: Int32 | None = None
    """Maximum number of calls while the circuit is half-open."""


class RoleLimits(Open):
    """Resource limits of a role."""

    tokens_per_call: Int64 = 8000
    """Maximum number of tokens of a model call. Defaults to 8000."""
    concurrent_tasks: Int64 = 5
    """Maximum number of concurrent tasks of a replica. Defaults to 5."""
    timeout_seconds: Int64 = 120
    """Timeout of a task in seconds. Defaults to 120."""
    retries: Int64 = 3
    """Maximum number of retries of a failed task. Defaults to 3."""
    daily_tokens: Int64 | None = None
    """Maximum number of tokens used in any 24 hours."""
    max_answer_tokens_per_call: Int32 | None = None
    """Maximum number of answer tokens of a model call."""
    max_thinking_tokens_per_call: Int32 | None = None
    """Maximum number of thinking tokens of a model call."""
    circuit_breaker: CircuitBreaker | None = None
    """Circuit breaker for calls of a failing model."""
    max_tokens_per_call: Int64 | None = None
    """Older name of tokensPerCall."""
    max_daily_tokens: Int64 | None = None
    """Older name of dailyTokens."""
    max_concurrent_tasks: Int64 | None = None
    """Older name of concurrentTasks."""
    max_retries: Int64 | None = None
    """Older name of retries."""
