"""Long runs of the webhook: snapshots of a continuously edited team, and memory over many requests."""
