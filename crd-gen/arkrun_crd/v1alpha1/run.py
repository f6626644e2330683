"""ArkRun: the record of one execution of a team."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from arkrun_crd.names import GROUP, RUN_KIND, RUN_PLURAL, VERSION
from arkrun_crd.v1alpha1.references import ObjectName
from arkrun_crd.v1alpha1.roles import Role
from arkrun_crd.v1alpha1.snapshot import recorded
from arkrun_crd.v1alpha1.status import ArkRunStatus
from arkrun_crd.v1alpha1.strategies.context import ContextPolicy
from arkrun_crd.v1alpha1.strategies.pipeline import PipelineStep
from arkrun_crd.v1alpha1.strategies.routing import Routing
from arkrun_crd.v1alpha1.strategies.search import Search
from arkrun_crd.v1alpha1.values import Count, Document, Name, Open, TeamName
from crd_gen import AtomicList, Column, CustomResource, Immutable, Names, Rule, Sealed, Version

if TYPE_CHECKING:
    from arkrun_crd.v1alpha1.roles import Role as RecordedRole
    from arkrun_crd.v1alpha1.strategies.context import ContextPolicy as RecordedPolicy
    from arkrun_crd.v1alpha1.strategies.pipeline import PipelineStep as RecordedStep
    from arkrun_crd.v1alpha1.strategies.routing import Routing as RecordedRouting
    from arkrun_crd.v1alpha1.strategies.search import Search as RecordedSearch
else:
    RecordedStep, RecordedRole = recorded(PipelineStep), recorded(Role)
    RecordedRouting, RecordedSearch = recorded(Routing), recorded(Search)
    RecordedPolicy = recorded(ContextPolicy)


class ArkRunSpec(Open):
    """Specification of the run: a snapshot of the ArkTeam at the time the run was created.

    Immutable after creation.
    """

    # No field of the spec has a default: adding one later would change stored records.
    rules: ClassVar = (
        Rule(
            "has(self.teamRef) != has(self.agent)",
            "name either an ArkTeam in teamRef or an ArkAgent in agent",
            accepts=lambda spec: (spec.team_ref is None) != (spec.agent is None),
        ),
    )

    team_ref: TeamName | None = None
    """Name of the ArkTeam to run, in the same namespace. Exactly one of teamRef and agent must be set."""
    agent: Name | None = None
    """Name of the ArkAgent to run, in the same namespace. Exactly one of teamRef and agent must be set."""
    prompt: Document | None = None
    """Task of the agent. Used only if agent is set."""
    team_generation: Count | None = None
    """metadata.generation of the ArkTeam at the time the run was created. Set by the admission webhook."""
    input: dict[str, Document] | None = None
    """Input of the run. The admission webhook adds the team's values for keys that are not set."""
    pipeline: Annotated[list[RecordedStep], AtomicList()] | None = None
    """Snapshot of the team's pipeline. Set by the admission webhook."""
    roles: Annotated[list[RecordedRole], AtomicList()] | None = None
    """Snapshot of the team's roles. Set by the admission webhook."""
    entry: ObjectName | None = None
    """Snapshot of the team's entry role. Set by the admission webhook."""
    routing: RecordedRouting | None = None
    """Snapshot of the team's routing. Set by the admission webhook."""
    search: RecordedSearch | None = None
    """Snapshot of the team's search. Set by the admission webhook."""
    default_context_policy: RecordedPolicy | None = None
    """Snapshot of the team's default context policy. Set by the admission webhook."""
    output: Document | None = None
    """Go template of the run's output, over the outputs of its steps. Defaults to the team's output."""
    timeout_seconds: Count | None = None
    """Maximum duration of the run in seconds. Zero means no limit. Defaults to the team's timeoutSeconds."""
    max_tokens: Count | None = None
    """Maximum number of tokens used by all steps. Zero means no limit. Defaults to the team's maxTokens."""


class ArkRun(CustomResource):
    """ArkRun is the immutable record of one execution of an ArkTeam."""

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
            # A string, so that a Table contains the time itself and arkrun-history need not read the run.
            Column("Completed", lambda run: run.status.completion_time, type="string", priority=1),
            Column("Age", lambda run: run.metadata.creation_timestamp, type="date"),
        ),
        selectable=(lambda run: run.spec.team_ref, lambda run: run.status.phase),
    )

    spec: Annotated[
        ArkRunSpec,
        Immutable(
            "a run is a record: its spec cannot change after creation; create a new run instead",
            known_fields_only=True,
        ),
    ]
    """Specification of the run. Immutable after creation."""
    status: (
        Annotated[
            ArkRunStatus,
            Sealed(
                when=("Succeeded",),
                while_in=("Failed",),
                but=("conditions", "observedGeneration"),
                message=(
                    "a run that ended is a record: of its status only conditions and "
                    "observedGeneration can change"
                ),
                known_fields_only=True,
            ),
        ]
        | None
    ) = None
    """Most recently observed status of the run."""
