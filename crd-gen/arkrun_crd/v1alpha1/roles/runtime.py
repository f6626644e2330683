"""How the agent of a role runs: pods, scaling, memory and plugins."""

from typing import Annotated

from pydantic import Field

from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference, SecretReference
from arkrun_crd.v1alpha1.values import Document, Line, Open, Word
from crd_gen import AtomicList, Int32, Int64, Quantity


class Claim(Open):
    """A ResourceClaim that a container uses."""

    name: ObjectName | None = None
    """Name of the claim in the pod."""
    request: ObjectName | None = None
    """Request in the claim; all of them if empty."""


class Resources(Open):
    """Compute resources of a pod (core/v1, ResourceRequirements)."""

    requests: dict[str, Quantity] | None = None
    """Amounts that are reserved."""
    limits: dict[str, Quantity] | None = None
    """Amounts that cannot be exceeded."""
    claims: Annotated[list[Claim], Field(max_length=64), AtomicList()] | None = None
    """ResourceClaims that are used."""


class RoleAutoscaling(Open):
    """How the replicas of a role follow its queue."""

    min_replicas: Int32 | None = None
    """Fewest replicas."""
    max_replicas: Int32 | None = None
    """Most replicas."""
    target_pending_tasks: Int32 | None = None
    """Waiting tasks for each replica."""


class Compression(Open):
    """When and how a long conversation is compressed."""

    model: Line | None = None
    """Model that compresses."""
    instructions: Document | None = None
    """Instructions for that model."""
    context_window: Int64 | None = None
    """Tokens that the role's model can read."""
    threshold: float | None = None
    """Share of the window, from 0 to 1, that starts a compression."""
    threshold_percent: Int32 | None = None
    """Share of the window that starts a compression, in percent."""
    preserve_recent_turns: Int64 | None = None
    """Turns that stay as they are."""
    timeout_seconds: Int64 | None = None
    """Seconds a compression may take."""


class Memory(Open):
    """Long-term memory of an agent."""

    ref: ObjectReference | None = None
    """ArkMemory to use."""
    store: bool | None = None
    """Whether results are stored."""
    retrieve: bool | None = None
    """Whether memories are added to a task."""
    top_k: Int64 | None = None
    """Memories added to a task."""
    max_tokens: Int64 | None = None
    """Tokens of the memories added to a task."""
    summary_tokens: Int64 | None = None
    """Tokens of a stored summary."""
    min_similarity: float | None = None
    """Similarity, from 0 to 1, from which a memory counts."""
    min_similarity_percent: Int32 | None = None
    """Similarity from which a memory counts, in percent."""


class Sandbox(Open):
    """Where large tool results are kept outside the conversation."""

    threshold_bytes: Int32 | None = None
    """Bytes from which a result is kept outside."""
    preview_bytes: Int32 | None = None
    """Bytes of it that stay in the conversation."""
    max_total_bytes: Int32 | None = None
    """Bytes of all results together."""


class AgentLoop(Open):
    """Settings of the loop in which an agent works on a task."""

    dedup: bool | None = None
    """Whether a repeated tool call is answered from the first result."""
    compression: Compression | None = None
    """When and how a long conversation is compressed."""
    memory: Memory | None = None
    """Long-term memory."""
    sandbox: Sandbox | None = None
    """Where large tool results are kept."""


class OutputArtifacts(Open):
    """Whether an agent's output is saved as a file."""

    save_output: bool | None = None
    """Whether the output is saved."""
    format: Word | None = None
    """Format of the file: text, json, markdown or yaml."""


class Runtime(Open):
    """How the pods of a role run."""

    replicas: Int32 | None = None
    """Pods that serve the role."""
    resources: Resources | None = None
    """Compute resources of each pod."""
    autoscaling: RoleAutoscaling | None = None
    """How the replicas follow the queue."""
    drain_timeout_seconds: Int64 | None = None
    """Seconds a pod may take to finish its tasks when it is stopped."""
    image_pull_secrets: Annotated[list[ObjectReference], Field(max_length=64), AtomicList()] | None = None
    """Secrets to pull the image with."""
    loop: AgentLoop | None = None
    """Settings of the agent's loop."""
    artifacts: OutputArtifacts | None = None
    """Whether the output is saved as a file."""


class Plugin(Open):
    """A gRPC server that replaces a part of the runtime."""

    address: Line | None = None
    """Address of the server, as host:port."""
    tls: SecretReference | None = None
    """Client certificate."""
    tls_secret_ref: ObjectReference | None = None
    """Secret with the client certificate, as newer operators write it."""


class Plugins(Open):
    """Parts of the runtime that are replaced."""

    llm: Plugin | None = None
    """Server that calls the model."""
    queue: Plugin | None = None
    """Server that keeps the tasks."""
