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
    """A member of the team: a reference to an agent or team, or an agent described inline."""

    name: Name
    """Name of the role; steps and canDelegate refer to it."""
    ark_agent: ObjectName | None = None
    """ArkAgent that fills the role."""
    ark_team: ObjectName | None = None
    """ArkTeam that fills the role."""
    model: Line | None = None
    """Model of an agent described inline."""
    prompt: Prompt | None = None
    """Prompt of an agent described inline."""
    system_prompt: Document | None = None
    """System prompt of an agent described inline, as older operators write it."""
    system_prompt_ref: PromptSource | None = None
    """Where the system prompt is kept, as older operators write it."""
    # A list of HTTP tools for older operators, an object with mcp and webhooks for newer ones.
    tools: Anything = None
    """Tools that the role may call."""
    mcp_servers: Annotated[list[McpServer], Field(max_length=_MANY), AtomicList()] | None = None
    """MCP servers that the role may call, as older operators write it."""
    limits: RoleLimits | None = None
    """Bounds of what the role may use."""
    can_delegate: Annotated[list[ObjectName], Field(max_length=_MANY), AtomicList()] | None = None
    """Roles that this role may delegate to, in a team without a pipeline."""
    env_from: Annotated[list[EnvironmentSource], Field(max_length=_MANY), AtomicList()] | None = None
    """ConfigMaps and Secrets whose keys become environment variables."""
    settings: Annotated[list[ObjectReference], Field(max_length=_MANY), AtomicList()] | None = None
    """ArkSettings with prompt fragments and parameters shared between agents."""
    settings_refs: Annotated[list[ObjectReference], Field(max_length=_MANY), AtomicList()] | None = None
    """ArkSettings, as older operators write it."""
    runtime: Runtime | None = None
    """How the pods of the role run."""
    resources: Resources | None = None
    """Compute resources of each pod, as older operators write it."""
    replicas: Int32 | None = None
    """Pods that serve the role, as older operators write it."""
    autoscaling: RoleAutoscaling | None = None
    """How the replicas follow the queue, as older operators write it."""
    plugins: Plugins | None = None
    """Parts of the runtime that are replaced."""
    external_provider_addr: Line | None = None
    """Address of a server that calls the model, as older operators write it."""
    external_queue_addr: Line | None = None
    """Address of a server that keeps the tasks, as older operators write it."""
