"""The status of a run."""

from typing import Annotated, ClassVar

from pydantic import Field

from arkrun_crd.v1alpha1.condition import Condition
from arkrun_crd.v1alpha1.phases import REOPENED_BY_RETRY, STEP_SUCCEEDED, SUCCEEDED_STEPS_STAY
from arkrun_crd.v1alpha1.references import ObjectName
from arkrun_crd.v1alpha1.strategies.search import SearchTree
from arkrun_crd.v1alpha1.tokens import TokenUsage
from arkrun_crd.v1alpha1.values import Anything, Count, Document, Line, Moment, Name, Open, Word
from crd_gen import Int64, MapList

STEPS_MAX = 1000
"""Maximum length of the list of steps, to which the cost of the rules on the list is proportional."""


class StepStatus(Open):
    """Status of a step."""

    rules: ClassVar = (STEP_SUCCEEDED,)

    name: Name
    """Name of the step, which is the role of its entry in spec.pipeline."""
    phase: Word | None = None
    """Phase of the step. One of Pending, WarmingUp, Running, Validating, Succeeded, Failed, Skipped."""
    task_id: Annotated[str | None, Field(max_length=1024, alias="taskID")] = None
    """ID of the message in the task queue, which is also an attribute of the OpenTelemetry trace."""
    output: Document | None = None
    """Output of the agent after the context policy was applied."""
    raw_output: Document | None = None
    """Output of the agent before the context policy was applied. Set only if it differs from output."""
    output_json: Annotated[Document | None, Field(alias="outputJSON")] = None
    """Output as JSON. Set only if the step has an outputSchema."""
    artifacts: dict[str, Line] | None = None
    """URLs of the step's artifacts. Keys are names of artifacts."""
    start_time: Moment | None = None
    """Time at which the task was enqueued."""
    completion_time: Moment | None = None
    """Time at which the step completed."""
    message: Document | None = None
    """Human-readable details about the phase."""
    error_code: Line | None = None
    """Machine-readable reason of a failure."""
    error_suggestion: Document | None = None
    """Human-readable suggestion for fixing a failure."""
    iterations: Annotated[Int64, Field(ge=0)] | None = None
    """Number of completed iterations of a step with a loop."""
    validation_attempts: Annotated[Int64, Field(ge=0)] | None = None
    """Number of outputs that failed validation."""
    validation_message: Document | None = None
    """Human-readable reason why the last validation failed."""
    resolved_agent: ObjectName | None = None
    """Name of the ArkAgent that was selected by registryLookup or routing."""
    selected_capability: Line | None = None
    """Capability that was selected by routing."""
    routing_reason: Document | None = None
    """The router's explanation of its selection."""
    token_usage: TokenUsage | None = None
    """Tokens used by the step."""
    compression_tokens: Count | None = None
    """Size of the compressed output in tokens."""
    # A number for older operators, a decimal string for newer ones.
    cost_usd: Annotated[Anything, Field(alias="costUSD")] = None
    """Estimated cost of the step in US dollars."""


class ArkRunStatus(Open):
    """Most recently observed status of the run. Populated by the operator."""

    rules: ClassVar = (SUCCEEDED_STEPS_STAY, REOPENED_BY_RETRY)

    phase: Word | None = None
    """Phase of the run. One of Pending, Running, Succeeded, Failed."""
    steps: Annotated[list[StepStatus], Field(max_length=STEPS_MAX), MapList("name")] | None = None
    """Status of each step."""
    search_tree: SearchTree | None = None
    """State of the search. Set only if the team has a search."""
    output: Document | None = None
    """Output of the run. Set only if the phase is Succeeded."""
    start_time: Moment | None = None
    """Time at which the run started. A retry may reset it."""
    completion_time: Moment | None = None
    """Time at which the run completed."""
    total_token_usage: TokenUsage | None = None
    """Tokens used by all steps."""
    total_cost_usd: Annotated[Anything, Field(alias="totalCostUSD")] = None
    """Estimated cost of all steps in US dollars."""
    observed_generation: Count | None = None
    """Most recent metadata.generation observed by the operator."""
    conditions: Annotated[list[Condition], Field(max_length=64), MapList("type")] | None = None
    """Latest available observations of the run's state."""
