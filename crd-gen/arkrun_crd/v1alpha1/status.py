"""What happened in a run."""

from typing import Annotated, ClassVar

from pydantic import Field

from arkrun_crd.v1alpha1.condition import Condition
from arkrun_crd.v1alpha1.phases import REOPENED_BY_RETRY, STEP_SUCCEEDED, SUCCEEDED_STEPS_STAY
from arkrun_crd.v1alpha1.references import ObjectName
from arkrun_crd.v1alpha1.search import SearchTree
from arkrun_crd.v1alpha1.tokens import TokenUsage
from arkrun_crd.v1alpha1.values import Anything, Count, Document, Line, Moment, Name, Open, Word
from crd_gen import Int64, MapList

STEPS_MAX = 1000
"""Room for any team's pipeline; the rules on the list cost in proportion to it."""


class StepStatus(Open):
    """State of one step."""

    rules: ClassVar = (STEP_SUCCEEDED,)

    name: Name
    """Role of the step, as in spec.pipeline[].role."""
    phase: Word | None = None
    """State of the step: Pending, WarmingUp, Running, Validating, Succeeded, Failed or Skipped."""
    task_id: Annotated[str | None, Field(max_length=1024, alias="taskID")] = None
    """Message ID in the task queue; it leads to the OpenTelemetry trace."""
    output: Document | None = None
    """Document output of the agent, prepared by the context policy."""
    raw_output: Document | None = None
    """Document output of the agent as it was, where the context policy changed it."""
    output_json: Annotated[Document | None, Field(alias="outputJSON")] = None
    """Output parsed as JSON, when the step has an outputSchema."""
    artifacts: dict[str, Line] | None = None
    """URLs of the files that the step left, by name."""
    start_time: Moment | None = None
    """Time the task was put into the queue."""
    completion_time: Moment | None = None
    """Time the step ended."""
    message: Document | None = None
    """Details, for people."""
    error_code: Line | None = None
    """Cause of a failure, for programs."""
    error_suggestion: Document | None = None
    """Remedy for a failure, for people."""
    iterations: Annotated[Int64, Field(ge=0)] | None = None
    """Rounds completed by a step with a loop."""
    validation_attempts: Annotated[Int64, Field(ge=0)] | None = None
    """Outputs that failed validation."""
    validation_message: Document | None = None
    """Reason of the last failed validation."""
    resolved_agent: ObjectName | None = None
    """ArkAgent that a registry lookup or a router chose."""
    selected_capability: Line | None = None
    """Capability that the router chose."""
    routing_reason: Document | None = None
    """Reason the router gave."""
    token_usage: TokenUsage | None = None
    """Tokens used by this step."""
    compression_tokens: Count | None = None
    """Tokens of the compressed output."""
    # A number for older operators, a decimal string for newer ones.
    cost_usd: Annotated[Anything, Field(alias="costUSD")] = None
    """Estimated cost of this step in US dollars."""


class ArkRunStatus(Open):
    """What has happened so far; written by the operator."""

    rules: ClassVar = (SUCCEEDED_STEPS_STAY, REOPENED_BY_RETRY)

    phase: Word | None = None
    """State of the run: Pending, Running, Succeeded or Failed."""
    steps: Annotated[list[StepStatus], Field(max_length=STEPS_MAX), MapList("name")] | None = None
    """State of every step."""
    search_tree: SearchTree | None = None
    """State of the search, in a run of a team that searches."""
    output: Document | None = None
    """Final result, once the run has Succeeded."""
    start_time: Moment | None = None
    """Time the run began; a retry may set it again."""
    completion_time: Moment | None = None
    """Time the run ended."""
    total_token_usage: TokenUsage | None = None
    """Tokens used by all steps."""
    total_cost_usd: Annotated[Anything, Field(alias="totalCostUSD")] = None
    """Estimated cost of all steps in US dollars."""
    observed_generation: Count | None = None
    """Generation of the run that this status describes."""
    conditions: Annotated[list[Condition], Field(max_length=64), MapList("type")] | None = None
    """Standard conditions."""
