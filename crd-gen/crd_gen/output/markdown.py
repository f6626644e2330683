"""Markdown references of kinds: fields with types and constraints, rules and columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from crd_gen.keywords import (
    INT_OR_STRING,
    LIST_MAP_KEYS,
    LIST_TYPE,
    PRESERVE_UNKNOWN,
    SERVER_FIELDS,
    VALIDATIONS,
    Schema,
)

_CODE = re.compile(r"(```.*?```|~~~.*?~~~|(?<!`)`[^`]+`(?!`)|^(?: {4}|\t)[^\n]*$)", re.DOTALL | re.MULTILINE)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def reference(definition: Schema) -> str:
    """Return the reference of all versions of a definition."""
    spec = definition["spec"]
    lines = [f"# {spec['names']['kind']}", "", *_names(definition)]
    for version in spec["versions"]:
        lines += _version(version)
    return "\n".join(lines).rstrip("\n") + "\n"


def _names(definition: Schema) -> Iterator[str]:
    spec = definition["spec"]
    names = spec["names"]
    facts = [("Group", spec["group"]), ("Scope", spec["scope"]), ("Plural", names["plural"])]
    facts += [("Short names", ", ".join(names.get("shortNames", ())))]
    facts += [("Categories", ", ".join(names.get("categories", ())))]
    yield "| | |"
    yield "| --- | --- |"
    yield from (f"| {name} | {value} |" for name, value in facts if value)
    yield ""


def _version(version: Schema) -> list[str]:
    schema = version["schema"]["openAPIV3Schema"]
    lines = [f"## {version['name']}", ""]
    if version.get("deprecated"):
        lines += [f"**Deprecated.** {version.get('deprecationWarning', '')}".rstrip(), ""]
    if schema.get("description"):
        lines += [_text(schema["description"]), ""]
    lines += _columns(version)
    if selectors := version.get("selectableFields"):
        paths = ", ".join(f"`{field['jsonPath']}`" for field in selectors)
        lines += [f"Field selectors: {paths}", ""]
    lines += _rules(schema)
    for name, inner in sorted(schema["properties"].items()):
        if name not in SERVER_FIELDS:
            lines += _object(name, inner)
    return lines


def _columns(version: Schema) -> Iterator[str]:
    columns = version.get("additionalPrinterColumns", ())
    if columns:
        yield "| Column | Shows | Type |"
        yield "| --- | --- | --- |"
        yield from (f"| {column['name']} | `{column['jsonPath']}` | {column['type']} |" for column in columns)
        yield ""


def _object(path: str, schema: Schema) -> list[str]:
    """Return the section of an object, followed by those of its child objects."""
    lines = [f"### {path}", ""]
    if schema.get("description"):
        lines += [_text(schema["description"]), ""]
    fields = sorted(schema.get("properties", {}).items())
    required = set(schema.get("required", ()))
    if fields:
        lines += ["| Field | Type | Limits | Description |", "| --- | --- | --- | --- |"]
        lines += [_row(name, inner, required=name in required) for name, inner in fields]
        lines.append("")
    for name, inner in fields:
        if _is_long(inner) and not _element(inner)[0].get("properties"):
            lines += [f"`{name}`: {_text(inner['description'])}", ""]
    if schema.get(PRESERVE_UNKNOWN):
        invisible = " CEL rules do not see them." if schema.get(VALIDATIONS) else ""
        lines += [f"Unknown fields are preserved.{invisible}", ""]
    lines += _rules(schema)
    for name, inner in fields:
        element, mark = _element(inner)
        if element.get("properties"):
            lines += _object(f"{path}.{name}{mark}", _described(element, inner))
    return lines


def _described(element: Schema, field: Schema) -> Schema:
    return element if element is field else {"description": field.get("description", ""), **element}


def _element(schema: Schema) -> tuple[Schema, str]:
    if isinstance(schema.get("items"), dict):
        return schema["items"], "[]"
    if isinstance(schema.get("additionalProperties"), dict):
        return schema["additionalProperties"], "{}"
    return schema, ""


def _row(name: str, schema: Schema, *, required: bool) -> str:
    limits = "; ".join([*(["required"] if required else []), *_limits(schema)])
    return f"| `{name}` | {_type(schema)} | {_cell(limits)} | {_cell(_first_paragraph(schema))} |"


def _first_paragraph(schema: Schema) -> str:
    """Return what fits into a cell; lists, code and further paragraphs follow below the table."""
    text = _text(schema.get("description", ""))
    return text.partition("\n\n")[0] if _is_long(schema) else text


def _is_long(schema: Schema) -> bool:
    return "\n" in schema.get("description", "")


def _text(text: str) -> str:
    """Return a description as Markdown: what looks like HTML outside of code is text."""
    parts = _CODE.split(text)
    return "".join(part if number % 2 else _TAG.sub("&lt;", part) for number, part in enumerate(parts))


def _type(schema: Schema) -> str:
    if schema.get(INT_OR_STRING):
        return "integer or string"
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_type(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_type(schema['additionalProperties'])}"
    return f"{kind} ({schema['format']})" if schema.get("format") else str(kind or "any JSON")


def _limits(schema: Schema) -> Iterator[str]:  # noqa: C901 - one line for each keyword
    if "enum" in schema:
        yield "one of " + ", ".join(_code(_json(value)) for value in schema["enum"])
    if "default" in schema:
        yield f"default {_code(_json(schema['default']))}"
    if text := _number_range(schema):
        yield text
    for low, high, noun in (
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
        ("minProperties", "maxProperties", " entries"),
    ):
        if text := _range(schema.get(low), schema.get(high)):
            yield text + noun
    if "multipleOf" in schema:
        yield f"a multiple of {schema['multipleOf']}"
    if "pattern" in schema:
        yield f"matches {_code(schema['pattern'])}"
    if schema.get(LIST_TYPE) == "map":
        yield "unique by " + ", ".join(f"`{key}`" for key in schema[LIST_MAP_KEYS])
    if schema.get(LIST_TYPE) == "set":
        yield "unique items"
    if schema.get("nullable"):
        yield "may be null"


def _number_range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = (schema.get(f"exclusive{word}") for word in ("Minimum", "Maximum"))
    if not (above or below):
        return _range(low, high)
    first = "" if low is None else f"greater than {low}" if above else f"at least {low}"
    second = "" if high is None else f"less than {high}" if below else f"at most {high}"
    return " and ".join(part for part in (first, second) if part)


def _code(text: str) -> str:
    """Return text as code, whatever backticks it contains."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if longest else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low} to {high}"
    if low is not None:
        return f"at least {low}"
    return f"at most {high}" if high is not None else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _rules(schema: Schema) -> Iterator[str]:
    """Yield each message once, with the fields that it applies to."""
    fields_by_message: dict[str, list[str]] = {}
    for rule in schema.get(VALIDATIONS, ()):
        fields_by_message.setdefault(_message(rule), []).append(rule.get("fieldPath", "").lstrip("."))
    for name, inner in sorted(schema.get("properties", {}).items()):
        for rule in inner.get(VALIDATIONS, ()):
            if not rule.get("fieldPath") and not inner.get("properties"):
                fields_by_message.setdefault(_message(rule), []).append(name)
    for message, names in fields_by_message.items():
        fields = ", ".join(f"`{name}`" for name in dict.fromkeys(names) if name)
        yield f"- {fields}: {message}." if fields else f"- {message}."
    if fields_by_message:
        yield ""


def _message(rule: Schema) -> str:
    return str(rule.get("message") or _code(" ".join(rule["rule"].split()))).rstrip(".")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
