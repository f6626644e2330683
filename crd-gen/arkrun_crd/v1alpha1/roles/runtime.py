"""The runtime of a role's agent: pods, scaling, memory and plugins."""

from typing import Annotated

from pydantic import Field

from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference, SecretReference
from arkrun_crd.v1alpha1.values import Document, Line, Open, Word
from crd_gen import AtomicList, Int32, Int64, Quantity


class Claim(Open):
    """A reference to a ResourceClaim of the pod."""

    name: ObjectName | None = None
    """Name of the claim in the pod."""
    request: ObjectName | None = None
    """Name of a request in the claim. Defaults to all requests."""


class Resources(Open):
    """Compute resources of a pod (core/v1, ResourceRequirements)."""

    requests: dict[str, Quantity] | None = None
    """Minimum amount of compute resources that a pod requires."""
    limits: dict[str, Quantity] | None = None
    """Maximum amount of compute resources that a pod may use."""
    claims: Annotated[list[Claim], Field(max_length=64), AtomicList()] | None = None
    """ResourceClaims that the pod uses."""


class RoleAutoscaling(Open):
    """Autoscaling of a role by the length of its queue."""

    min_replicas: Int32 | None = None
    """Minimum number of replicas."""
    max_replicas: Int32 | None = None
    """Maximum number of replicas."""
    target_pending_tasks: Int32 | None = None
    """Target number of pending tasks per replica."""


class Compression(Open):
    """Compression of a long conversation."""

    model: Line | None = None
    """Model that compresses the conversation."""
    instructions: Document | None = None
    """Instructions for the model."""
    context_window: Int64 | None = None
    """Context window of the role's model in tokens."""
    threshold: float | None = None
    """Fraction of the context window, from 0 to 1, at which compression starts."""
    threshold_percent: Int32 | None = None
    """Percentage of the context window, from 0 to 100, at which compression starts."""
    preserve_recent_turns: Int64 | None = None
    """Number of recent turns that are not compressed."""
    timeout_seconds: Int64 | None = None
    """Timeout of a compression in seconds."""


class Memory(Open):
    """Long-term memory of an agent."""

    ref: ObjectReference | None = None
    """ArkMemory in which memories are stored."""
    store: bool | None = None
    """If true, results of tasks are stored in the memory."""
    retrieve: bool | None = None
    """If true, memories are added to each task."""
    top_k: Int64 | None = None
    """Maximum number of memories added to a task."""
    max_tokens: Int64 | None = None
    """Maximum number of tokens of the memories added to a task."""
    summary_tokens: Int64 | None = None
    """Maximum number of tokens of a stored summary."""
    min_similarity: float | None = None
    """Minimum similarity of a memory, from 0 to 1."""
    min_similarity_percent: Int32 | None = None
    """Minimum similarity of a memory in percent, from 0 to 100."""


class Sandbox(Open):
    """Storage of large tool results outside the conversation."""

    threshold_bytes: Int32 | None = None
    """Minimum size in bytes of a result that is stored outside the conversation."""
    preview_bytes: Int32 | None = None
    """Size in bytes of the preview that remains in the conversation."""
    max_total_bytes: Int32 | None = None
    """Maximum size in bytes of all stored results."""


class AgentLoop(Open):
    """Settings of the agent loop."""

    dedup: bool | None = None
    """If true, a repeated tool call returns the result of the first one."""
    compression: Compression | None = None
    """Compression of a long conversation."""
    memory: Memory | None = None
    """Long-term memory."""
    sandbox: Sandbox | None = None
    """Storage of large tool results outside the conversation."""


class OutputArtifacts(Open):
    """Storage of an agent's output as a file."""

    save_output: bool | None = None
    """If true, the output is saved as a file."""
    format: Word | None = None
    """Format of the file. One of text, json, markdown, yaml."""


class Runtime(Open):
    """Settings of a role's pods."""

    replicas: Int32 | None = None
    """Number of replicas."""
    resources: Resources | None = None
    """Compute resources of each pod."""
    autoscaling: RoleAutoscaling | None = None
    """Autoscaling by the length of the queue."""
    drain_timeout_seconds: Int64 | None = None
    """Number of seconds that a terminating pod has to complete its tasks."""
    image_pull_secrets: Annotated[list[ObjectReference], Field(max_length=64), AtomicList()] | None = None
    """Secrets for pulling the image."""
    loop: AgentLoop | None = None
    """Settings of the agent loop."""
    artifacts: OutputArtifacts | None = None
    """Storage of the output as a file."""


class Plugin(Open):
    """A gRPC server that implements a part of the runtime."""

    address: Line | None = None
    """Address of the server, as host:port."""
    tls: SecretReference | None = None
    """TLS client certificate."""
    tls_secret_ref: ObjectReference | None = None
    """Secret that contains the client certificate. Set by newer operators instead of tls."""


class Plugins(Open):
    """Plugins of the runtime."""

    llm: Plugin | None = None
    """Model provider."""
    queue: Plugin | None = None
    """Task queue."""
