"""Long runs of the webhook: a team that is edited all the time, and memory over many requests."""
