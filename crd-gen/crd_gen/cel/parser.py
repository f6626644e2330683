"""A recursive-descent parser for cel-spec's grammar, with the macros that Kubernetes enables."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from crd_gen.cel.ast import Call, Expression, Ident, ListOf, Literal, MapOf, Select
from crd_gen.cel.escaping import RESERVED
from crd_gen.cel.lexer import Token, tokens, unquoted
from crd_gen.cel.macros import expand
from crd_gen.errors import CelError

_RELATIONS = ("==", "!=", "<", "<=", ">", ">=", "in")
_KEYWORDS = ("true", "false", "null", "in")
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


@lru_cache(1024)
def parse(text: str) -> Expression:
    """Parse an expression, whose macros are those of the target version. Raises CelError with a column.

    Cached, since a rule is compiled, estimated and compared with those of other versions: of 1.0 s for this
    repository's definitions, parsing took 0.3 s.
    """
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
        for mark in "!-":
            if self._is(mark):
                return self._repeated(mark)
        return self._member()

    def _repeated(self, mark: str) -> Expression:
        """Parse `!x` or `-x`; of `!!x` nothing is left, and a minus is a part of a number after it."""
        column, count = self._token.column, 0
        while self._skip(mark):
            count += 1
        number = self._token.kind in ("int", "float")
        operand = self._member(negative=mark == "-" and number and count % 2 == 1)
        if count % 2 == 0 or (mark == "-" and number):
            return operand
        return Call(f"{mark}_", (operand,), column=column)

    def _member(self, *, negative: bool = False) -> Expression:
        expression = self._primary(negative=negative)
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
        if token.kind != "ident" or token.text in _KEYWORDS:
            raise CelError(f"expected a name, not {token.text!r}", token.column)
        if self._is("(") and not optional:
            return self._call(token, operand)
        return Select(operand, token.text, optional=optional, column=token.column)

    def _call(self, token: Token, target: Expression | None) -> Expression:
        self._expect("(")
        arguments = self._arguments()
        if target is None:
            if token.text == "has":
                return _has(arguments, token)
            return Call(token.text, arguments, None, token.column)
        expanded = expand(token.text, target, arguments, token.column)
        return expanded or Call(token.text, arguments, target, token.column)

    def _arguments(self) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self._skip(")"):
            if items:
                self._expect(",")
            items.append(self._ternary())
        return tuple(items)

    def _list(self, token: Token) -> Expression:
        items: list[Expression] = []
        optional: set[int] = set()
        while not self._skip("]"):
            if self._skip("?"):
                optional.add(len(items))
            items.append(self._ternary())
            if not self._is("]"):
                self._expect(",")
        return ListOf(tuple(items), token.column, frozenset(optional))

    def _primary(self, *, negative: bool = False) -> Expression:
        token = self._next()
        if token.kind in ("string", "int", "float"):
            return _literal(token, negative=negative)
        if token.kind == "ident":
            return self._name(token)
        if token.text == "(":
            inner = self._ternary()
            self._expect(")")
            return inner
        if token.text == "[":
            return self._list(token)
        if token.text == "{":
            return self._map(token)
        if token.text == "." and self._token.kind == "ident" and self._token.text not in _KEYWORDS:
            return self._primary()
        raise CelError(f"unexpected {token.text or 'end'!r}", token.column)

    def _name(self, token: Token) -> Expression:
        if token.text in _LITERALS:
            return Literal(_LITERALS[token.text], token.column)
        if token.text in RESERVED:
            raise CelError(f"{token.text!r} is a reserved word and cannot name a variable", token.column)
        if self._is("{"):
            raise CelError("messages cannot be built: there are only lists and maps", token.column)
        return self._call(token, None) if self._is("(") else Ident(token.text, token.column)

    def _map(self, token: Token) -> Expression:
        entries: list[tuple[Expression, Expression]] = []
        optional: set[int] = set()
        while not self._skip("}"):
            if self._skip("?"):
                optional.add(len(entries))
            key = self._ternary()
            self._expect(":")
            entries.append((key, self._ternary()))
            if not self._is("}"):
                self._expect(",")
        return MapOf(tuple(entries), token.column, frozenset(optional))


def _has(arguments: tuple[Expression, ...], token: Token) -> Expression:
    found = arguments[0] if len(arguments) == 1 else None
    if not isinstance(found, Select) or found.optional:
        raise CelError("has() takes one field selection, has(self.name)", token.column)
    return Select(found.operand, found.field, test=True, column=found.column)


def _literal(token: Token, *, negative: bool) -> Literal:
    if token.kind == "string":
        return Literal(unquoted(token), token.column)
    text = f"-{token.text}" if negative else token.text
    if token.kind == "float":
        return Literal(float(text), token.column)
    unsigned = text[-1] in "uU"
    value = int(text.rstrip("uU"), 16 if "0x" in text else 10)
    if value not in (range(2**64) if unsigned else range(-(2**63), 2**63)):
        raise CelError(f"{text} is out of range", token.column)
    return Literal(value, token.column, unsigned)
