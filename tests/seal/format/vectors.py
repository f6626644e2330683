"""`python -m seal.format.vectors`: write the test vectors for other implementations of docs/seal.md."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from arkrun_crd.names import RESTORED_ANNOTATION, SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION, TEAM_LABEL
from arkrun_crd.seal.canonical import CanonicalError, canonical, digest
from arkrun_crd.seal.verify import verify
from support.builders.records import DONE, record
from support.builders.seals import KEY, KEYS, OTHER_KEY, failed, sealed

Json = dict[str, Any]

FILE = Path(__file__).with_name("vectors.json")

TEXTS = (
    "null",
    "true",
    '""',
    "[]",
    "{}",
    "0",
    "-0",
    "-0.0",
    "1.0",
    "1e2",
    "1.50",
    "9007199254740993",
    "9007199254740992.0",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "1e+25",
    "10000000000000000000000000",
    "1e300",
    "0.1",
    "0.30000000000000004",
    "0.0001",
    "0.00001",
    "0.000001",
    "0.0000025",
    "-0.00000025",
    "1e-7",
    "1.5e-7",
    "5e-324",
    "4503599627370495.5",
    '"\\u0000\\u001f\\u007f\\b\\f\\n\\r\\t\\"\\\\\\/<>&\\u2028\\u2029é😀"',
    '"\\\\u003c \\\\u2028"',
    '{"z": 1, "é": 2, "\\uffee": 3, "😀": 4, "a": {"b": [2, 1], "a": 1}, "": 0, "A": 5}',
    " [ 1 , { } ] ",
    "[1, 1.0, 1e0]",
)


def document() -> Json:
    """Build the vectors."""
    return {
        "canonical": [_canonical(text) for text in TEXTS],
        "keys": {key: public.pem for key, public in KEYS.items()},
        "seals": [
            {
                "name": name,
                "run": run,
                "state": str(report.state),
                "parts": {part: str(each.state) for part, each in report.parts.items()},
            }
            for name, run in cases()
            for report in (verify(run, KEYS),)
        ],
    }


def _canonical(text: str) -> Json:
    value = json.loads(text)
    try:
        return {"json": text, "canonical": canonical(value).decode(), "sha256": digest(value)}
    except CanonicalError as error:
        return {"json": text, "refused": str(error)}


def cases() -> Iterator[tuple[str, Json]]:
    """Yield runs by name: sealed ones, altered ones, and those about which nobody can tell."""
    ended, running = record(status=DONE), record(status={"phase": "Running"})
    bare = record(status=DONE, labels={})
    numbers = record(spec={"xUnknown": {"f": 1e25, "small": 2.5e-7, "whole": 1.0, "large": 2**53 + 1}})
    copied = _restored(sealed(ended))
    yield "not sealed", ended
    yield "running and not sealed", running
    yield "succeeded", sealed(ended)
    yield "running", sealed(running)
    yield "failed", sealed(record(status=failed()))
    yield "numbers and unknown fields", sealed(numbers)
    yield "no status", sealed({**ended, "status": {}})
    yield "without a team label", sealed(bare)
    yield "with a team label that came later", changed(sealed(bare), labels={TEAM_LABEL: "blog"})
    yield "with a wrong team label that came later", changed(sealed(bare), labels={TEAM_LABEL: "other"})
    yield (
        "conditions came later",
        _edited(
            sealed(ended),
            lambda run: run["status"].update(conditions=[{"type": "Seen"}], observedGeneration=2),
        ),
    )
    yield (
        "a whole number spelled as a float",
        _edited(sealed(ended), lambda run: run["spec"].update(teamGeneration=3.0)),
    )
    yield "spec altered", _edited(sealed(ended), lambda run: run["spec"].update(teamGeneration=4))
    yield (
        "spec of a running run altered",
        _edited(sealed(running), lambda run: run["spec"]["pipeline"].reverse()),
    )
    yield "status altered", _edited(sealed(ended), lambda run: run["status"].update(output="x"))
    yield "phase altered", _edited(sealed(ended), lambda run: run["status"].update(phase="Running"))
    yield (
        "failed and altered",
        _edited(sealed(record(status=failed())), lambda run: run["status"].update(output="x")),
    )
    yield (
        "failed, retried, and running",
        _edited(sealed(record(status=failed())), lambda run: run["status"].update(phase="Running")),
    )
    yield (
        "failed, retried, and ended later",
        _edited(
            sealed(record(status=failed())),
            lambda run: run["status"].update(phase="Succeeded", completionTime="2026-03-17T11:00:00Z"),
        ),
    )
    for name, value in (("uid", "x"), ("namespace", "x"), ("name", "x"), ("generation", 2)):
        yield f"{name} altered", changed(sealed(ended), **{name: value})
    yield "team label removed", changed(sealed(ended), labels={})
    yield "a restored copy", copied
    yield "a restored copy under another name", changed(copied, name="x")
    yield "a restored copy without status", {**copied, "status": {}}
    yield "a restored copy, altered", _edited(copied, lambda run: run["spec"].update(output="x"))
    yield from _seal_cases(ended)


def _seal_cases(ended: Json) -> Iterator[tuple[str, Json]]:
    good, other = sealed(ended), sealed(record("other", status=DONE))
    both = (SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION)
    for name in both:
        text = good["metadata"]["annotations"][name]
        short = name.rpartition("-")[2]
        yield f"{short} seal removed", annotated(good, **{name: None})
        yield (
            f"{short} seal of another run",
            annotated(good, **{name: other["metadata"]["annotations"][name]}),
        )
        yield f"{short} seal empty", annotated(good, **{name: ""})
        yield f"{short} seal of an unknown version", annotated(good, **{name: f"v2{text[2:]}"})
        yield (
            f"{short} seal with another signature",
            annotated(good, **{name: text[:3] + text[4:131] + "0" + text[131:]}),
        )
        yield (
            f"{short} seal with another time",
            annotated(good, **{name: text.replace("10:00:46", "10:00:47")}),
        )
        yield f"{short} seal in upper case", annotated(good, **{name: text[:131].upper() + text[131:]})
        yield f"{short} seal with a blank", annotated(good, **{name: f"{text} "})
    swapped = [good["metadata"]["annotations"][name] for name in reversed(both)]
    yield "seals exchanged", annotated(good, **dict(zip(both, swapped, strict=True)))
    yield "sealed with an unknown key", sealed(ended, key=OTHER_KEY)
    forged = sealed(ended, key=OTHER_KEY)["metadata"]["annotations"]
    renamed = {name: text.replace(OTHER_KEY.public.id, KEY.public.id) for name, text in forged.items()}
    yield "sealed with another key under the name of a known one", annotated(good, **renamed)


def changed(run: Json, **metadata: Any) -> Json:
    """Return a copy with other metadata."""
    return _edited(run, lambda copied: copied["metadata"].update(metadata))


def annotated(run: Json, **annotations: str | None) -> Json:
    """Return a copy with other annotations; None removes one."""
    merged = {**run["metadata"]["annotations"], **annotations}
    return changed(run, annotations={name: text for name, text in merged.items() if text is not None})


def _restored(run: Json) -> Json:
    return changed(annotated(run, **{RESTORED_ANNOTATION: "true"}), uid="another-uid")


def _edited(run: Json, edit: Callable[[Json], object]) -> Json:
    copied = copy.deepcopy(run)
    edit(copied)
    return copied


def main() -> None:
    """Write the file, with a line for each vector."""
    found = document()
    lists = ",\n".join(f' "{name}": [\n{_lines(found[name])}\n ]' for name in ("canonical", "seals"))
    text = f'{{\n "keys": {json.dumps(found["keys"])},\n{lists}\n}}\n'
    FILE.write_text(text, encoding="utf-8")


def _lines(entries: list[Json]) -> str:
    """Return a line for each vector, so that git shows which one has changed."""
    return ",\n".join(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in entries)


if __name__ == "__main__":
    main()
