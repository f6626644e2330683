"""Definitions that others wrote: files, folders and git revisions, read as Kubernetes reads them."""
