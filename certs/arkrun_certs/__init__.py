"""Make, keep, rotate and inject a serving certificate; knows nothing of ArkRun."""
