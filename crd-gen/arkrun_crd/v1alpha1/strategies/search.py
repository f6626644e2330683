"""Search: a team that explores a tree of solutions."""

from typing import Annotated

from pydantic import Field

from arkrun_crd.v1alpha1.references import ObjectName
from arkrun_crd.v1alpha1.tokens import TokenUsage
from arkrun_crd.v1alpha1.values import Document, Line, Moment, Open, Word
from crd_gen import AtomicList, Int32

NODES_MAX = 1000


class Search(Open):
    """Search of a tree of solutions."""

    strategy: Word | None = None
    """Search strategy. One of BFS, BeamSearch."""
    initial_prompt: Document | None = None
    """Prompt that describes the problem."""
    planner_role: ObjectName | None = None
    """Role that proposes the next nodes."""
    executor_role: ObjectName | None = None
    """Role that executes the task of a node."""
    evaluator_role: ObjectName | None = None
    """Role that scores a node."""
    beam_width: Int32 | None = None
    """Number of nodes kept at each depth by BeamSearch."""
    max_depth: Int32 | None = None
    """Maximum depth of the tree."""
    max_nodes: Int32 | None = None
    """Maximum number of nodes."""
    max_iterations: Int32 | None = None
    """Maximum number of planning iterations."""
    max_parallel: Int32 | None = None
    """Maximum number of nodes executed in parallel."""
    max_output_bytes: Int32 | None = None
    """Maximum size of a node's output in bytes. A larger output is truncated."""
    max_planner_retries: Int32 | None = None
    """Maximum number of retries of the planner."""
    max_evaluator_retries: Int32 | None = None
    """Maximum number of retries of the evaluator."""
    min_score_percent: Int32 | None = None
    """Minimum score of a solution in percent, from 0 to 100."""
    planner_timeout_seconds: Int32 | None = None
    """Timeout of the planner in seconds."""
    stagnation_threshold: Int32 | None = None
    """Number of iterations without a better score after which the search stops."""


class SearchNode(Open):
    """A node of the search tree."""

    id: Int32 | None = None
    """ID of the node."""
    parent_id: Annotated[Int32 | None, Field(alias="parentID")] = None
    """ID of the parent node."""
    depth: Int32 | None = None
    """Depth of the node in the tree."""
    phase: Word | None = None
    """Phase of the node. One of Pending, Running, Scored, Pruned, EvalFailed, Solution."""
    task: Document | None = None
    """Task of the executor."""
    task_id: Annotated[Line | None, Field(alias="taskID")] = None
    """ID of the message in the task queue."""
    output: Document | None = None
    """Output of the executor."""
    score_millis: Int32 | None = None
    """Score of the node in thousandths."""
    score_reasoning: Document | None = None
    """The evaluator's explanation of the score."""
    token_usage: TokenUsage | None = None
    """Tokens used by the node."""


class SearchTree(Open):
    """State of a search."""

    iterations: Int32 | None = None
    """Number of completed planning iterations."""
    last_planner_iteration: Moment | None = None
    """Time of the last planning iteration."""
    nodes: Annotated[list[SearchNode], Field(max_length=NODES_MAX), AtomicList()] | None = None
    """Nodes of the tree."""
    solution_node_id: Annotated[Int32 | None, Field(alias="solutionNodeID")] = None
    """ID of the solution node."""
    termination_reason: Word | None = None
    """Reason why the search ended, in CamelCase."""
