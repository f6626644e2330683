"""The API server's validation of definitions, and defects that it accepts.

A check refers to its source in apiextensions-apiserver as SV (schema/validation.go), V
(apis/apiextensions/validation/validation.go), DV (schema/defaulting/validation.go), SC
(schema/complete.go) or F (validation/formats.go), or as a gap that only crd-gen checks.
"""

from crd_gen.checks.finding import Finding
from crd_gen.checks.run import findings, schema_findings

__all__ = ["Finding", "findings", "schema_findings"]
