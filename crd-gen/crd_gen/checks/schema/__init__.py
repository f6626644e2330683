"""Rules on a single schema, one module for each group of keywords."""
