"""Reading the ArkTeam that a run was created from."""
