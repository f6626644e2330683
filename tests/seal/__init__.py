"""Seals: their test vectors, a second verifier in Go, and their life on a real API server."""
