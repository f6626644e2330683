"""The API group arkonis.dev: the only place where a field of ArkRun or ArkTeam is declared."""
