"""A review whose specs were compared reads like one whose specs were read, but for the specs."""

import json
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_crd.names import TEAM_LABEL
from arkrun_webhook import review
from arkrun_webhook.errors import BrokenCall
from arkrun_webhook.spans import raw
from arkrun_webhook.twins import MARK, SMALLEST, Short, shorten
from builders_webhook import review_document, run_document
from strategies_webhook import VALUES

PROMPT = "x" * SMALLEST
AS_SENT = {"separators": (",", ":"), "sort_keys": True}
LABELS = st.sampled_from([{}, {TEAM_LABEL: "blog"}])
STATUS = {"phase": "Running", "steps": [{"name": "research", "output": PROMPT}]}


def update(new: dict[str, Any], old: dict[str, Any], **layout: Any) -> bytes:
    """Write the review of an update."""
    return json.dumps(review_document(new, old=old, operation="UPDATE"), **layout).encode()


def as_it_is(body: bytes) -> review.Request:
    """Read all of a review."""
    request = review._unshortened(body).request
    assert request is not None
    return request


def shortened(body: bytes) -> int:
    """Tell how many bytes of a review are read at first."""
    short = shorten(body)
    return len(body if short is None else short.text)


def marked(body: bytes) -> review.Request:
    """Read all of a review, and put the mark where its equal specs are."""
    request = as_it_is(body)
    assert request.object is not None
    assert request.old_object is not None
    assert request.object.spec == request.old_object.spec
    request.object.spec = request.old_object.spec = MARK
    return request


@pytest.mark.parametrize("layout", [{}, {"separators": (",", ":")}, {"indent": 1}, {"sort_keys": True}])
@pytest.mark.parametrize("more", [{}, {"status": STATUS}], ids=["no status", "status"])
def test_equal_specs_are_not_read(layout: dict[str, Any], more: dict[str, Any]) -> None:
    """However it is laid out, a review that changes metadata alone is read without its specs."""
    old = run_document(output=PROMPT) | more
    new = run_document(output=PROMPT) | more
    new["metadata"]["annotations"] = {"example.com/seen": "yes"}
    body = update(new, old, **layout)

    assert shortened(body) < SMALLEST
    assert review.decode(body) == marked(body)


@pytest.mark.parametrize("before", [None, {"app": "x"}, {"app": "x", TEAM_LABEL: "blog"}])
@pytest.mark.parametrize("labels", [{"app": "y"}, {"note": "x"}, {}])
def test_other_labels_ask_for_no_spec(before: dict[str, str] | None, labels: dict[str, str]) -> None:
    """A label that no rule knows may come, go and change beside the team's, and no spec is read for it."""
    kept = {name: value for name, value in (before or {}).items() if name == TEAM_LABEL}
    body = update(run_document(labels | kept, output=PROMPT), run_document(before, output=PROMPT))

    assert review.decode(body) == marked(body)


def managed(manager: str, fields: str = PROMPT) -> dict[str, Any]:
    """Build metadata with a list of managed fields, as a run of many steps has it."""
    entries = [{"fieldsV1": {"f:status": fields}, "manager": manager}, {"manager": "operator"}]
    return {"annotations": {"example.com/by": manager}, "managedFields": entries, "name": "blog-run-a1b2c3"}


@pytest.mark.parametrize("layout", [{}, AS_SENT], ids=["wide", "as sent"])
@pytest.mark.parametrize("manager", ["kubectl", '],"name":"x', '"managedFields":["spec":{}'])
def test_long_metadata_ask_for_no_spec(layout: dict[str, Any], manager: str) -> None:
    """Managed fields, which are longer than the rest, stand before the spec."""
    both = (managed(one, "x" * 100_000) for one in ("helm", manager))
    old, new = (run_document(output=PROMPT) | {"metadata": one} for one in both)
    body = update(new, old, **layout)

    assert review.decode(body) == marked(body)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"f:status"', b'"f:list":[],"name":"x","f:status"'),
        (b'"manager":"helm"', b'"manager":"helm","deep":{"list":[{"list":[],"name":"x"}]}'),
        (b'"name":"blog-run-a1b2c3"', b'"uid":"x"'),
        (b'"name":"blog-run-a1b2c3"', b'"names":[],"name":"blog-run-a1b2c3"'),
        (b'"spec"', b'"managedFields":[],"spec"'),
    ],
)
def test_managed_fields_may_say_anything(before: bytes, after: bytes) -> None:
    """Lists and names within them and behind them, and no name at all, which no API server brings about."""
    run = run_document(output=PROMPT) | {"metadata": managed("helm")}
    body = update(run, run, **AS_SENT).replace(before, after)

    assert review.decode(body) in (as_it_is(body), _marked_if_equal(body))


@pytest.mark.parametrize("pad", range(1000, 9000, 500))
def test_no_list_leads_from_one_object_into_the_other(pad: int) -> None:
    """A run without a spec, whose status looks like the metadata of the old one and like its spec."""
    spec = {"pipeline": [{"role": "w"}], "teamRef": "blog"}
    status = {
        "managedFields": [],
        "n": {"a": {"a": ["y" * pad], "name": "x"}, "spec": spec},
        "oldObject": {"metadata": {"labels": {TEAM_LABEL: "evil"}, "managedFields": []}},
    }
    new = run_document({TEAM_LABEL: "evil"}) | {"status": status}
    old = run_document() | {"metadata": managed("helm", "") | {"labels": {TEAM_LABEL: "blog"}}, "spec": spec}
    del new["spec"]
    body = update(new, old | {"status": status}, **AS_SENT)

    assert review.decode(body) == as_it_is(body)


@pytest.mark.parametrize("pad", range(1000, 9000, 500))
def test_a_key_that_ends_like_one_of_the_review_s_leads_nowhere(pad: int) -> None:
    """Somebody may choose what `userInfo.extra` is called, a quote in it too."""
    spec = {"pipeline": [{"role": "w" * pad}], "teamRef": "blog"}
    fake = {"metadata": {"labels": {TEAM_LABEL: "blog"}}}
    hidden = {
        "n": {"a": {"a": ["y"], "name": "x"}},
        "object": {"metadata": fake["metadata"] | {"name": "run"}, "spec": spec},
        "oldObject": {"metadata": fake["metadata"] | {"managedFields": []}},
        "teamRef": "other",
    }
    old = run_document() | {"metadata": managed("helm", "") | fake["metadata"], "spec": spec}
    review_of = review_document(
        run_document({TEAM_LABEL: "evil"}) | {"spec": hidden}, old=old, operation="UPDATE"
    )
    review_of["request"]["userInfo"] = {
        "extra": {'a"object': ["1"], "managedFields": ["1"]},
        "username": "alice",
    }
    # As the API server writes a request: who asks before what is asked.
    order = ("uid", "kind", "name", "namespace", "operation", "userInfo", "object", "oldObject")
    review_of["request"] = {key: review_of["request"].get(key, "") for key in order}
    body = json.dumps(review_of, separators=(",", ":")).encode()

    assert review.decode(body) == as_it_is(body)


@pytest.mark.parametrize("deep", range(5))
@pytest.mark.parametrize("annotations", [{}, {"example.com/by": "helm"}, {"managedFields": "x", "spec": "y"}])
def test_managed_fields_within_a_spec_hide_no_change(deep: int, annotations: dict[str, str]) -> None:
    """Metadata have none when a client has cleared them; what a spec has of that name is read."""
    runs = []
    for model in ("old", "new"):
        hidden: dict[str, Any] = {"list": [model], "name": "x"}
        for _ in range(deep):
            hidden = {"a": hidden}
        trap = {"managedFields": [hidden | {"spec": PROMPT}]}
        runs.append(run_document(input={"model": model}, routing=trap))
        runs[-1]["metadata"]["annotations"] = annotations
    body = update(runs[1], runs[0], **AS_SENT)

    assert review.decode(body) == as_it_is(body)


@pytest.mark.parametrize("place", ["spec", "status"])
def test_all_else_is_read(place: str) -> None:
    """Where a spec differs, a rule looks at it; where a status does, the ends are not the same bytes."""
    old, new = (run_document(output=PROMPT) | {"status": dict(STATUS)} for _ in range(2))
    new[place] = new[place] | {"output": f"{PROMPT}!"}
    body = update(new, old)

    assert review.decode(body) == as_it_is(body)


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, {TEAM_LABEL: "blog"}), ({TEAM_LABEL: "blog"}, {}), ({TEAM_LABEL: "a"}, {TEAM_LABEL: "b"})],
    ids=["added", "removed", "changed"],
)
@pytest.mark.parametrize("more", [{}, {"status": STATUS}], ids=["no status", "status"])
def test_the_team_label_asks_for_one_spec(
    before: dict[str, str], after: dict[str, str], more: dict[str, Any]
) -> None:
    """A team label may come where the spec names that team: of two equal ones, one is read."""
    body = update(run_document(after, output=PROMPT) | more, run_document(before, output=PROMPT) | more)
    whole = as_it_is(body)

    with patch("arkrun_webhook.review._unshortened", side_effect=AssertionError):
        assert review.decode(body) == whole


def test_only_an_update_may_leave_specs_unread() -> None:
    """A creation with an oldObject, which no API server sends, is judged by its spec."""
    run = run_document(output=PROMPT)
    body = update(run, run).replace(b'"UPDATE"', b'"CREATE"')

    assert review.decode(body) == as_it_is(body)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"oldObject"', b'"object": {"spec": 1}, "oldObject"'),
        (b'"oldObject"', b'"oldObject": null, "oldObject"'),
        (b'"spec"', b'"spec": {"a": 1}, "spec"'),
        (b'"kind": "ArkRun"', b'"spec": {"a": 1}, "kind": "ArkRun"'),
        (b'"dryRun"', b'"oldObject": {"spec": 1}, "dryRun"'),
        (b'"metadata"', b'"annotations": {"spec": 1}, "metadata"'),
    ],
    ids=[
        "object twice",
        "oldObject null",
        "spec twice",
        "spec before kind",
        "oldObject twice",
        "another spec",
    ],
)
def test_keys_that_come_twice_count_with_their_last_value(before: bytes, after: bytes) -> None:
    """Where the guess is wrong, all of the review is read."""
    run = run_document(output=PROMPT)
    body = update(run, run).replace(before, after)

    assert review.decode(body) in (as_it_is(body), _marked_if_equal(body))


def _marked_if_equal(body: bytes) -> review.Request | None:
    request = as_it_is(body)
    both = request.object, request.old_object
    equal = both[0] is not None and both[1] is not None and both[0].spec == both[1].spec
    return marked(body) if equal else None


@pytest.mark.parametrize(
    "trap",
    [
        {"oldObject": {"spec": {}}},
        {"text": '"oldObject": {"spec": {}}'},
        {"text": '}, \\"oldObject"'},
        {"object": {"spec": {}}, "spec": {"spec": {}}},
    ],
)
@pytest.mark.parametrize("same", [True, False])
def test_a_user_cannot_move_the_guess(trap: dict[str, Any], *, same: bool) -> None:
    """Keys and texts of a spec that look like the review's own, at its middle too, hide no change."""
    spec = {"before": PROMPT, "trap": trap, "after": PROMPT}
    old = run_document() | {"spec": spec}
    new = run_document() | {"spec": spec if same else spec | {"after": f"{PROMPT}!"}}
    body = update(new, old)
    nested = update(old, {"spec": 1}).replace(b'"dryRun"', b'"extra": 1, "dryRun"')

    assert review.decode(body) == (marked(body) if same else as_it_is(body))
    assert review.decode(nested) == as_it_is(nested)


@pytest.mark.parametrize(
    ("new", "old"), [({"spec": "mark"}, {}), ({}, {"spec": "mark"}), ({"status": "mark"}, {"status": "mark"})]
)
def test_marks_elsewhere_count_for_nothing(new: dict[str, str], old: dict[str, str]) -> None:
    """Only where both specs turn out to be the mark were they what was compared."""
    run = run_document(output=PROMPT)
    body, short = update(run, run), update(run | new, run | old)
    found = Short(short.replace(b'"mark"', raw(MARK)), memoryview(b""))

    with patch("arkrun_webhook.review.shorten", return_value=found):
        assert review.decode(body) == as_it_is(body)


@pytest.mark.parametrize("cut", [b'"oldObject"', b'"spec"', b"}"])
def test_a_body_that_ends_early_is_refused_as_ever(cut: bytes) -> None:
    """The message says where the body itself is wrong."""
    run = run_document(output=PROMPT)
    body = update(run, run)
    body = body[: body.rindex(cut)]

    with pytest.raises(BrokenCall) as caught:
        review.decode(body)

    with pytest.raises(msgspec.DecodeError) as plain:
        as_it_is(body)
    assert caught.value.message == f"the body is not a readable AdmissionReview: {plain.value}"


@pytest.mark.parametrize("layout", [{}, AS_SENT], ids=["wide", "as sent"])
@pytest.mark.parametrize("are_managed", [False, True])
@given(data=st.data())
def test_a_difference_is_always_seen(
    data: st.DataObject, *, are_managed: bool, layout: dict[str, Any]
) -> None:
    """Whatever the specs are, the review is marked as unchanged only when it is."""
    one, other, same = data.draw(VALUES), data.draw(VALUES), data.draw(st.booleans())
    shift = data.draw(st.integers(0, 4096))
    old = run_document() | {"spec": {"prompt": PROMPT, "any": one}}
    new = run_document() | {"spec": {"prompt": PROMPT, "any": one if same else other}}
    if are_managed:
        old["metadata"], new["metadata"] = managed("helm"), managed("x" * shift)
    else:
        new["metadata"]["annotations"] = {"long": "x" * shift}
    old["metadata"]["labels"], new["metadata"]["labels"] = data.draw(LABELS), data.draw(LABELS)
    body = update(new, old, **layout)

    whole = as_it_is(body)
    assert whole.object is not None
    assert whole.old_object is not None
    equal = whole.object.spec == whole.old_object.spec
    assert review.decode(body) in ((marked(body), whole) if equal else (whole,))


@given(LABELS, st.data())
def test_a_byte_changed_anywhere_is_seen(labels: dict[str, str], data: st.DataObject) -> None:
    """One byte put into one place makes the same broken call, or reads as the whole does."""
    body = bytearray(update(run_document(labels, output=PROMPT), run_document(output=PROMPT)))
    around = body.index(b'"oldObject"')
    places = st.integers(0, 900), st.integers(around - 50, around + 600), st.integers(-200, -1)
    where = data.draw(st.one_of(*places, st.integers(0, len(body) - 1)))
    body[where] = data.draw(st.sampled_from(b'{}[],:"\\ x0'))
    text = bytes(body)

    with patch("arkrun_webhook.review.shorten", return_value=None):
        whole = _outcome(text)
    outcome = _outcome(text)
    assert outcome == whole or outcome == _marked_if_equal(text)


def _outcome(body: bytes) -> review.Request | str:
    try:
        return review.decode(body)
    except BrokenCall as broken:
        return broken.message
