"""Validation of a team's spec beyond its schema, as pure functions of parsed JSON."""
