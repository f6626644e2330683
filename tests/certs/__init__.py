"""The certificates: keys, rotation, and their objects in a real cluster."""
