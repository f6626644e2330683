"""Results: sums, ratios, tables and the picture."""
