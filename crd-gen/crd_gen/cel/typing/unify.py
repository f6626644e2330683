"""Assignment of types with type parameters and dyn (cel-go, checker/types.go)."""

from __future__ import annotations

from collections.abc import Sequence

from crd_gen.cel.typing.type import DYN, NULL, OBJECTS, OPAQUE, Type

_WILD = ("dyn", "error")
_NULLABLE = frozenset(("object", "duration", "timestamp", *OPAQUE, *OBJECTS))
_COMPOSED = frozenset(("list", "map", *OPAQUE))


class Substitutions:
    """What type parameters stand for, as far as the expression says."""

    def __init__(self) -> None:
        self._known: dict[Type, Type] = {}
        self._count = 0

    def fresh(self) -> Type:
        """Return a new type parameter."""
        self._count += 1
        return Type("param", name=f"_{self._count}")

    def assign(self, given: Sequence[Type], expected: Sequence[Type]) -> bool:
        """Return True if the types can be assigned, and keep what that says of the parameters."""
        before = dict(self._known)
        if len(given) == len(expected) and all(map(self._assignable, given, expected)):
            return True
        self._known = before
        return False

    def resolve(self, found: Type, *, final: bool = False) -> Type:
        """Return a type without known parameters; in the end, an unknown one is dyn."""
        if found in self._known:
            return self.resolve(self._known[found], final=final)
        if found.kind == "param":
            return DYN if final else found
        if not found.params:
            return found
        params = tuple(self.resolve(param, final=final) for param in found.params)
        return found if params == found.params else Type(found.kind, params, found.name, found.decl)

    def instantiate(self, types: Sequence[Type]) -> list[Type]:
        """Return types with new parameters in the place of their own."""
        names: dict[str, Type] = {}
        return [self._instance(found, names) for found in types]

    def _instance(self, found: Type, names: dict[str, Type]) -> Type:
        if found.kind == "param":
            if found.name not in names:
                names[found.name] = self.fresh()
            return names[found.name]
        if not found.params:
            return found
        return Type(found.kind, tuple(self._instance(param, names) for param in found.params), found.name)

    def _assignable(self, given: Type, expected: Type) -> bool:  # noqa: PLR0911 - by kind
        if expected.kind == "param":
            valid, known = self._substitute(given, expected)
            if valid or known:
                return valid
        if given.kind == "param":
            return self._substitute(expected, given)[0]
        if given.kind in _WILD or expected.kind in _WILD:
            return True
        if NULL in (given, expected):
            other = expected if given == NULL else given
            return other == NULL or other.kind in _NULLABLE
        if given.kind == "type":
            return expected.kind == "type"
        if given.kind in _COMPOSED:
            same = given.kind == expected.kind and len(given.params) == len(expected.params)
            return same and all(map(self._assignable, given.params, expected.params))
        return (given.kind, given.name) == (expected.kind, expected.name)

    def _substitute(self, found: Type, param: Type) -> tuple[bool, bool]:
        """Bind a parameter to a type; return whether that is possible, and whether it was bound already."""
        if found == param:
            return True, True
        known = self._known.get(param)
        if known is not None:
            if found == known:
                return True, True
            if self._assignable(found, known):
                general = most_general(found, known)
                if not self._occurs(param, general):
                    self._known[param] = general
                return True, True
            return False, True
        if self._occurs(param, found):
            return False, False
        self._known[param] = found
        return True, False

    def _occurs(self, param: Type, within: Type) -> bool:
        if within == param:
            return True
        if within.kind == "param":
            return within in self._known and self._occurs(param, self._known[within])
        return any(self._occurs(param, inner) for inner in within.params)


def most_general(left: Type, right: Type) -> Type:
    """Return the less specific of two types that are assignable."""
    return left if _less_specific(left, right) else right


def _less_specific(left: Type, right: Type) -> bool:
    if left.kind in ("dyn", "param"):
        return True
    if right.kind in ("dyn", "param") or left.kind != right.kind:
        return False
    if left.kind == "type":
        return True
    if left.kind in _COMPOSED:
        same = len(left.params) == len(right.params)
        return same and all(map(_less_specific, left.params, right.params))
    return left == right
