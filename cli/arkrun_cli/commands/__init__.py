"""What each command does, once its arguments are parsed; `arkrun_cli.cli` declares the arguments."""
