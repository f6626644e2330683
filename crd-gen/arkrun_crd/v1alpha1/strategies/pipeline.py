"""Steps of a team's pipeline."""

from typing import Annotated, Literal

from pydantic import Field

from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference
from arkrun_crd.v1alpha1.strategies.context import ContextPolicy
from arkrun_crd.v1alpha1.values import Document, Line, Name, Open
from crd_gen import AtomicList, Int64

_MANY = 1000


class Loop(Open):
    """Repetition of a step."""

    condition: Document | None = None
    """Go template that is evaluated after each iteration. The step is repeated while the result is true."""
    max_iterations: Annotated[Int64, Field(ge=1, le=100)] = 10
    """Maximum number of iterations, from 1 to 100. Defaults to 10."""


class StepValidation(Open):
    """Validation of a step's output before the next step starts."""

    contains: Document | None = None
    """Regular expression that the output must match."""
    schema_: Annotated[Document | None, Field(alias="schema")] = None
    """JSON Schema, as a string, that the output must satisfy."""
    semantic: Document | None = None
    """Criteria by which a model validates the output."""
    semantic_model: Line | None = None
    """Model that validates the output. Defaults to the model of the step."""
    on_failure: Literal["fail", "retry"] = "fail"
    """Action if the validation fails. One of fail, retry. Defaults to fail."""
    max_retries: Annotated[Int64, Field(ge=0, le=10)] = 2
    """Maximum number of retries before the step fails, from 0 to 10. Defaults to 2."""
    reject_patterns: Annotated[list[Line], Field(max_length=_MANY), AtomicList()] | None = None
    """Regular expressions that the output must not match."""


class RegistryLookup(Open):
    """Selection of an agent from a registry at run time."""

    capability: ObjectName | None = None
    """Capability that the agent must provide."""
    tags: Annotated[list[ObjectName], Field(max_length=_MANY), AtomicList()] | None = None
    """Tags that the agent must have."""
    strategy: ObjectName = "least-busy"
    """Strategy for selecting one of several matching agents. One of least-busy, round-robin, random.
    Defaults to least-busy."""
    registry_ref: ObjectReference | None = None
    """ArkRegistry that is searched. Defaults to the first one in the namespace."""
    fallback: ObjectName | None = None
    """Role or agent that is used if no agent matches."""


class OutputArtifact(Open):
    """A file that a step writes to the artifact store."""

    name: ObjectName | None = None
    """Name of the file."""
    description: Document | None = None
    """Description of the file."""
    content_type: Line | None = None
    """Media type of the file."""


class PipelineStep(Open):
    """A step of the pipeline."""

    role: Name
    """Role that executes the step. It is also the name of the step."""
    inputs: dict[str, Document] | None = None
    """Inputs of the role's prompt. Values are Go templates over .input and .steps."""
    depends_on: Annotated[list[ObjectName], Field(max_length=_MANY), AtomicList()] | None = None
    """Steps that must complete before this step starts."""
    if_: Annotated[Document | None, Field(alias="if")] = None
    """Go template. The step is skipped unless the result is true. Defaults to always run the step."""
    loop: Loop | None = None
    """Repetition of the step."""
    output_schema: Document | None = None
    """JSON Schema, as a string, that the agent is instructed to follow. The output is parsed as JSON."""
    validation: Annotated[StepValidation | None, Field(alias="validate")] = None
    """Validation of the output before the next step starts."""
    registry_lookup: RegistryLookup | None = None
    """Selection of the agent from a registry at run time."""
    context_policy: ContextPolicy | None = None
    """Policy for passing the output to later steps."""
    max_output_bytes: Int64 = 65_536
    """Maximum size of the output in bytes. A larger output is truncated. Zero means no limit.
    Defaults to 65536."""
    output_artifacts: Annotated[list[OutputArtifact], Field(max_length=_MANY), AtomicList()] | None = None
    """Files that the step writes to the artifact store."""
    input_artifacts: dict[str, Line] | None = None
    """Files of earlier steps that this step reads. Keys are their names in this step, values have the form
    step.artifact."""
