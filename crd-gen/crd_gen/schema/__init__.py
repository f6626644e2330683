"""The translation of pydantic's core schemas into structural schemas."""
