"""The compared webhooks: processes, configurations and namespaces."""
