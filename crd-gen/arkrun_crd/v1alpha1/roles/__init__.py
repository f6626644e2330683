"""Roles of a team: the agents that do its work."""

from arkrun_crd.v1alpha1.roles.role import Role

__all__ = ["Role"]
