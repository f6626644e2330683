"""The chart and all components together, on a real API server."""
