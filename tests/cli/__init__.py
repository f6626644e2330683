"""`ark`, with a cluster and without."""
