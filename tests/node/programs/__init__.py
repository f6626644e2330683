"""The programs and images of a node, and their requirements."""
