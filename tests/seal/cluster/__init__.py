"""Sealing on a real API server."""
