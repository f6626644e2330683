"""A role of a team."""

from typing import Annotated

from pydantic import Field

from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference
from arkrun_crd.v1alpha1.roles.limits import RoleLimits
from arkrun_crd.v1alpha1.roles.prompt import EnvironmentSource, Prompt, PromptSource
from arkrun_crd.v1alpha1.roles.runtime import Plugins, Resources, RoleAutoscaling, Runtime
from arkrun_crd.v1alpha1.roles.tools import McpServer
from arkrun_crd.v1alpha1.values import Anything, Document, Line, Name, Open
from crd_gen import AtomicList, Int32

_MANY = 1000


class Role(Open):
    """A role of the team: a reference to an agent or team, or an inline agent."""

    name: Name
    """Name of the role, by which steps and canDelegate refer to it. Unique in the team."""
    ark_agent: ObjectName | None = None
    """Name of the ArkAgent that fills the role, instead of an inline agent."""
    ark_team: ObjectName | None = None
    """Name of the ArkTeam that fills the role, instead of an inline agent."""
    model: Line | None = None
    """Model of an inline agent."""
    prompt: Prompt | None = None
    """Prompt of an inline agent."""
    system_prompt: Document | None = None
    """System prompt of an inline agent. Set by older operators instead of prompt."""
    system_prompt_ref: PromptSource | None = None
    """Source of the system prompt. Set by older operators instead of prompt."""
    # A list of HTTP tools for older operators, an object with mcp and webhooks for newer ones.
    tools: Anything = None
    """Tools that are available to the role."""
    mcp_servers: Annotated[list[McpServer], Field(max_length=_MANY), AtomicList()] | None = None
    """MCP servers that are available to the role. Set by older operators instead of tools.mcp."""
    limits: RoleLimits | None = None
    """Resource limits of the role."""
    can_delegate: Annotated[list[ObjectName], Field(max_length=_MANY), AtomicList()] | None = None
    """Roles that this role may delegate to, in a team without a pipeline."""
    env_from: Annotated[list[EnvironmentSource], Field(max_length=_MANY), AtomicList()] | None = None
    """ConfigMaps and Secrets whose keys are set as environment variables."""
    settings: Annotated[list[ObjectReference], Field(max_length=_MANY), AtomicList()] | None = None
    """ArkSettings with prompt fragments and parameters that agents share."""
    settings_refs: Annotated[list[ObjectReference], Field(max_length=_MANY), AtomicList()] | None = None
    """Older name of settings."""
    runtime: Runtime | None = None
    """Settings of the role's pods."""
    resources: Resources | None = None
    """Older name of runtime.resources."""
    replicas: Int32 | None = None
    """Older name of runtime.replicas."""
    autoscaling: RoleAutoscaling | None = None
    """Older name of runtime.autoscaling."""
    plugins: Plugins | None = None
    """Plugins of the runtime."""
    external_provider_addr: Line | None = None
    """Address of the model provider. Set by older operators instead of plugins.llm."""
    external_queue_addr: Line | None = None
    """Address of the task queue. Set by older operators instead of plugins.queue."""
