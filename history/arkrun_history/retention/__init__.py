"""The controller: a work queue of teams, the reconciler of one team, and the deletion of expired runs."""
