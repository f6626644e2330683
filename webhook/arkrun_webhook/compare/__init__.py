"""JSON as bytes: equality, differences, and what a message shows of them."""
