"""Errors that stop a benchmark.

BenchError
├── BuildError     the peer could not be built
├── DisagreeError  two webhooks decide differently, so their costs cannot be compared
└── LoadError      a request got an unexpected answer
"""


class BenchError(Exception):
    """The base class of the errors below."""


class BuildError(BenchError):
    """The peer could not be built."""


class DisagreeError(BenchError):
    """Two webhooks decide differently."""


class LoadError(BenchError):
    """A request got an unexpected answer."""
