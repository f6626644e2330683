"""Long runs under load: `make soak-certs`, `make soak-history`, `make soak-webhook`, `make soak-memory`."""
