"""What the API server demands of a definition, and what it lets pass to everyone's regret.

Each file holds the rules of one noun; a rule names its source in apiextensions-apiserver as
SV (schema/validation.go), V (apis/apiextensions/validation/validation.go), DV
(schema/defaulting/validation.go), F (validation/formats.go), or "gap" where the server is silent.
"""

from crd_gen.checks.finding import Finding
from crd_gen.checks.run import findings

__all__ = ["Finding", "findings"]
