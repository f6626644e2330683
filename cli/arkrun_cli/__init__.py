"""`ark`: trigger, retry, look at and check runs from a terminal."""
