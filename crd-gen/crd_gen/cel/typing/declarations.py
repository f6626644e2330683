"""The functions of Kubernetes' CEL environment: one line for each, with its overloads and their result types.

A method has its target before the dot. A capital letter alone is a type parameter. The sections are the minor
versions of Kubernetes before those in which they can be used (apiserver, pkg/cel/environment/base.go).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from crd_gen.cel.typing.type import Type, parse_type

MINORS: Final = tuple(range(31, 38))
"""The minor versions of Kubernetes that a project can declare."""

FUNCTIONS: Final[dict[int, str]] = {
    30: """
!_ (bool) bool
-_ (double) double; (int) int
@in (A, list<A>) bool; (A, map<A,B>) bool
@not_strictly_false (bool) bool
_!=_ (A, A) bool
_%_ (int, int) int; (uint, uint) uint
_&&_ (bool, bool) bool
_*_ (double, double) double; (int, int) int; (uint, uint) uint
_+_ (bytes, bytes) bytes; (double, double) double; (duration, duration) duration;
    (duration, timestamp) timestamp; (timestamp, duration) timestamp; (int, int) int;
    (list<A>, list<A>) list<A>; (string, string) string; (uint, uint) uint
_-_ (double, double) double; (duration, duration) duration; (int, int) int;
    (timestamp, duration) timestamp; (timestamp, timestamp) duration; (uint, uint) uint
_/_ (double, double) double; (int, int) int; (uint, uint) uint
_<=_ (bool, bool) bool; (int, int) bool; (int, double) bool; (int, uint) bool; (uint, uint) bool;
    (uint, double) bool; (uint, int) bool; (double, double) bool; (double, int) bool; (double, uint) bool;
    (string, string) bool; (bytes, bytes) bool; (timestamp, timestamp) bool; (duration, duration) bool
_<_ (bool, bool) bool; (int, int) bool; (int, double) bool; (int, uint) bool; (uint, uint) bool;
    (uint, double) bool; (uint, int) bool; (double, double) bool; (double, int) bool; (double, uint) bool;
    (string, string) bool; (bytes, bytes) bool; (timestamp, timestamp) bool; (duration, duration) bool
_==_ (A, A) bool
_>=_ (bool, bool) bool; (int, int) bool; (int, double) bool; (int, uint) bool; (uint, uint) bool;
    (uint, double) bool; (uint, int) bool; (double, double) bool; (double, int) bool; (double, uint) bool;
    (string, string) bool; (bytes, bytes) bool; (timestamp, timestamp) bool; (duration, duration) bool
_>_ (bool, bool) bool; (int, int) bool; (int, double) bool; (int, uint) bool; (uint, uint) bool;
    (uint, double) bool; (uint, int) bool; (double, double) bool; (double, int) bool; (double, uint) bool;
    (string, string) bool; (bytes, bytes) bool; (timestamp, timestamp) bool; (duration, duration) bool
_?_:_ (bool, A, A) A
_[?_] (list<V>, int) optional<V>; (optional<list<V>>, int) optional<V>; (map<K,V>, K) optional<V>;
    (optional<map<K,V>>, K) optional<V>
_[_] (list<A>, int) A; (map<A,B>, A) B; (optional<list<V>>, int) optional<V>;
    (optional<map<K,V>>, K) optional<V>
_||_ (bool, bool) bool
add Quantity.(Quantity) Quantity; Quantity.(int) Quantity
asApproximateFloat Quantity.() double
asInteger Quantity.() int
bool (bool) bool; (string) bool
bytes (bytes) bytes; (string) bytes
charAt string.(int) string
cidr (string) CIDR
compareTo Quantity.(Quantity) int
contains string.(string) bool
containsCIDR CIDR.(string) bool; CIDR.(CIDR) bool
containsIP CIDR.(string) bool; CIDR.(IP) bool
double (double) double; (int) double; (string) double; (uint) double
duration (duration) duration; (string) duration
dyn (A) dyn
endsWith string.(string) bool
family IP.() int
find string.(string) string
findAll string.(string) list<string>; string.(string, int) list<string>
format string.(list<dyn>) string
getDate timestamp.() int; timestamp.(string) int
getDayOfMonth timestamp.() int; timestamp.(string) int
getDayOfWeek timestamp.() int; timestamp.(string) int
getDayOfYear timestamp.() int; timestamp.(string) int
getEscapedPath URL.() string
getFullYear timestamp.() int; timestamp.(string) int
getHost URL.() string
getHostname URL.() string
getHours timestamp.() int; timestamp.(string) int; duration.() int
getMilliseconds timestamp.() int; timestamp.(string) int; duration.() int
getMinutes timestamp.() int; timestamp.(string) int; duration.() int
getMonth timestamp.() int; timestamp.(string) int
getPort URL.() string
getQuery URL.() map<string,list<string>>
getScheme URL.() string
getSeconds timestamp.() int; timestamp.(string) int; duration.() int
hasValue optional<V>.() bool
indexOf string.(string) int; string.(string, int) int; list<A>.(A) int
int (int) int; (double) int; (duration) int; (string) int; (timestamp) int; (uint) int
ip (string) IP; CIDR.() IP
ip.isCanonical (string) bool
isCIDR (string) bool
isGlobalUnicast IP.() bool
isGreaterThan Quantity.(Quantity) bool
isIP (string) bool
isInteger Quantity.() bool
isLessThan Quantity.(Quantity) bool
isLinkLocalMulticast IP.() bool
isLinkLocalUnicast IP.() bool
isLoopback IP.() bool
isQuantity (string) bool
isSorted list<int>.() bool; list<uint>.() bool; list<double>.() bool; list<bool>.() bool;
    list<duration>.() bool; list<timestamp>.() bool; list<string>.() bool; list<bytes>.() bool
isURL (string) bool
isUnspecified IP.() bool
join list<string>.() string; list<string>.(string) string
lastIndexOf string.(string) int; string.(string, int) int; list<A>.(A) int
lowerAscii string.() string
masked CIDR.() CIDR
matches (string, string) bool; string.(string) bool
max list<int>.() int; list<uint>.() uint; list<double>.() double; list<bool>.() bool;
    list<duration>.() duration; list<timestamp>.() timestamp; list<string>.() string;
    list<bytes>.() bytes
min list<int>.() int; list<uint>.() uint; list<double>.() double; list<bool>.() bool;
    list<duration>.() duration; list<timestamp>.() timestamp; list<string>.() string;
    list<bytes>.() bytes
optional.none () optional<V>
optional.of (V) optional<V>
optional.ofNonZeroValue (V) optional<V>
or optional<V>.(optional<V>) optional<V>
orValue optional<V>.(V) V
prefixLength CIDR.() int
quantity (string) Quantity
replace string.(string, string) string; string.(string, string, int) string
sets.contains (list<T>, list<T>) bool
sets.equivalent (list<T>, list<T>) bool
sets.intersects (list<T>, list<T>) bool
sign (Quantity) int
size (bytes) int; bytes.() int; (list<A>) int; list<A>.() int; (map<A,B>) int; map<A,B>.() int;
    (string) int; string.() int
split string.(string) list<string>; string.(string, int) list<string>
startsWith string.(string) bool
string (string) string; (bool) string; (bytes) string; (double) string; (duration) string; (int) string;
    (timestamp) string; (uint) string; (IP) string; (CIDR) string
strings.quote (string) string
sub Quantity.(Quantity) Quantity; Quantity.(int) Quantity
substring string.(int) string; string.(int, int) string
sum list<int>.() int; list<uint>.() uint; list<double>.() double; list<duration>.() duration
timestamp (timestamp) timestamp; (int) timestamp; (string) timestamp
trim string.() string
type (A) type<A>
uint (uint) uint; (double) uint; (int) uint; (string) uint
upperAscii string.() string
url (string) URL
value optional<V>.() V
""",
    31: """
optional.unwrap (list<optional<V>>) list<V>
unwrapOpt list<optional<V>>.() list<V>
format.byte () NamedFormat
format.date () NamedFormat
format.datetime () NamedFormat
format.dns1035Label () NamedFormat
format.dns1035LabelPrefix () NamedFormat
format.dns1123Label () NamedFormat
format.dns1123LabelPrefix () NamedFormat
format.dns1123Subdomain () NamedFormat
format.dns1123SubdomainPrefix () NamedFormat
format.labelValue () NamedFormat
format.named (string) optional<NamedFormat>
format.qualifiedName () NamedFormat
format.uri () NamedFormat
format.uuid () NamedFormat
validate NamedFormat.(string) optional<list<string>>
""",
    32: """
first list<V>.() optional<V>
last list<V>.() optional<V>
cel.@mapInsert (map<K,V>, K, V) map<K,V>; (map<K,V>, map<K,V>) map<K,V>
""",
    33: """
compareTo Semver.(Semver) int
isGreaterThan Semver.(Semver) bool
isLessThan Semver.(Semver) bool
isSemver (string) bool; (string, bool) bool
major Semver.() int
minor Semver.() int
patch Semver.() int
semver (string) Semver; (string, bool) Semver
""",
    34: """
@sortByAssociatedKeys list<T>.(list<int>) list<T>; list<T>.(list<uint>) list<T>;
    list<T>.(list<double>) list<T>; list<T>.(list<bool>) list<T>; list<T>.(list<duration>) list<T>;
    list<T>.(list<timestamp>) list<T>; list<T>.(list<string>) list<T>; list<T>.(list<bytes>) list<T>
distinct list<T>.() list<T>
flatten list<list<T>>.() list<T>; list<dyn>.(int) list<dyn>
lists.range (int) list<int>
reverse list<T>.() list<T>
slice list<T>.(int, int) list<T>
sort list<int>.() list<int>; list<uint>.() list<uint>; list<double>.() list<double>;
    list<bool>.() list<bool>; list<duration>.() list<duration>; list<timestamp>.() list<timestamp>;
    list<string>.() list<string>; list<bytes>.() list<bytes>
""",
}

KEYWORD_FIELDS: Final = 31
"""The version that lets a field be selected by a reserved word (`self.namespace`)."""

LIBRARY_EQUALITY: Final = 31
"""The version since which comparing two values of a library's type, such as IP, has a bounded cost."""

ENTRY_SIZES: Final = 32
"""The version since which estimates know the sizes in lists and maps that an expression builds."""

TWO_VARIABLES: Final = 32
"""The version that introduced macros with two variables."""

SORT_BY: Final = 34
"""The version that introduced sortBy."""


@dataclass(frozen=True)
class Overload:
    """A signature of a function; the first parameter of a method is its target."""

    function: str
    is_method: bool
    parameters: tuple[Type, ...]
    result: Type


class _Target:
    """The version that rules are compiled for; the newest unless a project or option declares another."""

    minor = MINORS[-1]


def use(minor: int) -> None:
    """Compile rules for an older version of Kubernetes from now on."""
    _Target.minor = minor


def introduced(minor: int) -> bool:
    """Return True if what a version introduced can be used.

    A server compiles new rules in the environment of the version before its own, so that it can be rolled
    back (apiserver, DefaultCompatibilityVersion).
    """
    return minor < _Target.minor


def overloads(function: str) -> tuple[Overload, ...]:
    """Return the signatures of a function in the target version; () if there is no such function."""
    return tuple(overload for minor, overload in _all().get(function, ()) if introduced(minor))


def introduction(function: str) -> int:
    """Return the version that introduced a function; 0 if there is no such function."""
    return min((minor for minor, _ in _all().get(function, ())), default=0)


@lru_cache
def _all() -> dict[str, list[tuple[int, Overload]]]:
    found: dict[str, list[tuple[int, Overload]]] = {}
    for minor, text in FUNCTIONS.items():
        for line in text.replace("\n    ", " ").strip().splitlines():
            name, _, signatures = line.partition(" ")
            found.setdefault(name, []).extend(
                (minor, _overload(name, signature.strip())) for signature in signatures.split(";")
            )
    return found


def _overload(name: str, signature: str) -> Overload:
    head, _, result = signature.rpartition(" ")
    target, _, arguments = head.rstrip(")").partition("(")
    parameters = [parse_type(argument) for argument in arguments.split(", ") if argument]
    is_method = target.endswith(".")
    if is_method:
        parameters.insert(0, parse_type(target[:-1]))
    return Overload(name, is_method, tuple(parameters), parse_type(result))
