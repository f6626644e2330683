"""ArkTeam: what runs are made from."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from arkrun_crd.names import GROUP, LABEL_VALUE_MAX, TEAM_KIND, TEAM_PLURAL, VERSION
from arkrun_crd.v1alpha1.artifacts import ArtifactStore
from arkrun_crd.v1alpha1.condition import Condition
from arkrun_crd.v1alpha1.context import ContextPolicy
from arkrun_crd.v1alpha1.pipeline import PipelineStep
from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference
from arkrun_crd.v1alpha1.roles import Role
from arkrun_crd.v1alpha1.routing import Routing
from arkrun_crd.v1alpha1.search import Search
from arkrun_crd.v1alpha1.values import Count, Document, Duration, Line, Moment, Name, Open, Word
from crd_gen import AtomicList, Column, CustomResource, Int32, MapList, Names, Rule, Version

MEMBERS_MAX = 1000
INPUTS_MAX = 1000


class TeamInput(Open):
    """Declaration of one input of the team's runs."""

    name: Name
    """Key of the value in a run's input."""
    type: Literal["string", "number", "boolean", "object", "array"] = "string"
    """Kind of value, for forms and checks; it travels as text."""
    description: Document | None = None
    """What the value is for."""
    required: bool | None = None
    """Whether a run without the value is refused."""
    default: Document | None = None
    """Value of a run that gives none."""


class TeamLimits(Open):
    """Bounds of what all runs of the team together may use."""

    max_daily_tokens: Count | None = None
    """Tokens in any 24 hours; zero means no limit."""


class ScaleToZero(Open):
    """When the pods of an idle team are removed."""

    enabled: bool | None = None
    """Whether the pods of an idle team are removed."""
    after_seconds: Int32 = 300
    """Idle seconds after which they are removed."""


class TeamAutoscaling(Open):
    """How the replicas of all roles follow the running steps."""

    enabled: bool | None = None
    """Whether the operator scales the roles."""
    scale_to_zero: ScaleToZero | None = None
    """When the pods of an idle team are removed."""


class ArkTeamSpec(Open):
    """How the team works: as a pipeline, by delegation from an entry role, by routing, or by search."""

    roles: Annotated[list[Role], Field(max_length=MEMBERS_MAX), AtomicList()] | None = None
    """Members of the team."""
    pipeline: Annotated[list[PipelineStep], Field(max_length=MEMBERS_MAX), MapList("role")] | None = None
    """Steps of a run, a graph without cycles."""
    entry: ObjectName | None = None
    """Role that gets the task first, in a team without a pipeline."""
    routing: Routing | None = None
    """How a model chooses the agent, in a team without roles and pipeline."""
    search: Search | None = None
    """How the team searches a tree of solutions."""
    output: Document | None = None
    """Go template that makes a run's final result from the outputs of its steps."""
    input: dict[str, Document] | None = None
    """Default values of the runs' input."""
    inputs: Annotated[list[TeamInput], Field(max_length=INPUTS_MAX), AtomicList()] | None = None
    """Declared inputs: which are required, and their defaults."""
    timeout_seconds: Count | None = None
    """Seconds a run may take; zero means no limit."""
    max_tokens: Count | None = None
    """Tokens a run may use; zero means no limit."""
    limits: TeamLimits | None = None
    """Bounds of what all runs together may use."""
    max_daily_tokens: Count | None = None
    """Tokens in any 24 hours, as newer operators write it."""
    default_context_policy: ContextPolicy | None = None
    """How outputs are prepared for later steps that do not depend on them directly."""
    notify_ref: ObjectReference | None = None
    """ArkNotify that reports the end of runs."""
    budget_ref: ObjectReference | None = None
    """ArkBudget that runs are charged to."""
    registry_ref: ObjectName = "default"
    """ArkRegistry for steps that look agents up."""
    artifact_store: ArtifactStore | None = None
    """Where the files of the steps are kept."""
    autoscaling: TeamAutoscaling | None = None
    """How the replicas of all roles follow the running steps."""
    successful_runs_history_limit: Annotated[Int32, Field(ge=0)] = 10
    """Succeeded runs to keep; older ones are deleted."""
    failed_runs_history_limit: Annotated[Int32, Field(ge=0)] = 3
    """Failed runs to keep; older ones are deleted."""
    run_retain_for: Duration | None = None
    """Age after which an ended run is deleted, such as 168h; absent or zero means no limit by age."""


class RoleStatus(Open):
    """State of one role."""

    name: ObjectName | None = None
    """Name of the role."""
    managed_ark_agent: ObjectName | None = None
    """ArkAgent that the operator created for the role."""
    desired_replicas: Int32 | None = None
    """Pods that the role should have."""
    ready_replicas: Int32 | None = None
    """Pods that are ready."""


class ArkTeamStatus(Open):
    """State of the team; written by the operator."""

    phase: Word | None = None
    """State of the team: Pending, Ready, Running, Succeeded or Failed."""
    entry_role: ObjectName | None = None
    """Role that gets the task first."""
    roles: Annotated[list[RoleStatus], Field(max_length=MEMBERS_MAX), AtomicList()] | None = None
    """State of every role."""
    scaled_to_zero: bool | None = None
    """Whether the pods of the idle team were removed."""
    last_active_time: Moment | None = None
    """Time of the last running step."""
    last_run_name: ObjectName | None = None
    """Newest ArkRun of the team."""
    last_run_phase: Line | None = None
    """Word of that run."""
    observed_generation: Count | None = None
    """Generation of the team that this status describes."""
    conditions: Annotated[list[Condition], Field(max_length=64), MapList("type")] | None = None
    """Standard conditions."""


class ArkTeam(CustomResource):
    """Roles and the way they work together; each execution is recorded as an ArkRun."""

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
    """How the team works."""
    status: ArkTeamStatus | None = None
    """State of the team."""
