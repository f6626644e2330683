"""A recursive-descent parser for cel-spec's grammar, with the macros that Kubernetes enables."""

from __future__ import annotations

from collections.abc import Callable

from crd_gen.cel.ast import Call, Expression, Ident, ListOf, Literal, Loop, MapOf, Select
from crd_gen.cel.lexer import Token, tokens, unquoted
from crd_gen.errors import CelError

# Numbers of variables and bodies (cel-go: parser/macro.go, ext/comprehensions.go, cel/library.go).
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
    """Parse an expression. Raises CelError with the column of the error."""
    return _Parser(list(tokens(text))).parse()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._position = tokens, 0

    def parse(self) -> Expression:
        expression = self._ternary()
        if self._token.kind != "end":
            raise CelError(f"unexpected {self._token.text!r}", self._token.column)
        return expression

    @property
    def _token(self) -> Token:
        return self._tokens[self._position]

    def _next(self) -> Token:
        self._position += 1
        return self._tokens[self._position - 1]

    def _is(self, *texts: str) -> bool:
        return self._token.kind in ("mark", "ident") and self._token.text in texts

    def _skip(self, text: str) -> bool:
        if self._is(text):
            self._position += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise CelError(f"expected {text!r}, not {self._token.text or 'the end'!r}", self._token.column)

    def _ternary(self) -> Expression:
        condition = self._or()
        column = self._token.column
        if not self._skip("?"):
            return condition
        then = self._or()
        self._expect(":")
        return Call("_?_:_", (condition, then, self._ternary()), column=column)

    def _or(self) -> Expression:
        return self._binary(self._and, "||")

    def _and(self) -> Expression:
        return self._binary(self._relation, "&&")

    def _relation(self) -> Expression:
        return self._binary(self._sum, *_RELATIONS)

    def _sum(self) -> Expression:
        return self._binary(self._product, "+", "-")

    def _product(self) -> Expression:
        return self._binary(self._unary, "*", "/", "%")

    def _binary(self, operand: Callable[[], Expression], *operators: str) -> Expression:
        left = operand()
        while self._is(*operators):
            token = self._next()
            name = "@in" if token.text == "in" else f"_{token.text}_"
            left = Call(name, (left, operand()), column=token.column)
        return left

    def _unary(self) -> Expression:
        token = self._token
        if self._skip("!"):
            return Call("!_", (self._unary(),), column=token.column)
        if self._skip("-"):
            inner = self._unary()
            if isinstance(inner, Literal) and isinstance(inner.value, int | float):
                return Literal(-inner.value, token.column)
            return Call("-_", (inner,), column=token.column)
        return self._member()

    def _member(self) -> Expression:
        expression = self._primary()
        while self._is(".", "["):
            token = self._next()
            optional = self._skip("?")
            if token.text == "[":
                index = self._ternary()
                self._expect("]")
                expression = Call("_[?_]" if optional else "_[_]", (expression, index), column=token.column)
            else:
                expression = self._field(expression, optional=optional)
        return expression

    def _field(self, operand: Expression, *, optional: bool) -> Expression:
        token = self._next()
        if token.kind != "ident":
            raise CelError(f"expected a name, not {token.text!r}", token.column)
        if self._is("(") and not optional:
            return self._call(token, operand)
        return Select(operand, token.text, optional=optional, column=token.column)

    def _call(self, token: Token, target: Expression | None) -> Expression:
        self._expect("(")
        arguments = self._until(")")
        if target is None:
            return (
                _has(arguments, token)
                if token.text == "has"
                else Call(token.text, arguments, None, token.column)
            )
        arities = MACROS.get(token.text, set())
        for variables, bodies in sorted(arities):
            names = arguments[:variables]
            if len(arguments) == variables + bodies and all(isinstance(name, Ident) for name in names):
                bound = tuple(name.name for name in names if isinstance(name, Ident))
                return Loop(token.text, target, bound, arguments[variables:], token.column)
        return Call(token.text, arguments, target, token.column)

    def _until(self, end: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self._skip(end):
            items.append(self._ternary())
            if not self._is(end):
                self._expect(",")
        return tuple(items)

    def _primary(self) -> Expression:  # noqa: PLR0911 - by first word
        token = self._next()
        if token.kind in ("string", "int", "float"):
            return Literal(_value(token), token.column)
        if token.kind == "ident":
            if token.text in _LITERALS:
                return Literal(_LITERALS[token.text], token.column)
            return self._call(token, None) if self._is("(") else Ident(token.text, token.column)
        if token.text == "(":
            inner = self._ternary()
            self._expect(")")
            return inner
        if token.text == "[":
            return ListOf(self._until("]"), token.column)
        if token.text == "{":
            return self._map(token)
        if token.text == "." and self._token.kind == "ident":
            return self._primary()
        raise CelError(f"unexpected {token.text or 'end'!r}", token.column)

    def _map(self, token: Token) -> Expression:
        entries: list[tuple[Expression, Expression]] = []
        while not self._skip("}"):
            key = self._ternary()
            self._expect(":")
            entries.append((key, self._ternary()))
            if not self._is("}"):
                self._expect(",")
        return MapOf(tuple(entries), token.column)


def _has(arguments: tuple[Expression, ...], token: Token) -> Expression:
    if len(arguments) != 1 or not isinstance(arguments[0], Select):
        raise CelError("has() takes one field selection, has(self.name)", token.column)
    inner = arguments[0]
    return Select(inner.operand, inner.field, test=True, column=inner.column)


def _value(token: Token) -> str | bytes | int | float:
    if token.kind == "string":
        return unquoted(token)
    if token.kind == "float":
        return float(token.text)
    return int(token.text.rstrip("uU"), 0)
