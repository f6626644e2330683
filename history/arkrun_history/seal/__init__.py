"""Sealing of runs: which seal comes next, the keys that sign, and the leader's sealer."""
