"""Look-ups of the ArkTeam that a run is created from."""
