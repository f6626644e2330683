"""What happened in a run."""

from typing import Annotated, ClassVar

from pydantic import Field

from arkrun_crd.v1alpha1.condition import Condition
from arkrun_crd.v1alpha1.phases import (
    NO_STEP_LEAVES,
    REOPENED_BY_RETRY,
    STEP_FAILED,
    STEP_SUCCEEDED,
    RunPhase,
    StepPhase,
)
from arkrun_crd.v1alpha1.tokens import TokenUsage
from arkrun_crd.v1alpha1.values import Count, Document, Moment, Name
from crd_gen import Int32, Kept, MapList, Node, SetOnce

STEPS_MAX = 1000
"""Room for any team's pipeline; the rules on the list cost in proportion to it."""


class StepStatus(Node):
    """State of one step."""

    rules: ClassVar = (STEP_SUCCEEDED, STEP_FAILED)

    name: Name
    """Role of the step, as in spec.pipeline[].role."""
    phase: StepPhase | None = None
    """Where the step is; a step that Succeeded never changes again."""
    task_id: Annotated[str | None, Field(max_length=1024, alias="taskID")] = None
    """Message ID in the task queue; traces carry it."""
    output: Document | None = None
    """Raw text that the agent gave."""
    output_json: Annotated[Document | None, Field(alias="outputJSON")] = None
    """The output parsed by the step's outputSchema, as JSON text."""
    start_time: Moment | None = None
    """When the task was put into the queue."""
    completion_time: Moment | None = None
    """When the step ended."""
    message: Document | None = None
    """Why the step failed, for people."""
    iterations: Annotated[Int32, Field(ge=0)] | None = None
    """Rounds done, for a step with a loop."""
    token_usage: TokenUsage | None = None
    """Tokens of this step."""


class ArkRunStatus(Node):
    """What has happened so far; written by the operator only."""

    rules: ClassVar = (REOPENED_BY_RETRY,)

    phase: RunPhase | None = None
    """Where the run is: Pending until its first step starts, then Running, then Succeeded or Failed."""
    steps: (
        Annotated[
            list[StepStatus],
            Field(max_length=STEPS_MAX),
            MapList("name"),
            NO_STEP_LEAVES,
            Kept("no step leaves the list, so the list stays"),
        ]
        | None
    ) = None
    """State of every step, in the order of the pipeline."""
    output: Document | None = None
    """Final result, once the run has Succeeded."""
    start_time: Annotated[Moment, SetOnce("the start of a run is set once")] | None = None
    """When the run left Pending; set once."""
    completion_time: Moment | None = None
    """When the run ended."""
    total_token_usage: TokenUsage | None = None
    """Tokens of all steps, tries that were retried included."""
    observed_generation: Count | None = None
    """Generation of the run that this status describes."""
    conditions: Annotated[list[Condition], Field(max_length=64), MapList("type")] | None = None
    """Standard conditions."""
