"""The chart on a cluster with real pods: the node of `make node`, or a cluster of yours."""
