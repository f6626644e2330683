"""The cost of admission on a real API server: `python -m bench`, with PYTHONPATH=tests.

One control plane has a namespace for each of four variants: `none` (no webhook), `null` (a mutating and a
validating webhook that allow everything: stock Starlette on stock uvicorn), `ours`, and `peer` (a
controller-runtime webhook with the same rules). All have the same CRDs, policies and teams, and store the
same runs.
"""
