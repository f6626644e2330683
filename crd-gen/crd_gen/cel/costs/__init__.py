"""The estimated cost of CEL expressions and rules."""
