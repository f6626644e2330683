"""The commands, called with parsed arguments; `arkrun_cli.cli` declares the arguments."""
