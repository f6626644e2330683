"""What stops a benchmark.

BenchError
├── BuildError     a peer could not be built
├── DisagreeError  a server answers something else than the rules say, so its speed means nothing
└── LoadError      the load generator did not run, or got errors
"""


class BenchError(Exception):
    """Any of the below."""


class BuildError(BenchError):
    """A peer could not be built."""


class DisagreeError(BenchError):
    """A server answers something else than the rules say."""


class LoadError(BenchError):
    """The load generator did not run, or got errors."""
