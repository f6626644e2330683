"""Retention, with a cluster and without."""
