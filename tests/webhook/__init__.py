"""The webhook: its rules, and its HTTP server over real TLS."""
