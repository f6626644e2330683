"""ArkTeam: what runs are made from."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from arkrun_crd.names import GROUP, LABEL_VALUE_MAX, TEAM_KIND, TEAM_PLURAL, VERSION
from arkrun_crd.v1alpha1.condition import Condition
from arkrun_crd.v1alpha1.role import Role
from arkrun_crd.v1alpha1.routing import Routing
from arkrun_crd.v1alpha1.step import PipelineStep
from arkrun_crd.v1alpha1.values import Anything, Count, Document, Duration, Line, Name, Open, Text
from crd_gen import Column, CustomResource, Int32, MapList, Names, Rule, Version

MEMBERS_MAX = 200
INPUTS_MAX = 256


class TeamInput(Open):
    """Declaration of one input of the team's runs."""

    name: Name
    """Key under which a run gives the value."""
    type: Literal["string", "number", "boolean", "object", "array"] | None = None
    """Kind of value, for forms and checks; it travels as text."""
    description: Text | None = None
    """What the value is for."""
    required: bool | None = None
    """Whether a run without the value is refused."""
    default: Document | None = None
    """Value of a run that gives none."""


class TeamLimits(Open):
    """Bounds of what all runs of the team together may use."""

    max_daily_tokens: Count | None = None
    """Tokens in any 24 hours; zero means no limit."""


class ArkTeamSpec(Open):
    """How the team works: as a pipeline, by delegation from an entry role, or by routing."""

    roles: Annotated[list[Role], Field(max_length=MEMBERS_MAX), MapList("name")] | None = None
    """Members of the team."""
    pipeline: Annotated[list[PipelineStep], Field(max_length=MEMBERS_MAX), MapList("role")] | None = None
    """Steps of a run, a graph without cycles."""
    entry: Name | None = None
    """Role that gets the task first, in a team without a pipeline."""
    routing: Routing | None = None
    """Lets a model choose the agents, in a team without roles."""
    output: Text | None = None
    """Go template that makes a run's final result from the steps' outputs."""
    input: Annotated[dict[str, Document], Field(max_length=INPUTS_MAX)] | None = None
    """Default values of the runs' inputs."""
    inputs: Annotated[list[TeamInput], Field(max_length=INPUTS_MAX), MapList("name")] | None = None
    """Declared inputs: which are required, and their defaults."""
    timeout_seconds: Count | None = None
    """Seconds that a run may take; zero means no limit."""
    max_tokens: Count | None = None
    """Tokens that a run may use; zero means no limit."""
    limits: TeamLimits | None = None
    """Bounds of what all runs together may use."""
    default_context_policy: Anything = None
    """How much of earlier outputs a step is shown, unless it says so itself."""
    notify_ref: Anything = None
    """ArkNotify that tells of the runs' ends."""
    budget_ref: Anything = None
    """Budget that the runs are charged to."""
    registry_ref: Anything = None
    """Registry for steps that look agents up."""
    artifact_store: Anything = None
    """Where the steps' files are kept."""
    autoscaling: Anything = None
    """How the roles' replicas follow the load."""
    successful_runs_history_limit: Annotated[Int32, Field(ge=0)] = 10
    """Succeeded runs to keep; older ones are deleted."""
    failed_runs_history_limit: Annotated[Int32, Field(ge=0)] = 3
    """Failed runs to keep; older ones are deleted."""
    run_retain_for: Duration | None = None
    """Age after which an ended run is deleted (168h, 7d); absent or zero means no limit by age.

    Days are this package's: an operator that reads Go durations needs 168h.
    """


class ArkTeamStatus(Open):
    """State of the team; written by the operator only."""

    last_run_name: Name | None = None
    """Newest ArkRun of the team."""
    last_run_phase: Line | None = None
    """Phase of that run."""
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
