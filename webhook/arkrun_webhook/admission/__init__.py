"""The handlers of runs and teams, and the wording of their refusals."""
