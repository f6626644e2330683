"""Search: a team that explores a tree of solutions."""

from typing import Annotated

from pydantic import Field

from arkrun_crd.v1alpha1.references import ObjectName
from arkrun_crd.v1alpha1.tokens import TokenUsage
from arkrun_crd.v1alpha1.values import Document, Line, Moment, Open, Word
from crd_gen import AtomicList, Int32

NODES_MAX = 1000


class Search(Open):
    """How a team searches: who plans, who executes, who scores, and when it stops."""

    strategy: Word | None = None
    """Order of the search: BFS or BeamSearch."""
    initial_prompt: Document | None = None
    """Problem to solve."""
    planner_role: ObjectName | None = None
    """Role that proposes the next nodes."""
    executor_role: ObjectName | None = None
    """Role that works on a node."""
    evaluator_role: ObjectName | None = None
    """Role that scores a node."""
    beam_width: Int32 | None = None
    """Nodes kept at each depth by the strategy BeamSearch."""
    max_depth: Int32 | None = None
    """Depth of the tree at which the search stops."""
    max_nodes: Int32 | None = None
    """Nodes after which the search stops."""
    max_iterations: Int32 | None = None
    """Rounds of planning after which the search stops."""
    max_parallel: Int32 | None = None
    """Nodes worked on at the same time."""
    max_output_bytes: Int32 | None = None
    """Bytes kept of a node's output."""
    max_planner_retries: Int32 | None = None
    """Retries of a failed planner."""
    max_evaluator_retries: Int32 | None = None
    """Retries of a failed evaluator."""
    min_score_percent: Int32 | None = None
    """Score at which a node is a solution, in percent."""
    planner_timeout_seconds: Int32 | None = None
    """Seconds the planner may take."""
    stagnation_threshold: Int32 | None = None
    """Rounds without a better score after which the search stops."""


class SearchNode(Open):
    """One node of the tree."""

    id: Int32 | None = None
    """Number of the node."""
    parent_id: Annotated[Int32 | None, Field(alias="parentID")] = None
    """Number of the node above."""
    depth: Int32 | None = None
    """Distance from the root."""
    phase: Word | None = None
    """State of the node: Pending, Running, Scored, Pruned, EvalFailed or Solution."""
    task: Document | None = None
    """Task given to the executor."""
    task_id: Annotated[Line | None, Field(alias="taskID")] = None
    """Message ID in the task queue."""
    output: Document | None = None
    """Output of the executor."""
    score_millis: Int32 | None = None
    """Score in thousandths."""
    score_reasoning: Document | None = None
    """Reason the evaluator gave for the score."""
    token_usage: TokenUsage | None = None
    """Tokens used by this node."""


class SearchTree(Open):
    """State of a search."""

    iterations: Int32 | None = None
    """Rounds of planning done."""
    last_planner_iteration: Moment | None = None
    """Time of the last round of planning."""
    nodes: Annotated[list[SearchNode], Field(max_length=NODES_MAX), AtomicList()] | None = None
    """Nodes of the tree."""
    solution_node_id: Annotated[Int32 | None, Field(alias="solutionNodeID")] = None
    """Number of the node that solves the problem."""
    termination_reason: Word | None = None
    """Why the search ended, in CamelCase."""
