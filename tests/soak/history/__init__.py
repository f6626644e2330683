"""Thousands of runs while replicas of the history are killed: `python -m soak.history`."""
