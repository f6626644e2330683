"""Where the API server is and who asks it, read as kubectl reads it; nothing here sends a request."""
