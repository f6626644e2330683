"""What a change of a definition means to the objects and clients that are there already."""

from crd_gen.diff.change import Change, Weight
from crd_gen.diff.definitions import compare

__all__ = ["Change", "Weight", "compare"]
