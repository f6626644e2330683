"""The parser: recursive descent over cel-spec's grammar, with the macros that Kubernetes enables."""

from __future__ import annotations

from collections.abc import Callable

from crd_gen.cel.errors import CelError
from crd_gen.cel.lexer import Token, tokens, unquoted
from crd_gen.cel.syntax import Call, Expression, Ident, ListOf, Literal, Loop, MapOf, Select

# How many variables with how many bodies (cel-go: parser/macro.go, ext/comprehensions.go, cel/library.go).
MACROS: dict[str, set[tuple[int, int]]] = {
    "all": {(1, 1), (2, 1)},
    "exists": {(1, 1), (2, 1)},
    "exists_one": {(1, 1)},
    "existsOne": {(1, 1), (2, 1)},
    "map": {(1, 1), (1, 2)},
    "filter": {(1, 1)},
    "transformList": {(2, 1), (2, 2)},
    "transformMap": {(2, 1), (2, 2)},
    "transformMapEntry": {(2, 1), (2, 2)},
    "optMap": {(1, 1)},
    "optFlatMap": {(1, 1)},
}
_RELATIONS = ("==", "!=", "<", "<=", ">", ">=", "in")
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def parse(text: str) -> Expression:
    """Read one expression. Raises CelError with the column of the trouble."""
    return _Parser(list(tokens(text))).whole()


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self._words, self._at = words, 0

    def whole(self) -> Expression:
        expression = self._ternary()
        if self._word.kind != "end":
            raise CelError(f"unexpected {self._word.text!r}", self._word.column)
        return expression

    @property
    def _word(self) -> Token:
        return self._words[self._at]

    def _take(self) -> Token:
        self._at += 1
        return self._words[self._at - 1]

    def _is(self, *texts: str) -> bool:
        return self._word.kind in ("mark", "ident") and self._word.text in texts

    def _skip(self, text: str) -> bool:
        if self._is(text):
            self._at += 1
            return True
        return False

    def _demand(self, text: str) -> None:
        if not self._skip(text):
            raise CelError(f"expected {text!r}, not {self._word.text or 'the end'!r}", self._word.column)

    def _ternary(self) -> Expression:
        condition = self._or()
        column = self._word.column
        if not self._skip("?"):
            return condition
        then = self._or()
        self._demand(":")
        return Call("_?_:_", (condition, then, self._ternary()), column=column)

    def _or(self) -> Expression:
        return self._left(self._and, "||")

    def _and(self) -> Expression:
        return self._left(self._relation, "&&")

    def _relation(self) -> Expression:
        return self._left(self._sum, *_RELATIONS)

    def _sum(self) -> Expression:
        return self._left(self._product, "+", "-")

    def _product(self) -> Expression:
        return self._left(self._unary, "*", "/", "%")

    def _left(self, operand: Callable[[], Expression], *operators: str) -> Expression:
        left = operand()
        while self._is(*operators):
            word = self._take()
            name = "@in" if word.text == "in" else f"_{word.text}_"
            left = Call(name, (left, operand()), column=word.column)
        return left

    def _unary(self) -> Expression:
        word = self._word
        if self._skip("!"):
            return Call("!_", (self._unary(),), column=word.column)
        if self._skip("-"):
            inner = self._unary()
            if isinstance(inner, Literal) and isinstance(inner.value, int | float):
                return Literal(-inner.value, word.column)
            return Call("-_", (inner,), column=word.column)
        return self._member()

    def _member(self) -> Expression:
        expression = self._primary()
        while self._is(".", "["):
            word = self._take()
            optional = self._skip("?")
            if word.text == "[":
                index = self._ternary()
                self._demand("]")
                expression = Call("_[?_]" if optional else "_[_]", (expression, index), column=word.column)
            else:
                expression = self._field(expression, optional=optional)
        return expression

    def _field(self, operand: Expression, *, optional: bool) -> Expression:
        word = self._take()
        if word.kind != "ident":
            raise CelError(f"expected a name, not {word.text!r}", word.column)
        if self._is("(") and not optional:
            return self._call(word, operand)
        return Select(operand, word.text, optional=optional, column=word.column)

    def _call(self, word: Token, target: Expression | None) -> Expression:
        self._demand("(")
        arguments = self._until(")")
        if target is None:
            return (
                _has(arguments, word) if word.text == "has" else Call(word.text, arguments, None, word.column)
            )
        shapes = MACROS.get(word.text, set())
        for variables, bodies in sorted(shapes):
            names = arguments[:variables]
            if len(arguments) == variables + bodies and all(isinstance(name, Ident) for name in names):
                bound = tuple(name.name for name in names if isinstance(name, Ident))
                return Loop(word.text, target, bound, arguments[variables:], word.column)
        return Call(word.text, arguments, target, word.column)

    def _until(self, end: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self._skip(end):
            items.append(self._ternary())
            if not self._is(end):
                self._demand(",")
        return tuple(items)

    def _primary(self) -> Expression:  # noqa: PLR0911 - by first word
        word = self._take()
        if word.kind in ("string", "int", "float"):
            return Literal(_value(word), word.column)
        if word.kind == "ident":
            if word.text in _LITERALS:
                return Literal(_LITERALS[word.text], word.column)
            return self._call(word, None) if self._is("(") else Ident(word.text, word.column)
        if word.text == "(":
            inner = self._ternary()
            self._demand(")")
            return inner
        if word.text == "[":
            return ListOf(self._until("]"), word.column)
        if word.text == "{":
            return self._map(word)
        if word.text == "." and self._word.kind == "ident":
            return self._primary()
        raise CelError(f"unexpected {word.text or 'end'!r}", word.column)

    def _map(self, word: Token) -> Expression:
        entries: list[tuple[Expression, Expression]] = []
        while not self._skip("}"):
            key = self._ternary()
            self._demand(":")
            entries.append((key, self._ternary()))
            if not self._is("}"):
                self._demand(",")
        return MapOf(tuple(entries), word.column)


def _has(arguments: tuple[Expression, ...], word: Token) -> Expression:
    if len(arguments) != 1 or not isinstance(arguments[0], Select):
        raise CelError("has() takes one field selection, has(self.name)", word.column)
    inner = arguments[0]
    return Select(inner.operand, inner.field, test=True, column=inner.column)


def _value(word: Token) -> str | bytes | int | float:
    if word.kind == "string":
        return unquoted(word)
    if word.kind == "float":
        return float(word.text)
    return int(word.text.rstrip("uU"), 0)
