"""`ark`: trigger, retry, inspect and check ArkRuns from a terminal."""
