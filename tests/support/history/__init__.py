"""`arkrun-history` as a process, and the runs it works on."""
