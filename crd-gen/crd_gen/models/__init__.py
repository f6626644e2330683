"""Base classes of the models, and the paths through their fields."""
