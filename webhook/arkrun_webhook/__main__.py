"""`python -m arkrun_webhook`, the same as `arkrun-webhook`."""

from arkrun_webhook.cli import main

main()
