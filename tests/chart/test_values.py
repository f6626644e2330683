"""Values: wrong ones are refused by name, the same ones give the same bytes."""

from typing import Any

import pytest

from docs.pages import BLOCKS, CHART, fill
from rendering import CHART as RENDERED
from rendering import Rendering

pytestmark = pytest.mark.cluster

URL = {"webhook": {"url": "https://127.0.0.1:9443"}}


@pytest.mark.parametrize("values", [{}, URL], ids=["cluster", "url"])
def test_helm_lint_has_nothing_to_say(chart: Rendering, values: dict[str, Any]) -> None:
    """`helm lint --strict` takes a warning for a failure."""
    done = chart.helm(values, "lint", "--strict", str(RENDERED))

    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout
    assert "ERROR" not in done.stdout


@pytest.mark.parametrize("values", [{}, URL], ids=["cluster", "url"])
def test_rendering_twice_gives_equal_bytes(chart: Rendering, values: dict[str, Any]) -> None:
    """Argo CD and Flux compare renderings: a random or dated byte would be a drift."""
    assert chart.text(values) == chart.text(values)


@pytest.mark.parametrize("values", [{}, URL], ids=["cluster", "url"])
def test_helm_owns_no_key_and_no_ca_bundle(chart: Rendering, values: dict[str, Any]) -> None:
    """Both are made at run time: an upgrade can neither reset nor reveal them; the Secret goes at the end."""
    secret = chart.one("Secret", values)

    assert secret.keys() == {"apiVersion", "kind", "metadata", "type"}
    assert "caBundle" not in chart.text(values)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"replicas": 3}, "additional properties 'replicas' not allowed"),
        ({"webhook": {"failurepolicy": "Fail"}}, "additional properties 'failurepolicy' not allowed"),
        ({"webhook": {"timeoutSeconds": 31}}, "at '/webhook/timeoutSeconds': maximum: got 31, want 30"),
        (
            {"webhook": {"failurePolicy": "fail"}},
            "at '/webhook/failurePolicy': value must be one of 'Fail', 'Ignore'",
        ),
        (
            {"webhook": {"url": "http://127.0.0.1"}},
            "at '/webhook/url': 'http://127.0.0.1' does not match pattern",
        ),
        ({"image": {"digest": "latest"}}, "at '/image/digest': 'latest' does not match pattern"),
        ({"certificates": {"leafValidity": "1y"}}, "at '/certificates/leafValidity': '1y' does not match"),
        ({"crds": {"arkruns": {"enabled": "yes"}}}, "at '/crds/arkruns/enabled': got string, want boolean"),
    ],
)
def test_a_wrong_value_is_refused_by_name(chart: Rendering, values: dict[str, Any], named: str) -> None:
    """A slip of the pen must not install something else than was meant."""
    assert named in chart.refusal(values)


def test_every_value_is_explained() -> None:
    """Each value has a comment, and the README's table shows it."""
    page = CHART / "README.md"

    (block,) = BLOCKS[page].items()
    name, table = block
    assert fill(page.read_text(), name, table()) == page.read_text()
    undocumented = [line for line in table().splitlines()[2:] if line.endswith("|  |")]
    assert undocumented == []


@pytest.mark.parametrize(
    ("release", "values", "name"),
    [
        ("arkrun", {}, "arkrun"),
        ("prod", {}, "prod-arkrun"),
        ("prod", {"nameOverride": "runs"}, "prod-runs"),
        ("prod", {"fullnameOverride": "records"}, "records"),
        ("a" * 53, {}, "a" * 53),
    ],
)
def test_objects_are_named_after_the_release(
    chart: Rendering, release: str, values: dict[str, Any], name: str
) -> None:
    """Two releases never share an object, and a name never outgrows its limit of 63."""
    kinds = ("Deployment", "Service", "ServiceAccount", "ClusterRole", "ValidatingWebhookConfiguration")
    objects = {each["kind"]: each["metadata"]["name"] for each in chart.objects(values, release=release)}

    assert {objects[kind] for kind in kinds} == {name}


def test_each_crd_can_be_left_to_its_owner(chart: Rendering) -> None:
    """Beside an operator that owns a CRD, that one is not rendered; what is rendered outlives the release."""
    off = {"enabled": False}

    def crds(**values: Any) -> dict[str, str]:
        found = chart.of("CustomResourceDefinition", {"crds": values})
        return {
            each["metadata"]["name"]: each["metadata"].get("annotations", {}).get("helm.sh/resource-policy")
            for each in found
        }

    assert crds() == {"arkruns.arkonis.dev": "keep", "arkteams.arkonis.dev": "keep"}
    assert crds(arkteams=off) == {"arkruns.arkonis.dev": "keep"}
    assert crds(arkruns=off) == {"arkteams.arkonis.dev": "keep"}
    assert crds(arkteams=off, arkruns=off) == {}
    assert crds(keep=False) == {"arkruns.arkonis.dev": None, "arkteams.arkonis.dev": None}
