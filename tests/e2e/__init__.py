"""The chart on a cluster with real pods, either that of `make node` or your own."""
