"""The webhooks that are compared: processes, configurations and namespaces."""
