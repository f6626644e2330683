"""Attacks on stored records, on a real control plane with the webhook."""
