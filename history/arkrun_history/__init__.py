"""Retention and sealing of ArkRuns: delete runs beyond their team's limits, and seal what a run says.

reflector/   list and watch runs and teams into stores
policy/      which runs are due for deletion, as pure functions
seal/        the signing keys, and the seals of each run
cluster/     reads and writes of the API server beside the watches
retention/   the controller: one team at a time, until its history is as its limits ask
"""
