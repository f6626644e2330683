"""Retention of ArkRuns: delete runs beyond their team's limits and write each team's last run to its status.

reflector/   list and watch runs and teams into stores
policy/      which runs are due for deletion, as pure functions
cluster/     reads and writes of the API server beside the watches
workqueue, reconciler, deleter, controller   one team at a time, until its history is as its limits ask
"""
