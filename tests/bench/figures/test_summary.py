"""Aggregation of turns, and ratios within a round."""

from bench.figures.builders import turn
from bench.figures.summary import Figure, Ratio, figures, ratios
from bench.measure import Sample


def test_turns_of_a_variant_are_aggregated() -> None:
    """Percentiles and processor time per create are computed over all creates."""
    summary = figures(
        [
            turn("ours", cpu_seconds={"api_server": 0.010, "etcd": 0.002, "webhook": 0.004}),
            turn(
                "ours",
                round=1,
                milliseconds=[1.0, 9.0],
                seconds=0.016,
                cpu_seconds={"api_server": 0.014, "etcd": 0.002, "webhook": 0.0},
            ),
        ]
    )

    assert summary == [
        Figure(
            clients=1,
            kilobytes=7,
            variant="ours",
            p50_ms=2.0,
            p99_ms=9.0,
            per_second=200.0,
            cpu_ms={"api_server": 6.0, "etcd": 1.0, "webhook": 1.0},
        )
    ]


def test_cases_and_variants_are_aggregated_separately() -> None:
    """There is a figure for each variant and pair of clients and size."""
    summary = figures([turn("null"), turn("ours"), turn("null", clients=16), turn("null", kilobytes=100)])

    assert [(figure.clients, figure.kilobytes, figure.variant) for figure in summary] == [
        (1, 7, "null"),
        (1, 7, "ours"),
        (16, 7, "null"),
        (1, 100, "null"),
    ]


def test_a_ratio_is_the_median_of_the_ratios_of_all_rounds() -> None:
    """Load affects both turns of a round, and a single bad round does not affect the median."""
    summary = ratios(
        [
            turn("none"),
            *_pair(0, null=2.0, ours=3.0),
            *_pair(1, null=20.0, ours=32.0),
            *_pair(2, null=2.0, ours=9.0),
        ]
    )

    assert summary == [Ratio(clients=1, kilobytes=7, cpu=1.6, p50=1.6)]


def _pair(number: int, *, null: float, ours: float) -> list[Sample]:
    """Build two turns of a round, whose creates have this latency and processor time in ms."""
    return [
        turn(
            variant,
            round=number,
            milliseconds=[milliseconds] * 2,
            cpu_seconds={"api_server": milliseconds / 1000, "etcd": milliseconds / 1000},
        )
        for variant, milliseconds in (("null", null), ("ours", ours))
    ]
