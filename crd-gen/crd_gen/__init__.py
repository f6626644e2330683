"""Any pydantic models to Kubernetes CustomResourceDefinitions; knows nothing of ArkRun."""
