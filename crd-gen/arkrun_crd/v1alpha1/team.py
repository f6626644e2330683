"""ArkTeam: a set of roles that work together."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from arkrun_crd.names import GROUP, LABEL_VALUE_MAX, TEAM_KIND, TEAM_PLURAL, VERSION
from arkrun_crd.v1alpha1.artifacts import ArtifactStore
from arkrun_crd.v1alpha1.condition import Condition
from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference
from arkrun_crd.v1alpha1.roles import Role
from arkrun_crd.v1alpha1.strategies.context import ContextPolicy
from arkrun_crd.v1alpha1.strategies.pipeline import PipelineStep
from arkrun_crd.v1alpha1.strategies.routing import Routing
from arkrun_crd.v1alpha1.strategies.search import Search
from arkrun_crd.v1alpha1.values import Count, Document, Duration, Line, Moment, Name, Open, Word
from crd_gen import AtomicList, Column, CustomResource, Int32, MapList, Names, Rule, Version

MEMBERS_MAX = 1000
INPUTS_MAX = 1000


class TeamInput(Open):
    """An input parameter of the team's runs."""

    name: Name
    """Name of the input, which is its key in spec.input of a run."""
    type: Literal["string", "number", "boolean", "object", "array"] = "string"
    """Type of the value, which is itself passed as a string. One of string, number, boolean, object, array.
    Defaults to string."""
    description: Document | None = None
    """Description of the input."""
    required: bool | None = None
    """If true, a run is refused unless the run or the team sets the input. Defaults to false."""
    default: Document | None = None
    """Value of the input if neither the run nor spec.input of the team sets it."""


class TeamLimits(Open):
    """Resource limits of all runs of the team together."""

    max_daily_tokens: Count | None = None
    """Maximum number of tokens used in any 24 hours. Zero means no limit."""


class ScaleToZero(Open):
    """Scaling of an idle team to zero replicas."""

    enabled: bool | None = None
    """If true, an idle team is scaled to zero replicas. Defaults to false."""
    after_seconds: Int32 = 300
    """Number of idle seconds before the team is scaled to zero. Defaults to 300."""


class TeamAutoscaling(Open):
    """Autoscaling of the team's roles."""

    enabled: bool | None = None
    """If true, the roles of the team are scaled automatically. Defaults to false."""
    scale_to_zero: ScaleToZero | None = None
    """Scaling of an idle team to zero replicas."""


class ArkTeamSpec(Open):
    """Specification of the team: a pipeline, delegation from an entry role, routing, or search."""

    roles: Annotated[list[Role], Field(max_length=MEMBERS_MAX), AtomicList()] | None = None
    """Roles of the team, with unique names."""
    pipeline: Annotated[list[PipelineStep], Field(max_length=MEMBERS_MAX), MapList("role")] | None = None
    """Steps of each run. Their dependencies must form a directed acyclic graph."""
    entry: ObjectName | None = None
    """Name of the role that receives the task in a team without a pipeline."""
    routing: Routing | None = None
    """Selection of an agent by a model, for a team without roles and pipeline."""
    search: Search | None = None
    """Search of a tree of solutions."""
    output: Document | None = None
    """Go template of a run's output, over the outputs of its steps. A run may override it."""
    input: dict[str, Document] | None = None
    """Values of a run's input that the run may override."""
    inputs: Annotated[list[TeamInput], Field(max_length=INPUTS_MAX), AtomicList()] | None = None
    """Input parameters of the team's runs."""
    timeout_seconds: Count | None = None
    """Maximum duration of a run in seconds. Zero means no limit. A run may override it."""
    max_tokens: Count | None = None
    """Maximum number of tokens used by a run. Zero means no limit. A run may override it."""
    limits: TeamLimits | None = None
    """Resource limits of all runs together."""
    max_daily_tokens: Count | None = None
    """Maximum number of tokens used in any 24 hours. Newer name of limits.maxDailyTokens."""
    default_context_policy: ContextPolicy | None = None
    """Policy for passing the output of a step to later steps that do not depend on it directly."""
    notify_ref: ObjectReference | None = None
    """ArkNotify that sends a notification when a run completes."""
    budget_ref: ObjectReference | None = None
    """ArkBudget that the runs are charged to."""
    registry_ref: ObjectName = "default"
    """Name of the ArkRegistry of steps with a registryLookup. Defaults to default."""
    artifact_store: ArtifactStore | None = None
    """Artifact store for the output files of steps."""
    autoscaling: TeamAutoscaling | None = None
    """Autoscaling of the team's roles."""
    successful_runs_history_limit: Annotated[Int32, Field(ge=0)] = 10
    """Number of succeeded runs to retain. Older ones are deleted. Defaults to 10."""
    failed_runs_history_limit: Annotated[Int32, Field(ge=0)] = 3
    """Number of failed runs to retain. Older ones are deleted. Defaults to 3."""
    run_retain_for: Duration | None = None
    """Duration after which a completed run is deleted, in Go's format, such as 168h. Zero means no limit.
    Defaults to no limit."""


class RoleStatus(Open):
    """Status of a role."""

    name: ObjectName | None = None
    """Name of the role."""
    managed_ark_agent: ObjectName | None = None
    """Name of the ArkAgent that the operator created for the role."""
    desired_replicas: Int32 | None = None
    """Desired number of replicas."""
    ready_replicas: Int32 | None = None
    """Number of ready replicas."""


class ArkTeamStatus(Open):
    """Most recently observed status of the team. Populated by the operator."""

    phase: Word | None = None
    """Phase of the team. One of Pending, Ready, Running, Succeeded, Failed."""
    entry_role: ObjectName | None = None
    """Name of the role that receives the task."""
    roles: Annotated[list[RoleStatus], Field(max_length=MEMBERS_MAX), AtomicList()] | None = None
    """Status of each role."""
    scaled_to_zero: bool | None = None
    """True if the team is scaled to zero."""
    last_active_time: Moment | None = None
    """Last time at which a step was running."""
    last_run_name: ObjectName | None = None
    """Name of the most recent ArkRun."""
    last_run_phase: Line | None = None
    """Phase of the most recent ArkRun."""
    observed_generation: Count | None = None
    """Most recent metadata.generation observed by the operator."""
    conditions: Annotated[list[Condition], Field(max_length=64), MapList("type")] | None = None
    """Latest available observations of the team's state."""


class ArkTeam(CustomResource):
    """ArkTeam is a set of roles that work together. Each execution is recorded as an ArkRun."""

    names: ClassVar = Names(
        group=GROUP, kind=TEAM_KIND, plural=TEAM_PLURAL, short_names=("aoteam",), categories=("ark",)
    )
    version: ClassVar = Version(
        name=VERSION,
        columns=(
            Column("Last Run", lambda team: team.status.last_run_name),
            Column("Age", lambda team: team.metadata.creation_timestamp, type="date"),
        ),
    )
    rules: ClassVar = (
        Rule(
            f"self.metadata.name.size() <= {LABEL_VALUE_MAX}",
            f"the name of a team labels its runs, so it must not be longer than {LABEL_VALUE_MAX} characters",
            accepts=lambda team: len(team.metadata.name or "") <= LABEL_VALUE_MAX,
        ),
    )

    spec: ArkTeamSpec
    """Specification of the team."""
    status: ArkTeamStatus | None = None
    """Most recently observed status of the team."""
