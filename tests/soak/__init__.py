"""CA rolls without end under a constant load of creates: `python -m soak`, or `make soak-certs`."""
