"""The Common Expression Language as far as a schema's rules need it: names, syntax, cost."""
