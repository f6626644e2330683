"""Undecoded JSON: equality, differences, and excerpts for messages."""
