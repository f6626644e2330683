"""A role of a team."""

from typing import Annotated

from pydantic import Field

from arkrun_crd.v1alpha1.values import Anything, Count, Line, Name, Open, Text
from crd_gen import AtomicList, Int32


class KeySelector(Open):
    """One key of a ConfigMap or a Secret."""

    name: Name | None = None
    """Object in the team's namespace."""
    key: Name | None = None
    """Key inside the object."""


class PromptSource(Open):
    """Where a prompt is kept when it is not written inline."""

    config_map_key_ref: KeySelector | None = None
    """Key of a ConfigMap."""
    secret_key_ref: KeySelector | None = None
    """Key of a Secret."""


class McpServer(Open):
    """A server of the Model Context Protocol that the role may call."""

    name: Name
    """Name of the server inside the role."""
    url: Line | None = None
    """Address of the server."""
    guidance: Text | None = None
    """Advice to the model on when to use the server."""
    headers: Anything = None
    """Request headers, each with a value or the place where it is kept."""


class Tool(Open):
    """A tool reached by a plain HTTP call."""

    name: Name
    """Name by which the model calls the tool."""
    description: Text | None = None
    """What the tool does, told to the model."""
    url: Line | None = None
    """Address that is called."""
    input_schema: Anything = None
    """JSON Schema of the tool's arguments."""


class RoleLimits(Open):
    """Bounds of what one role may use."""

    max_tokens_per_call: Count | None = None
    """Tokens of one model call."""
    timeout_seconds: Count | None = None
    """Seconds one task may take."""
    max_daily_tokens: Count | None = None
    """Tokens in any 24 hours."""
    max_concurrent_tasks: Annotated[Int32, Field(ge=0)] | None = None
    """Tasks that one replica works on at a time."""
    max_retries: Annotated[Int32, Field(ge=0)] | None = None
    """Tries after the first one of a failed task."""


class Role(Open):
    """A member of the team: a reference to an agent or team, or an agent described inline."""

    name: Name
    """Name of the role; steps and canDelegate refer to it."""
    ark_agent: Name | None = None
    """ArkAgent that fills the role."""
    ark_team: Name | None = None
    """Another ArkTeam that fills the role."""
    model: Line | None = None
    """Model of an agent that is described here."""
    system_prompt: Text | None = None
    """Prompt of an agent that is described here."""
    system_prompt_ref: PromptSource | None = None
    """Where the prompt is kept, when it is not written here."""
    mcp_servers: Annotated[list[McpServer], Field(max_length=64), AtomicList()] | None = None
    """Servers of tools that the role may call."""
    tools: Annotated[list[Tool], Field(max_length=128), AtomicList()] | None = None
    """Tools reached by plain HTTP calls."""
    limits: RoleLimits | None = None
    """Bounds of what the role may use."""
    can_delegate: Annotated[list[Name], Field(max_length=200), AtomicList()] | None = None
    """Roles that this one may hand work to, in a team without a pipeline."""
    env_from: Anything = None
    """ConfigMaps and Secrets whose keys become environment variables."""
    resources: Anything = None
    """Compute resources of the role's pods."""
    replicas: Annotated[Int32, Field(ge=0)] | None = None
    """Pods that serve the role."""
    settings: Anything = None
    """Prompt fragments and parameters shared between agents."""
    plugins: Anything = None
    """Extensions of the agent's runtime."""
