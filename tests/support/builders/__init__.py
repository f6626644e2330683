"""Objects that tests send; a test states only what differs."""
