"""A step of a team's pipeline."""

from typing import Annotated, Literal

from pydantic import Field

from arkrun_crd.v1alpha1.values import Anything, Count, Line, Name, Open, Text
from crd_gen import AtomicList, Int32


class Loop(Open):
    """Repetition of a step."""

    condition: Text | None = None
    """Go template that is rendered after each round; the step goes on while it gives true."""
    max_iterations: Annotated[Int32, Field(ge=1, le=100)] | None = None
    """Rounds after which the step ends whatever the condition says; absent means 10."""
    # No default here: the API server would write it into the team, and a run would then show
    # a pipeline that its author did not write.


class StepValidation(Open):
    """Checks of a step's output before the next step sees it."""

    contains: Text | None = None
    """Regular expression that the output must match."""
    schema_: Annotated[Text | None, Field(alias="schema")] = None
    """JSON Schema, as text, that the output must satisfy."""
    semantic: Text | None = None
    """Question about the output that a model answers with pass or fail."""
    semantic_model: Line | None = None
    """Model that judges the semantic check; the step's own one if empty."""
    on_failure: Literal["fail", "retry"] | None = None
    """What a failed check does: end the step, or put it back to Pending for another try."""
    max_retries: Annotated[Int32, Field(ge=0, le=10)] | None = None
    """Tries after the first one before the step fails for good."""
    reject_patterns: Annotated[list[Line], Field(max_length=64), AtomicList()] | None = None
    """Regular expressions that the output must not match."""


class RegistryLookup(Open):
    """Choice of an agent at run time instead of a fixed role."""

    capability: Name | None = None
    """Capability that the agent must offer."""
    tags: Annotated[list[Name], Field(max_length=64), AtomicList()] | None = None
    """Tags that narrow the choice."""
    strategy: Name | None = None
    """How to choose among several fitting agents."""
    registry_ref: Anything = None
    """Registry to search; the team's own one if absent."""
    fallback: Name | None = None
    """Agent to use when none fits."""


class PipelineStep(Open):
    """One node of the graph: which role works, on what, and after whom."""

    role: Name
    """Role that does the step; it also names the step."""
    inputs: Annotated[dict[str, Text], Field(max_length=256)] | None = None
    """Values for the role's prompt: Go templates over .input and .steps."""
    depends_on: Annotated[list[Name], Field(max_length=200), AtomicList()] | None = None
    """Roles whose steps must have ended before this one starts."""
    if_: Annotated[Text | None, Field(alias="if")] = None
    """Go template; the step is skipped unless it renders true."""
    loop: Loop | None = None
    """Repeats the step; absent means once."""
    output_schema: Text | None = None
    """JSON Schema, as text, that the output is parsed with into outputJSON."""
    validation: Annotated[StepValidation | None, Field(alias="validate")] = None
    """Checks of the output before the next step sees it."""
    output_artifacts: Anything = None
    """Files that the step leaves in the artifact store."""
    input_artifacts: Annotated[dict[str, Line], Field(max_length=64)] | None = None
    """Files of earlier steps that this one reads, by their name here."""
    registry_lookup: RegistryLookup | None = None
    """Finds the agent at run time instead of using the role's own."""
    context_policy: Anything = None
    """How much of earlier outputs this step is shown."""
    max_output_bytes: Count | None = None
    """Bytes after which the step's output is cut."""
