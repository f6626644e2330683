"""Replicas of a webhook with certificates, and the cluster objects around them."""
