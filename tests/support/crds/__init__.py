"""Definitions, models and runs for the tests of `crd_gen` and `arkrun_crd`."""
