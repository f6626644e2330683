"""`ark trace`, with answers of a backend and with a real Jaeger."""
