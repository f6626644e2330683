"""Steps of a team's pipeline."""

from typing import Annotated, Literal

from pydantic import Field

from arkrun_crd.v1alpha1.context import ContextPolicy
from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference
from arkrun_crd.v1alpha1.values import Document, Line, Name, Open
from crd_gen import AtomicList, Int64

_MANY = 1000


class Loop(Open):
    """Repetition of a step."""

    condition: Document | None = None
    """Go template rendered after each round; the step is repeated while it is true."""
    max_iterations: Annotated[Int64, Field(ge=1, le=100)] = 10
    """Rounds after which the step ends whatever the condition is."""


class StepValidation(Open):
    """Checks of a step's output before the next step sees it."""

    contains: Document | None = None
    """Regular expression that the output must match."""
    schema_: Annotated[Document | None, Field(alias="schema")] = None
    """JSON Schema, as text, that the output must satisfy."""
    semantic: Document | None = None
    """Criteria that a model judges the output by."""
    semantic_model: Line | None = None
    """Model that judges the output; the step's own if empty."""
    on_failure: Literal["fail", "retry"] = "fail"
    """What a failed check does: fail the step, or run it again."""
    max_retries: Annotated[Int64, Field(ge=0, le=10)] = 2
    """Attempts before a step that is run again fails for good."""
    reject_patterns: Annotated[list[Line], Field(max_length=_MANY), AtomicList()] | None = None
    """Regular expressions that the output must not match."""


class RegistryLookup(Open):
    """Choice of an agent at run time."""

    capability: ObjectName | None = None
    """Capability that the agent must offer."""
    tags: Annotated[list[ObjectName], Field(max_length=_MANY), AtomicList()] | None = None
    """Tags that the agent must have."""
    strategy: ObjectName = "least-busy"
    """How to choose among several agents: least-busy, round-robin or random."""
    registry_ref: ObjectReference | None = None
    """ArkRegistry to search; the first one in the namespace if absent."""
    fallback: ObjectName | None = None
    """Role or agent to use when no agent matches."""


class OutputArtifact(Open):
    """A file that a step leaves in the artifact store."""

    name: ObjectName | None = None
    """Name of the file."""
    description: Document | None = None
    """What the file holds."""
    content_type: Line | None = None
    """Media type of the file."""


class PipelineStep(Open):
    """One step of the pipeline: which role works, on what, and after which steps."""

    role: Name
    """Role that does the step; it also names the step."""
    inputs: dict[str, Document] | None = None
    """Parts of the role's prompt: Go templates over .input and .steps."""
    depends_on: Annotated[list[ObjectName], Field(max_length=_MANY), AtomicList()] | None = None
    """Steps that must end before this one starts."""
    if_: Annotated[Document | None, Field(alias="if")] = None
    """Go template; the step is skipped unless it is true."""
    loop: Loop | None = None
    """Repetition of the step."""
    output_schema: Document | None = None
    """JSON Schema, as text, that the agent is asked to follow; the output is then parsed as JSON."""
    validation: Annotated[StepValidation | None, Field(alias="validate")] = None
    """Checks of the output before the next step sees it."""
    registry_lookup: RegistryLookup | None = None
    """Choice of the agent at run time."""
    context_policy: ContextPolicy | None = None
    """How the output is prepared before later steps see it."""
    max_output_bytes: Int64 = 65_536
    """Bytes kept of the output; zero means no limit."""
    output_artifacts: Annotated[list[OutputArtifact], Field(max_length=_MANY), AtomicList()] | None = None
    """Files that the step leaves in the artifact store."""
    input_artifacts: dict[str, Line] | None = None
    """Files of earlier steps, as step.artifact, by the name they have in this step."""
