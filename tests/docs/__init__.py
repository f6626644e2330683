"""The tables of README.md and charts/arkrun/README.md, written from what they describe."""
