"""The comparison of definitions: what a change means for existing objects and clients."""

from crd_gen.diff.change import Change, Weight
from crd_gen.diff.definitions import compare

__all__ = ["Change", "Weight", "compare"]
