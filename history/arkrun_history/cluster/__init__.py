"""Everything of the API server beside the watches: resources, its clock, teams and their status, events."""
