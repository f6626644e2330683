"""Keeps the history of ArkRuns as short as their teams ask for, and tells each team its last run.

table -> mirror   what is known of each run: a few bytes, from the API server's own Tables
policy, retention what is to go, as pure functions
keeper            one team at a time: read, decide, delete, tell
follow, schedule  which teams have changed or come of age
"""
