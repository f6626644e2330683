"""`ark verify`, for stored runs and for exported files."""
