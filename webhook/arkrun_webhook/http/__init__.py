"""The listener: which paths there are, limits on what clients send, one endpoint for each review."""
