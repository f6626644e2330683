"""The programs and images of a node, and what a machine must have to build them."""
