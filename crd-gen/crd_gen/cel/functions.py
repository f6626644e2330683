"""Functions of Kubernetes' CEL environment with their result types (apiserver, pkg/cel/library)."""

from typing import Final

RESULTS: Final[dict[str, str]] = {
    # operators
    **dict.fromkeys(("!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "_&&_", "_||_"), "bool"),
    **dict.fromkeys(("_+_", "_-_", "_*_", "_/_", "_%_", "-_", "_?_:_", "_[_]"), "dyn"),
    "_[?_]": "optional",
    # conversions and the standard library
    "int": "int",
    "uint": "int",
    "double": "double",
    "string": "string",
    "bytes": "bytes",
    "bool": "bool",
    "dyn": "dyn",
    "type": "type",
    "duration": "duration",
    "timestamp": "timestamp",
    "size": "int",
    **dict.fromkeys(("startsWith", "endsWith", "contains", "matches"), "bool"),
    **dict.fromkeys(("getFullYear", "getMonth", "getDayOfYear", "getDayOfMonth", "getDate"), "int"),
    **dict.fromkeys(("getDayOfWeek", "getHours", "getMinutes", "getSeconds", "getMilliseconds"), "int"),
    # strings
    **dict.fromkeys(("lowerAscii", "upperAscii", "replace", "substring", "trim", "charAt", "join"), "string"),
    "format": "string",
    "quote": "string",
    "reverse": "dyn",
    "split": "list<string>",
    "find": "string",
    "findAll": "list<string>",
    # lists
    **dict.fromkeys(("indexOf", "lastIndexOf"), "int"),
    **dict.fromkeys(("isSorted", "includes"), "bool"),
    **dict.fromkeys(("sum", "min", "max", "first", "last", "slice", "flatten", "distinct", "sort"), "dyn"),
    **dict.fromkeys(("lists.range", "range"), "list<int>"),
    **dict.fromkeys(("math.greatest", "math.least", "greatest", "least"), "dyn"),
    # sets
    **dict.fromkeys(("intersects", "equivalent"), "bool"),
    # optional values
    "orValue": "dyn",
    "or": "optional",
    "hasValue": "bool",
    "value": "dyn",
    "of": "optional",
    "none": "optional",
    "ofNonZeroValue": "optional",
    "optSelect": "optional",
    # URLs, addresses, quantities, versions, formats
    **dict.fromkeys(
        ("isURL", "isIP", "isCIDR", "isQuantity", "isInteger", "isSemver", "isCanonical"), "bool"
    ),
    **dict.fromkeys(("url", "ip", "cidr", "quantity", "semver", "named", "masked", "add", "sub"), "dyn"),
    **dict.fromkeys(("getScheme", "getHost", "getHostname", "getPort", "getEscapedPath"), "string"),
    "getQuery": "dyn",
    "family": "int",
    "prefixLength": "int",
    "compareTo": "int",
    "sign": "int",
    **dict.fromkeys(("isUnspecified", "isLoopback", "isLinkLocalMulticast", "isLinkLocalUnicast"), "bool"),
    **dict.fromkeys(("isGlobalUnicast", "containsIP", "containsCIDR", "isGreaterThan", "isLessThan"), "bool"),
    "asInteger": "int",
    "asApproximateFloat": "double",
    "major": "int",
    "minor": "int",
    "patch": "int",
    "validate": "optional",
    "escapeKey": "string",
    **dict.fromkeys(
        ("dns1123Label", "dns1123LabelPrefix", "dns1123Subdomain", "dns1123SubdomainPrefix"), "dyn"
    ),
    **dict.fromkeys(
        ("dns1035Label", "dns1035LabelPrefix", "qualifiedName", "labelValue", "uri", "uuid"), "dyn"
    ),
    **dict.fromkeys(("byte", "date", "datetime"), "dyn"),
}
"""Result types by the function's name without its namespace (sets., math., ip., format., optional.)."""

NAMESPACES: Final = frozenset(("sets", "math", "ip", "format", "optional", "lists", "jsonpatch"))
"""Namespaces of functions, which parse as the target of a call."""

TYPES: Final = frozenset(
    ("int", "uint", "double", "string", "bytes", "bool", "list", "map", "null_type", "type", "optional_type")
)
"""Types as values: `type(self.x) == string`."""
