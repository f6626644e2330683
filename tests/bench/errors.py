"""What stops a benchmark.

BenchError
├── BuildError     the peer could not be built
├── DisagreeError  two webhooks decide differently, so their costs cannot be compared
└── LoadError      a request was not answered as it must be
"""


class BenchError(Exception):
    """Any of the below."""


class BuildError(BenchError):
    """The peer could not be built."""


class DisagreeError(BenchError):
    """Two webhooks decide differently."""


class LoadError(BenchError):
    """A request was not answered as it must be."""
