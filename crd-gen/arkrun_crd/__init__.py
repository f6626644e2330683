"""The API group arkonis.dev: the models of ArkRun and ArkTeam, and the rules of a team's spec."""
