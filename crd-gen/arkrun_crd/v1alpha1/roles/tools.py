"""Tools that a role may call: servers of the Model Context Protocol (MCP), and HTTP endpoints.

Older operators read `tools` as a list of HTTP tools, newer ones as an object with two lists. No schema
accepts both, so `problem_of` checks the value instead.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from arkrun_crd.v1alpha1.references import KeySelector, ObjectName, SecretReference, SecretSource
from arkrun_crd.v1alpha1.values import Anything, Document, Line, Open, Word
from crd_gen import AtomicList


class Header(Open):
    """A request header, with a value or a reference to a Secret."""

    name: Line | None = None
    """Name of the header."""
    value: Document | None = None
    """Value of the header."""
    secret_key_ref: KeySelector | None = None
    """Key of the Secret that contains the value."""


class McpAuth(Open):
    """Authentication of the role to the server."""

    bearer: SecretSource | None = None
    """Bearer token."""
    mtls: SecretReference | None = None
    """TLS client certificate."""


class McpServer(Open):
    """An MCP server that is available to the role."""

    name: ObjectName
    """Name of the server, unique in the role."""
    url: Line | None = None
    """URL of the server."""
    capability_ref: ObjectName | None = None
    """Capability by which a registry resolves the server, instead of a URL."""
    trust: Word | None = None
    """Trust level of the server's responses. One of internal, external, sandbox."""
    instructions: Document | None = None
    """Instructions for the model on when to use the server."""
    guidance: Document | None = None
    """Older name of instructions."""
    headers: Annotated[list[Header], Field(max_length=256), AtomicList()] | None = None
    """HTTP headers of each request."""
    auth: McpAuth | None = None
    """Authentication of the role to the server."""


class HttpTool(Open):
    """A tool that is called by an HTTP request."""

    name: ObjectName | None = None
    """Name by which the model calls the tool."""
    description: Document | None = None
    """Description of the tool for the model."""
    url: Line | None = None
    """URL of the request."""
    method: Word | None = None
    """HTTP method. Defaults to POST."""
    trust: Word | None = None
    """Trust level of the tool's responses. One of internal, external, sandbox."""
    schema_: Annotated[Anything, Field(alias="schema")] = None
    """JSON Schema of the tool's arguments."""
    input_schema: Anything = None
    """Older name of schema."""


class ToolSet(Open):
    """The tools of a role in the form of newer operators."""

    mcp: list[McpServer] | None = None
    """MCP servers."""
    webhooks: list[HttpTool] | None = None
    """HTTP tools."""


Shape = Literal["list", "object"]

_SHAPES: dict[type, tuple[Shape, TypeAdapter[Any]]] = {
    list: ("list", TypeAdapter(list[HttpTool])),
    dict: ("object", TypeAdapter(ToolSet)),
}


def shape_of(tools: Any) -> Shape | None:
    """Return the shape of a role's `tools`; None if they are absent or of neither shape."""
    return _SHAPES[type(tools)][0] if type(tools) in _SHAPES else None


def problem_of(tools: Any) -> tuple[str, str] | None:
    """Return the path below `tools` and the reason why no operator can decode them; None if one can."""
    if tools is None:
        return None
    if type(tools) not in _SHAPES:
        return "", "must be a list of HTTP tools, or an object with mcp and webhooks"
    try:
        _SHAPES[type(tools)][1].validate_python(tools, by_alias=True, by_name=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
        return path, first["msg"][:1].lower() + first["msg"][1:]
    return None
