"""The seal of a run: canonical form, signed statements, keys, and their verification, as pure functions."""
