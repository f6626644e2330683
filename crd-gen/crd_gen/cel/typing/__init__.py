"""The types of CEL expressions, and the functions that are declared for them."""
