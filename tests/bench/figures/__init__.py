"""Results: sums, ratios, tables and the chart."""
