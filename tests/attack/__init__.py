"""Attacks on stored records, and the stage they need: a control plane with the webhook beside it."""
