"""Certificates, keys and TLS contexts; knows neither Kubernetes nor the rules of rotation."""
