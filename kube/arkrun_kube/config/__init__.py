"""The configuration of the client, read like kubectl reads it; nothing here sends a request."""
