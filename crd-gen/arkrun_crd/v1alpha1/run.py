"""ArkRun: the record of one execution of a team."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from arkrun_crd.names import GROUP, RUN_KIND, RUN_PLURAL, VERSION
from arkrun_crd.v1alpha1.phases import PHASE_WAYS
from arkrun_crd.v1alpha1.role import Role
from arkrun_crd.v1alpha1.routing import Routing
from arkrun_crd.v1alpha1.snapshot import recorded
from arkrun_crd.v1alpha1.status import ArkRunStatus
from arkrun_crd.v1alpha1.step import PipelineStep
from arkrun_crd.v1alpha1.values import Count, Document, TeamName
from crd_gen import AtomicList, Column, CustomResource, Immutable, Names, Node, Sealed, Version

if TYPE_CHECKING:
    from arkrun_crd.v1alpha1.role import Role as RecordedRole
    from arkrun_crd.v1alpha1.routing import Routing as RecordedRouting
    from arkrun_crd.v1alpha1.step import PipelineStep as RecordedStep
else:
    RecordedStep, RecordedRole, RecordedRouting = recorded(PipelineStep), recorded(Role), recorded(Routing)


class ArkRunSpec(Node):
    """What was run: the team's specification as it was when the run was triggered.

    Written once, when the run is created; no field of it changes, appears or vanishes afterwards.
    """

    team_ref: TeamName
    """ArkTeam that is run, in the same namespace."""
    team_generation: Count | None = None
    """metadata.generation of the team when the run was triggered."""
    input: Annotated[dict[str, Document], Field(max_length=256)] | None = None
    """Input of this run: the defaults of the team, overridden by what the trigger gave."""
    pipeline: Annotated[list[RecordedStep], AtomicList()] | None = None
    """The team's pipeline when the run was triggered."""
    roles: Annotated[list[RecordedRole], AtomicList()] | None = None
    """The team's roles when the run was triggered."""
    routing: RecordedRouting | None = None
    """The team's routing when the run was triggered, if it is a routed team."""
    output: Document | None = None
    """Go template that makes the final result from the steps' outputs."""
    timeout_seconds: Count | None = None
    """Seconds that the whole run may take; zero means no limit."""
    max_tokens: Count | None = None
    """Tokens that all steps together may use; zero means no limit."""


class ArkRun(CustomResource):
    """The record of one execution of an ArkTeam: what was run, and what came of it."""

    names: ClassVar = Names(
        group=GROUP, kind=RUN_KIND, plural=RUN_PLURAL, short_names=("aorun",), categories=("ark",)
    )
    version: ClassVar = Version(
        name=VERSION,
        columns=(
            Column("Team", lambda run: run.spec.team_ref),
            Column("Phase", lambda run: run.status.phase),
            Column("Tokens", lambda run: run.status.total_token_usage.total_tokens),
            Column("Started", lambda run: run.status.start_time),
            # As text, so that a Table gives the time itself and history need not read the run.
            Column("Completed", lambda run: run.status.completion_time, type="string", priority=1),
            Column("Age", lambda run: run.metadata.creation_timestamp, type="date"),
        ),
        selectable=(lambda run: run.spec.team_ref, lambda run: run.status.phase),
    )

    rules: ClassVar = (PHASE_WAYS,)

    spec: Annotated[
        ArkRunSpec,
        Immutable("a run is a record: its spec cannot change after creation; trigger a new run instead"),
    ]
    """What was run; written once."""
    status: (
        Annotated[
            ArkRunStatus,
            Sealed(
                when=("Succeeded",),
                but=("conditions", "observedGeneration"),
                message="a run that Succeeded is sealed: only its conditions can change",
            ),
        ]
        | None
    ) = None
    """What has happened so far."""
