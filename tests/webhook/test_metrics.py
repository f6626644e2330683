"""The metrics that are kept in plain numbers read as prometheus_client's own."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from arkrun_webhook.metrics import BUCKETS, Calls, Durations

SECONDS = st.floats(0, 20) | st.sampled_from(BUCKETS)
WEBHOOKS = st.sampled_from(["one", 'an"other'])


def shown(registry: CollectorRegistry) -> list[str]:
    """Give what a scrape reads, but for when a metric was made."""
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if "_created" not in line]


@given(st.lists(st.tuples(WEBHOOKS, SECONDS)))
def test_durations_are_a_histogram(observed: list[tuple[str, float]]) -> None:
    """Bounds belong to their buckets, each bucket holds the ones below it, and the last holds all."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    durations = Durations("seconds", "How long.", ("webhook",), registry=ours)
    histogram = Histogram("seconds", "How long.", ("webhook",), buckets=BUCKETS, registry=theirs)
    for webhook, seconds in observed:
        durations.observe(seconds, webhook)
        histogram.labels(webhook).observe(seconds)

    assert shown(ours) == shown(theirs)


@given(st.lists(SECONDS))
def test_durations_without_labels_are_there_from_the_start(observed: list[float]) -> None:
    """What cannot be told apart has a count before the first is seen, and it is 0."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    durations = Durations("seconds", "How long.", registry=ours)
    histogram = Histogram("seconds", "How long.", buckets=BUCKETS, registry=theirs)
    for seconds in observed:
        durations.observe(seconds)
        histogram.observe(seconds)

    assert shown(ours) == shown(theirs)


@given(st.lists(st.tuples(WEBHOOKS, WEBHOOKS)))
def test_calls_are_a_counter(counted: list[tuple[str, str]]) -> None:
    """One count for each set of labels."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    calls = Calls("calls", "How many.", ("webhook", "why"), registry=ours)
    counter = Counter("calls", "How many.", ("webhook", "why"), registry=theirs)
    for labels in counted:
        calls.count(*labels)
        counter.labels(*labels).inc()

    assert shown(ours) == shown(theirs)
