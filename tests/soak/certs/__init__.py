"""Consecutive CA rotations under a constant load of creates: `python -m soak.certs`."""
