"""The generated files: YAML definitions, Helm templates, Markdown references and JSON Schemas."""
