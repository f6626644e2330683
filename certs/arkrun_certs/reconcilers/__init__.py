"""The reconcilers: each observes, decides and acts for one thing that a server needs up to date."""
