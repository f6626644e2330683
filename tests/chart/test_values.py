"""Values: invalid ones are refused by name, and rendering is deterministic."""

from collections.abc import Iterator
from typing import Any

import pytest

from docs.pages import BLOCKS, fill
from support.rendering import URL, Rendering
from support.repository import CHART

pytestmark = pytest.mark.cluster

OUTSIDE = {"webhook": {"url": URL}}
MODES: dict[str, dict[str, Any]] = {
    "self-signed": {},
    "url": OUTSIDE,
    "cert-manager": {"certificates": {"mode": "cert-manager"}},
    "cert-manager, cainjector": {"certificates": {"mode": "cert-manager", "injectedBy": "cainjector"}},
    "provided": {"certificates": {"mode": "provided"}},
    "provided, cainjector": {"certificates": {"mode": "provided", "injectedBy": "cainjector"}},
}


@pytest.mark.parametrize("values", [{}, OUTSIDE], ids=["cluster", "url"])
def test_helm_lint_reports_nothing(chart: Rendering, values: dict[str, Any]) -> None:
    """`helm lint --strict` treats warnings as failures."""
    done = chart.helm(values, "lint", "--strict", str(CHART))

    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout
    assert "ERROR" not in done.stdout


@pytest.mark.parametrize("values", MODES.values(), ids=MODES.keys())
def test_rendering_is_deterministic(chart: Rendering, values: dict[str, Any]) -> None:
    """Argo CD and Flux compare renderings: random or time-dependent output would be drift."""
    again = chart.helm(values, "template", "arkrun", str(CHART), "--namespace", "arkrun-system")

    assert again.stdout == chart.text(values)


@pytest.mark.parametrize("values", MODES.values(), ids=MODES.keys())
def test_no_key_ca_bundle_or_path_is_rendered(chart: Rendering, values: dict[str, Any]) -> None:
    """They are generated at run time; upgrades cannot reset them, and uninstalling deletes the Secrets."""
    hooks = [hook for each in chart.objects(values) for hook in each.get("webhooks", [])]

    for secret in chart.of("Secret", values):
        assert secret.keys() == {"apiVersion", "kind", "metadata", "type"}
    assert all("caBundle" not in hook["clientConfig"] for hook in hooks)
    assert all("path" not in hook["clientConfig"].get("service", {}) for hook in hooks)


def test_the_token_of_a_url_appears_only_in_urls(chart: Rendering) -> None:
    """Only the configurations contain it; neither other objects nor helm's output do."""
    token = URL.rpartition("/")[2]
    objects = chart.objects(OUTSIDE)
    notes = chart.helm(OUTSIDE, "install", "arkrun", str(CHART), "--dry-run=client").stdout

    assert {each["kind"] for each in objects if token in str(each)} == {
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
    }
    assert "The webhook must run outside the cluster, at 127.0.0.1:9443." in notes
    assert token not in notes.partition("NOTES:")[2]


def test_a_url_without_an_unguessable_path_is_refused(chart: Rendering) -> None:
    """Anyone who reaches the port could read every team; the error says what to do."""
    for url in ("https://127.0.0.1:9443", "https://127.0.0.1:9443/", "https://127.0.0.1:9443/short"):
        assert (
            "webhook.url has no unguessable path, so anyone who reaches the webhook could read every team: "
            "append a token of 22 or more letters, digits, - and _, such as "
            "https://host:9443/$(openssl rand -hex 16), and start the webhook with that token in "
            "ARKRUN_PATH_TOKENS"
        ) in chart.refusal({"webhook": {"url": url}})


@pytest.mark.parametrize(
    "url",
    [
        "https://h:x/{}",
        "https://h h/{}",
        "http://h:1/{}",
        "https://h:1/{}?x=1",
        "https://u@h:1/{}",
        "h:1/{}",
        "{}",
    ],
)
def test_an_invalid_url_is_refused_without_quoting_its_token(chart: Rendering, url: str) -> None:
    """A typo elsewhere in the URL does not print the token."""
    token = "0123456789abcdef0123456789abcdef"

    refusal = chart.refusal({"webhook": {"url": url.format(token)}})

    assert (
        "webhook.url is not of the form https://host:port/TOKEN, without user, query and fragment" in refusal
    )
    assert token not in refusal


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
        ({"image": {"digest": "latest"}}, "at '/image/digest': 'latest' does not match pattern"),
        ({"certificates": {"leafValidity": "1y"}}, "at '/certificates/leafValidity': '1y' does not match"),
        ({"crds": {"arkruns": {"enabled": "yes"}}}, "at '/crds/arkruns/enabled': got string, want boolean"),
    ],
)
def test_an_invalid_value_is_refused_by_name(chart: Rendering, values: dict[str, Any], named: str) -> None:
    """A typo must not install something unintended."""
    assert named in chart.refusal(values)


@pytest.mark.parametrize("surge", [0, "0%"])
def test_an_update_that_could_replace_no_pod_is_refused(chart: Rendering, surge: Any) -> None:
    """The API server refuses such a Deployment."""
    assert (
        "rollingUpdate.maxSurge and rollingUpdate.maxUnavailable are both 0, so no pod could be replaced: "
        "set one of them to 1"
    ) in chart.refusal({"rollingUpdate": {"maxSurge": surge, "maxUnavailable": 0}})


@pytest.mark.parametrize(
    "values",
    [
        {"replicaCount": 2**31},
        {"webhook": {"port": None}},
        {"fullnameOverride": "a b"},
        {"podDisruptionBudget": {"maxUnavailable": "101%"}},
        {"rollingUpdate": {"maxUnavailable": "101%"}},
        {"fullnameOverride": "true"},
        {"nameOverride": "-a"},
        {"image": {"repository": "https://registry.example/arkrun"}},
        {"image": {"repository": "arkrun:1.0"}},
        {"image": {"tag": "a: b"}},
        {"certificates": {"secretName": "A"}},
        {"history": {"namespace": "a b"}},
        {"priorityClassName": "a\nb"},
        {"resources": {"limit": {"cpu": 1}}},
        {"resources": {"limits": {"cpu": "one"}}},
        {"extraEnv": [{"name": "A", "value": 5}]},
        {"extraEnv": [{"name": "A", "vale": "b"}]},
        {"extraVolumeMounts": [{"name": "a"}]},
        {"imagePullSecrets": ["name"]},
        {"tolerations": [{"operator": "exists"}]},
        {"tolerations": [{"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5}]},
        {"affinity": {"nodeaffinity": {}}},
        {"nodeSelector": {"a": "b c"}},
        {"podLabels": {"app.kubernetes.io/name": "other"}},
        {"commonLabels": {"a b": "c"}},
        {"podSecurityContext": {"fsGroup": "1000"}},
        {"webhook": {"namespaceSelector": {"a": "b"}}},
        {"networkPolicy": {"enabled": True, "from": [{}]}},
        {"networkPolicy": {"enabled": True, "from": [{"ipBlock": {"cidr": "10.0.0.1"}}]}},
    ],
    ids=str,
)
def test_what_the_api_server_would_refuse_is_refused_by_the_schema(
    chart: Rendering, values: dict[str, Any]
) -> None:
    """Before anything is installed, with the path of the value."""
    assert "values don't meet the specifications of the schema" in chart.refusal(values)


@pytest.mark.parametrize(
    "values",
    [
        {"image": {"repository": "[fd00::1]:5000/team/arkrun", "tag": "007"}},
        {"certificates": {"secretName": "5"}},
        {"startupCheck": {"namespace": "5"}, "priorityClassName": "true"},
        {"seal": {"enabled": True, "existingSecret": "1e3"}},
    ],
    ids=str,
)
def test_a_name_that_looks_like_a_number_is_rendered_as_a_string(
    chart: Rendering, values: dict[str, Any]
) -> None:
    """YAML would read 5, true and 1e3 as something else."""
    wrong = {type(value) for key, value in _leaves(chart.objects(values)) if key in NAMES} - {str}

    assert wrong == set()


NAMES = ("name", "namespace", "secretName", "image", "priorityClassName", "value")


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is neither list nor object, with its key."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, key)
    else:
        yield key, value


def test_every_value_is_documented() -> None:
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
        ("prod.eu", {}, "prod-eu-arkrun"),
        ("prod", {"nameOverride": "runs"}, "prod-runs"),
        ("prod", {"fullnameOverride": "records"}, "records"),
        ("a" * 53, {}, "a" * 53),
    ],
)
def test_names_of_objects_start_with_the_release(
    chart: Rendering, release: str, values: dict[str, Any], name: str
) -> None:
    """Two releases never share an object, and no name exceeds 63 characters."""
    kinds = ("Deployment", "Service", "ServiceAccount", "ClusterRole", "ValidatingWebhookConfiguration")
    objects = {each["kind"]: each["metadata"]["name"] for each in chart.objects(values, release=release)}

    assert {objects[kind] for kind in kinds} == {name}


def test_each_crd_can_be_omitted(chart: Rendering) -> None:
    """A CRD owned by an operator is not rendered; rendered CRDs are kept on uninstall."""
    off = {"enabled": False}

    def crds(**values: Any) -> dict[str, str]:
        crds = chart.of("CustomResourceDefinition", {"crds": values})
        return {
            each["metadata"]["name"]: each["metadata"].get("annotations", {}).get("helm.sh/resource-policy")
            for each in crds
        }

    assert crds() == {"arkruns.arkonis.dev": "keep", "arkteams.arkonis.dev": "keep"}
    assert crds(arkteams=off) == {"arkruns.arkonis.dev": "keep"}
    assert crds(arkruns=off) == {"arkteams.arkonis.dev": "keep"}
    assert crds(arkteams=off, arkruns=off) == {}
    assert crds(keep=False) == {"arkruns.arkonis.dev": None, "arkteams.arkonis.dev": None}


def test_a_member_that_is_null_or_empty_is_absent(chart: Rendering) -> None:
    """As the API server reads it; a later file of values removes a member of an earlier one in this way."""
    variable = {"name": "A", "value": "", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    expression = {"key": "a", "operator": "Exists", "values": None}
    values = {
        "podSecurityContext": {"fsGroup": None},
        "affinity": {"nodeAffinity": None},
        "tolerations": [{"key": "a", "operator": "", "value": None, "effect": ""}],
        "extraEnv": [variable, {"name": "B", "value": None}],
        "networkPolicy": {"enabled": True, "from": [{"podSelector": {"matchExpressions": [expression]}}]},
    }

    assert chart.helm(values, "lint", "--strict", str(CHART)).returncode == 0


def test_a_release_whose_name_begins_with_a_digit_is_refused(chart: Rendering) -> None:
    """Most API servers accept no Service of such a name."""
    done = chart.helm({}, "template", "123", str(CHART))

    assert done.returncode == 1
    assert (
        "the name of the release, 123, begins with a digit, which the name of a Service cannot before "
        "Kubernetes 1.36: set fullnameOverride"
    ) in done.stderr
