"""Sealed runs in exports, and the public keys that verify them."""
