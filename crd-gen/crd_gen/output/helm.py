"""Definitions as Helm templates: enabled by a value, and kept on uninstall."""

from __future__ import annotations

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


def _literal(text: str) -> str:
    return text.replace("{{", '{{ "{{" }}')
