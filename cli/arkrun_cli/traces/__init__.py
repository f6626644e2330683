"""Traces of tasks: looking them up in Jaeger or Tempo, and reading what either answers."""
