"""The estimated cost of a rule equals that of the real API server."""

import json
import re
from typing import Any

import pytest

from controlplane import ControlPlane
from crd_gen.cel.costs.rule_cost import RULE_LIMIT, costs

pytestmark = pytest.mark.cluster

LINE = {"type": "string", "maxLength": 40}
ITEM = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": LINE,
        "size": {"type": "integer"},
        "phase": {"type": "string", "enum": ["A", "Bbb"]},
    },
}
NODE: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": LINE,
        "other": {"type": "string", "maxLength": 7},
        "free": {"type": "string"},
        "count": {"type": "integer"},
        "flag": {"type": "boolean"},
        "when": {"type": "string", "format": "date-time"},
        "either": {"x-kubernetes-int-or-string": True},
        "words": {"type": "array", "maxItems": 30, "items": LINE},
        "items": {
            "type": "array",
            "maxItems": 50,
            "items": ITEM,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
        "open": {"type": "array", "items": {"type": "object", "properties": {"name": LINE}}},
        "map": {"type": "object", "maxProperties": 20, "additionalProperties": LINE},
        "inner": ITEM,
        "if": {"type": "integer"},
    },
}

RULES = [
    "self.text == self.other",
    "self.text.size() > 3 && self.other.size() < 2",
    "has(self.count) ? self.count > 3 : true",
    "self.text.startsWith('abc') || self.text.endsWith(self.other)",
    "self.text.matches('^[a-z]+$')",
    "self.text.contains(self.other)",
    "self.text in ['a', 'b', 'c']",
    "self.text in self.words",
    "self.words.all(w, w.size() > 2)",
    "self.words.exists(w, w == self.text)",
    "self.words.exists_one(w, w == 'x')",
    "self.words.filter(w, w != 'x').size() == 3",
    "self.words.map(w, w + '!').size() == 3",
    "self.words.map(w, w.size() > 1, w).size() == 3",
    "self.items.all(i, self.items.exists_one(j, j.name == i.name))",
    "self.items.all(i, i.size > 0 && i.phase == 'A')",
    "self.items == oldSelf.items",
    "(self.items + oldSelf.items).size() == 5",
    "self.items[0].name == 'x'",
    "self.map.all(k, self.map[k] == 'x')",
    "self.map['a'] == self.text",
    "'a' in self.map",
    "self.inner == oldSelf.inner",
    "self.text == oldSelf.text",
    "self.__if__ + 1 > 2 * self.count - 3",
    "!has(self.inner) || self.inner.name != self.text",
    "self.when > oldSelf.when",
    "type(self.either) == string ? self.either == 'x' : self.either < 5",
    "self.open.all(o, o.name == 'a')",
    "self.free == 'abc'",
    "self.free.matches('a+')",
    "self.text.lowerAscii() == self.text.upperAscii()",
    "self.text.substring(2) == 'x'",
    "self.text.split(',').size() > 2",
    "self.words.join(',') == 'a,b'",
    "self.words.isSorted()",
    "{'a': ['x', 'y'], 'b': ['z']}[self.text].size() > 1",
    "self.text in {'a': ['x'], 'b': ['z']}[self.other]",
    "(self.flag ? self.text : self.other) == 'x'",
    "size(self.words) == 2 && size(self.text) == 2",
    "sets.contains(self.words, ['a', 'b'])",
    "string(self.count) == self.text",
    "int(self.text) == 3",
    "self.words.all(i, w, w.size() > i)",
    "isURL(self.text) && url(self.text).getHost() == 'x'",
    "quantity(self.text).isGreaterThan(quantity('1'))",
    "sets.equivalent(self.words, ['a'])",
    "self.words.exists(i, w, w == self.text)",
    "self.map.exists(k, v, v == k)",
    "self.items.map(i, i.name).exists(n, n == 'x')",
    "self.items.filter(i, i.phase == 'A').all(i, i.name != 'x')",
    "self.text.replace('a', 'bb').size() < 3",
    "self.text.find('[a-z]+') == 'a'",
    "self.words.indexOf('a') == 3",
    "duration('1h') < duration('2h')",
    "self.text + self.other == 'x'",
    "isIP(self.text) && ip(self.text).family() == 4",
    "self.?text.orValue('x') == 'x'",
    "self.?count.hasValue()",
    "self.words.map(w, w).join(',') == 'a'",
    "self.words.distinct().size() == 3",
    "self.words.sort()[0] == 'a'",
    "self.items.sortBy(i, i.name)[0].name == 'a'",
    "self.words.slice(0, 2).size() == 2",
    "self.words.reverse()[0] == 'a'",
    "self.?text.optMap(t, t.size() > 1).orValue(true)",
    "self.text.split(',', 3).all(t, t.matches('^[a-z]$'))",
    "strings.quote(self.text) == 'x'",
    "cidr(self.text).masked() == cidr(self.other)",
    "self.map.transformMap(k, v, v.size()).size() == 1",
    "self.items.all(i, self.words.all(w, w != i.name))",
    "'%s'.format([self.text]) == 'x'",
    "[?self.?text].size() == 1",
]


def placed(rule: str) -> tuple[dict[str, Any], int]:
    """Place a rule below so many list items that its cost just exceeds the limit and is reported."""
    node = {**NODE, "x-kubernetes-validations": [{"rule": rule}]}
    call = costs({"type": "object", "properties": {"spec": node}})[0].call
    places = max(1, -(-RULE_LIMIT * 6 // 5 // call))
    items = {"type": "array", "maxItems": places, "items": node}
    items |= {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["text"]}
    return {"type": "object", "properties": {"spec": items}}, places


@pytest.mark.parametrize("rule", RULES)
def test_estimate_equals_the_servers(control_plane: ControlPlane, rule: str) -> None:
    """A rule in a list that is too long is rejected with the factor that crd-gen computes."""
    schema, _ = placed(rule)
    factor = costs(schema)[0].total / RULE_LIMIT
    said = "more than 100x" if factor > 100 else f"{factor:.6f}x" if factor < 1.5 else f"{factor:.1f}x"

    answer = control_plane.api.call(
        "POST",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All",
        json.dumps(crd(schema)).encode(),
    )

    assert answer.status == 422, answer.body
    found = re.findall(
        r"estimated rule cost exceeds budget by factor of ([^ ]+x|more than 100x)", answer.message
    )
    assert found == [said], answer.message


def crd(schema: dict[str, Any]) -> dict[str, Any]:
    """Wrap a schema into a definition."""
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Widget", "listKind": "WidgetList", "plural": "widgets", "singular": "widget"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "names": names, "scope": "Namespaced", "versions": [version]},
    }
