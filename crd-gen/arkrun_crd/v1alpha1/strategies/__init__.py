"""How a team runs its roles: as a pipeline, by routing, or by search."""
