"""The rules of retention: a team's limits, the durations they are written in, and the runs they expire."""
