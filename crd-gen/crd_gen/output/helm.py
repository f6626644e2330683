"""Definitions as Helm templates: enabled by a value, and kept on uninstall."""

from __future__ import annotations

import re

KEEP = "helm.sh/resource-policy: keep"


def template(text: str, *, enabled: str, keep: str) -> str:
    """Return a template of the YAML of a definition; enabled and keep are expressions (`.Values.crds.keep`).

    A `{{` in the YAML is escaped.
    """
    head, _, body = text.partition("metadata:\n")
    has_annotations = body.startswith("  annotations:\n")
    body = body.removeprefix("  annotations:\n")
    lines = [
        f"{{{{- if {enabled} }}}}",
        _literal(head) + "metadata:",
        *(["  annotations:"] if has_annotations else [f"  {{{{- if {keep} }}}}", "  annotations:"]),
        *([f"    {{{{- if {keep} }}}}"] if has_annotations else []),
        f"    {KEEP}",
        "    {{- end }}" if has_annotations else "  {{- end }}",
        _literal(body).rstrip("\n"),
        "{{- end }}",
    ]
    return "\n".join(lines) + "\n"


def enabled_for(expression: str, plural: str) -> str:
    """Return a template expression for a kind; a plural with dashes is no name of a field in Go templates."""
    if "-" in plural:
        expression = re.sub(r"([.$][\w.$]*)\.\{plural\}", r'(index \1 "{plural}")', expression)
    return expression.replace("{plural}", plural)


def _literal(text: str) -> str:
    return text.replace("{{", '{{ "{{" }}')
