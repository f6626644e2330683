"""CA rotations in a row under a constant load of creates: `python -m soak.certs`."""
