"""Regular expressions and string formats with the verdicts of the API server's Go libraries."""
