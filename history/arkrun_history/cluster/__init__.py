"""Access to the API server other than watches: resources, clock, teams and their status, events."""
