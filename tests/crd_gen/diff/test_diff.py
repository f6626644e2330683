"""The changes between definitions: weight, code, path and message."""

import copy
import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crd_gen.diff import Change, Weight, compare
from crd_gen.diff.report import as_json, sarif, text
from crd_gen.diff.waivers import Waiver, load, split, unused
from crd_gen.errors import ProjectError
from crd_gen.manifests.sources import read
from support.crds.definitions import Schema, crd, node, root, rule

NAME = "widgets.example.com"
BASE = crd(
    root(
        spec=node(
            required=["name"],
            properties={
                "name": node("string", maxLength=9, pattern="^a", description="words"),
                "size": node("integer", minimum=1, default=3),
                "color": node("string", enum=["red", "blue"], nullable=True),
                "tags": node("array", maxItems=5, items=node("string", maxLength=3), x_list_type="set"),
                "labels": node(maxProperties=5, additionalProperties=node("string")),
                "loose": node(x_preserve_unknown_fields=True, properties={"known": node("string")}),
            },
            x_validations=rule("self.size > 0", message="m"),
        ),
        status=node(properties={"n": node("integer")}),
    ),
    status=True,
    names={"shortNames": ["wd"]},
    additionalPrinterColumns=[{"name": "N", "type": "integer", "jsonPath": ".status.n"}],
    selectableFields=[{"jsonPath": ".spec.color"}],
)


def spec(document: Schema) -> Any:
    """Return the properties of spec."""
    return document["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]


def at(*keys: str | int, to: Any = None) -> Callable[[Schema], None]:
    """Build a change that sets the value at a path below spec, or removes it if None."""

    def change(document: Schema) -> None:
        put(spec(document), keys, to)

    return change


def top(*keys: str | int, to: Any = None) -> Callable[[Schema], None]:
    """Build a change of the spec of the definition."""
    return lambda document: put(document["spec"], keys, to)


def put(place: Any, keys: tuple[str | int, ...], to: Any) -> None:
    """Set or remove a value inside of nested objects and lists."""
    for key in keys[:-1]:
        place = place[key]
    if to is None:
        del place[keys[-1]]
    else:
        place[keys[-1]] = to


OLD_SELF = "self.name == oldSelf.name"
P = "properties"
CASES: list[tuple[str, str, str, Callable[[Schema], None]]] = [
    ("safe words", "spec.name", "description changed", at(P, "name", "description", to="other")),
    ("safe field-added", "spec.new", "optional field added", at(P, "new", to=node("string"))),
    ("breaking field-removed", "spec.size", "field removed, and its data is pruned", at(P, "size")),
    ("loosening field-unlisted", "spec.loose.known", "no longer validated", at(P, "loose", P, "known")),
    ("ratcheted field-listed", "spec.loose.x", "is now validated", at(P, "loose", P, "x", to=node("string"))),
    ("breaking required-added", "spec.color", "field is now required", at("required", to=["name", "color"])),
    ("safe required-with-default", "spec.size", "with a default", at("required", to=["name", "size"])),
    ("loosening required-removed", "spec.name", "field is now optional", at("required")),
    (
        "breaking type-changed",
        "spec.name",
        "type changed from string to boolean",
        at(P, "name", "type", to="boolean"),
    ),
    (
        "loosening type-widened",
        "spec.size",
        "type changed from integer to number",
        at(P, "size", "type", to="number"),
    ),
    (
        "ratcheted bound-tightened",
        "spec.name",
        "maxLength changed from 9 to 8",
        at(P, "name", "maxLength", to=8),
    ),
    (
        "loosening bound-loosened",
        "spec.name",
        "maxLength changed from 9 to 10",
        at(P, "name", "maxLength", to=10),
    ),
    ("ratcheted bound-added", "spec.name", "minLength 2 added", at(P, "name", "minLength", to=2)),
    ("ratcheted bound-tightened", "spec.size", "minimum changed from 1 to 2", at(P, "size", "minimum", to=2)),
    ("loosening bound-removed", "spec.tags", "maxItems 5 removed", at(P, "tags", "maxItems")),
    ("ratcheted bound-tightened", "spec.tags[]", "from 3 to 2", at(P, "tags", "items", "maxLength", to=2)),
    (
        "ratcheted enum-value-removed",
        "spec.color",
        "enum value 'blue' removed",
        at(P, "color", "enum", to=["red"]),
    ),
    ("loosening enum-removed", "spec.color", "enum ['red', 'blue'] removed", at(P, "color", "enum")),
    ("ratcheted enum-added", "spec.name", "enum ['a'] added", at(P, "name", "enum", to=["a"])),
    ("ratcheted pattern-changed", "spec.name", "from '^a' to '^b'", at(P, "name", "pattern", to="^b")),
    ("loosening pattern-removed", "spec.name", "pattern '^a' removed", at(P, "name", "pattern")),
    ("ratcheted format-changed", "spec.name", "format 'uuid' added", at(P, "name", "format", to="uuid")),
    ("breaking default-changed", "spec.size", "default changed from 3 to 4", at(P, "size", "default", to=4)),
    ("breaking default-removed", "spec.size", "default 3 removed", at(P, "size", "default")),
    ("loosening default-added", "spec.name", "default 'a' added", at(P, "name", "default", to="a")),
    ("tightening nullable-removed", "spec.color", "null is now pruned", at(P, "color", "nullable")),
    (
        "loosening nullable-added",
        "spec.size",
        "null is now a valid value",
        at(P, "size", "nullable", to=True),
    ),
    (
        "breaking list-type-changed",
        "spec.tags",
        "x-kubernetes-list-type changed from set to atomic",
        at(P, "tags", "x-kubernetes-list-type", to="atomic"),
    ),
    (
        "breaking pruning-turned-on",
        "spec.loose",
        "unknown fields are now pruned",
        at(P, "loose", "x-kubernetes-preserve-unknown-fields"),
    ),
    (
        "loosening pruning-turned-off",
        "spec",
        "unknown fields are now preserved",
        at("x-kubernetes-preserve-unknown-fields", to=True),
    ),
    ("breaking map-removed", "spec.labels", "are now pruned", at(P, "labels", "additionalProperties")),
    (
        "tightening bound-added",
        "spec.name",
        "minLength 1 added",
        at(P, "name", "allOf", to=[{"minLength": 1}]),
    ),
    (
        "loosening rule-removed",
        "spec",
        "rule 'self.size > 0' removed",
        at("x-kubernetes-validations"),
    ),
    (
        "tightening rule-added",
        "spec",
        "transition rule 'self.name == oldSelf.name' added: it applies to every update",
        at("x-kubernetes-validations", to=rule("self.size > 0", message="m") + rule(OLD_SELF)),
    ),
    (
        "ratcheted rule-added",
        "spec",
        "rule 'self.size < 9' added",
        at("x-kubernetes-validations", to=rule("self.size > 0", message="m") + rule("self.size < 9")),
    ),
    (
        "safe words",
        "spec",
        "message of rule 'self.size > 0' changed",
        at("x-kubernetes-validations", to=rule("self.size > 0", message="other")),
    ),
    ("ratcheted bound-added", "spec.size", "multipleOf 2 added", at(P, "size", "multipleOf", to=2)),
    (
        "ratcheted bound-tightened",
        "spec.size",
        "minimum changed from 1 to 2",
        at(P, "size", "exclusiveMinimum", to=True),
    ),
    (
        "breaking unknown-change",
        "spec.loose",
        "x-kubernetes-embedded-resource changed from None to True",
        at(P, "loose", "x-kubernetes-embedded-resource", to=True),
    ),
    (
        "breaking scope-changed",
        "",
        "scope changed from 'Namespaced' to 'Cluster'",
        top("scope", to="Cluster"),
    ),
    (
        "breaking name-changed",
        "",
        "kind changed from 'Widget' to 'Gadget'",
        top("names", "kind", to="Gadget"),
    ),
    ("breaking name-removed", "", "'wd' removed from shortNames", top("names", "shortNames")),
    ("safe name-added", "", "'all' added to categories", top("names", "categories", to=["all"])),
    ("breaking version-unserved", "", "no longer served", top("versions", 0, "served", to=False)),
    ("safe deprecation", "", "version now deprecated", top("versions", 0, "deprecated", to=True)),
    ("breaking status-removed", "", "status subresource removed", top("versions", 0, "subresources")),
    ("breaking column-removed", "", "column 'N' removed", top("versions", 0, "additionalPrinterColumns")),
    (
        "breaking selector-removed",
        "",
        "selectable field .spec.color removed",
        top("versions", 0, "selectableFields"),
    ),
    (
        "breaking conversion-changed",
        "",
        "conversion changed from {'strategy': 'None'} to",
        top("conversion", to={"strategy": "Webhook"}),
    ),
]


@pytest.mark.parametrize(("kind", "path", "words", "change"), CASES, ids=[f"{c[0]} {c[1]}" for c in CASES])
def test_change_has_its_weight_code_and_path(
    kind: str, path: str, words: str, change: Callable[[Schema], None]
) -> None:
    """A change is reported once, with its path, weight and code."""
    new = copy.deepcopy(BASE)
    change(new)

    changes = compare({NAME: BASE}, {NAME: new})

    assert [(f"{found.weight.name.lower()} {found.code}", found.path) for found in changes] == [(kind, path)]
    assert words in changes[0].text


def test_removed_field_hints_at_a_rename() -> None:
    """A field that is removed while an equal one is added may have been renamed."""
    new = copy.deepcopy(BASE)
    spec(new)[P]["colour"] = spec(new)[P].pop("color")

    removed = compare({NAME: BASE}, {NAME: new})[0]

    assert removed.text == "field removed, and its data is pruned (renamed to 'colour'?)"


def test_added_and_removed_versions_and_kinds() -> None:
    """Added and removed versions and kinds are reported, and a change of the storage version."""
    new = copy.deepcopy(BASE)
    new["spec"]["versions"][0]["name"] = "v2"

    changes = compare({NAME: BASE, "a.b": BASE}, {NAME: new, "c.d": BASE})

    assert [str(change) for change in changes] == [
        "breaking   a.b: definition removed with all its objects [definition-removed]",
        "breaking   widgets.example.com v1: version removed [version-removed]",
        (
            "tightening widgets.example.com: storage version changed from v1 to v2:"
            " existing objects must be migrated [storage-switched]"
        ),
        "safe       c.d: definition added [definition-added]",
        "safe       widgets.example.com v2: version added [version-added]",
    ]


def test_equal_definitions_have_no_changes() -> None:
    """A definition compared with itself has no changes."""
    assert compare({NAME: BASE}, {NAME: copy.deepcopy(BASE)}) == []
    assert text([], []) == "no changes\n"


GONE = Change(Weight.BREAKING, NAME, "v1", "spec.color", "field-removed", "the field is gone")
WAIVER = Waiver(NAME, "spec.color", "field-removed", "never served", datetime.date(2027, 1, 31))


@pytest.mark.parametrize(("today", "counts"), [((2027, 1, 31), False), ((2027, 2, 1), True)])
def test_waiver_applies_until_it_expires(today: tuple[int, int, int], counts: bool) -> None:
    """A waived change does not count until the waiver expires."""
    counted, waived = split([GONE], [WAIVER], datetime.date(*today))

    assert (counted == [GONE], waived == [(GONE, WAIVER)]) == (counts, not counts)


def test_waiver_covers_its_own_change_only() -> None:
    """A waiver for one field does not cover another."""
    other = Change(Weight.BREAKING, NAME, "v1", "spec.size", "field-removed", "the field is gone")

    assert split([other], [WAIVER], WAIVER.expires) == ([other], [])


def test_unused_waivers_are_reported() -> None:
    """A waiver that expired or matches no change is reported."""
    day = datetime.date(2027, 2, 1)
    late = Waiver(NAME, "spec.size", "field-removed", "never served", datetime.date(2027, 3, 1))

    assert unused([WAIVER, late], [], day) == [
        "waiver of widgets.example.com spec.color [field-removed] expired on 2027-01-31",
        "waiver of widgets.example.com spec.size [field-removed] matches no change: remove it",
    ]
    assert unused([WAIVER], [(GONE, WAIVER)], WAIVER.expires) == []


def test_waiver_file_is_read(tmp_path: Path) -> None:
    """A waiver has a change, a reason and a date."""
    file = tmp_path / "waivers.toml"
    file.write_text(
        '[[waiver]]\ndefinition = "widgets.example.com"\npath = "spec.color"\n'
        'code = "field-removed"\nreason = "never served"\nexpires = 2027-01-31\n'
    )

    assert load(file) == [WAIVER]


BAD = [
    ('code = "x"', "waiver 1: missing definition, expires, path, reason"),
    (
        'definition = "a"\npath = ""\ncode = "x"\nreason = " "\nexpires = 2027-01-31',
        "waiver 1: reason must not be empty",
    ),
    (
        'definition = "a"\npath = ""\ncode = "x"\nreason = "r"\nexpires = "soon"',
        "waiver 1: expires must be a date, 2027-01-31 without quotes",
    ),
]


@pytest.mark.parametrize(("entry", "problem"), BAD, ids=["parts", "reason", "day"])
def test_invalid_waiver_is_rejected(tmp_path: Path, entry: str, problem: str) -> None:
    """An invalid waiver is reported with its file and number."""
    file = tmp_path / "waivers.toml"
    file.write_text(f"[[waiver]]\n{entry}\n")

    with pytest.raises(ProjectError) as refusal:
        load(file)

    assert str(refusal.value) == f"{file}: {problem}"


def test_reports_as_text_json_and_sarif() -> None:
    """Text, JSON and SARIF contain the same changes, including waived ones."""
    waived = [(GONE, WAIVER)]

    assert text([GONE], waived) == (
        "breaking   widgets.example.com v1 spec.color: the field is gone [field-removed]\n"
        "waived     widgets.example.com v1 spec.color: the field is gone [field-removed] - never served\n"
    )
    fields = {
        "weight": "breaking",
        "definition": NAME,
        "version": "v1",
        "path": "spec.color",
        "code": "field-removed",
        "text": "the field is gone",
    }
    assert json.loads(as_json([GONE], waived)) == {
        "changes": [fields],
        "waived": [fields | {"reason": "never served"}],
    }
    location = {"fullyQualifiedName": "widgets.example.com/v1/spec.color", "kind": "member"}
    file = {"artifactLocation": {"uri": "crds/a.yaml"}}
    result = {
        "ruleId": "field-removed",
        "level": "error",
        "message": {"text": "widgets.example.com v1 spec.color: the field is gone"},
        "locations": [{"logicalLocations": [location], "physicalLocation": file}],
    }
    suppressed = {"suppressions": [{"kind": "external", "justification": "never served"}]}
    assert json.loads(sarif([GONE], waived, {NAME: "crds/a.yaml"})) == {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "crd-gen", "rules": [{"id": "field-removed"}]}},
                "results": [result, result | suppressed],
            }
        ],
    }


def test_missing_source_is_reported() -> None:
    """A missing source is reported with the syntax of a revision."""
    with pytest.raises(ProjectError) as refusal:
        read("nowhere.yaml")

    assert str(refusal.value) == ("nowhere.yaml: no such file or folder (write a git revision as git:REV)")
