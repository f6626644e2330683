"""The committed definitions with kubectl: apply, explain, get, describe and field selectors."""

import json
import re

import pytest

from controlplane import ControlPlane
from support.builders.objects import run, team
from support.crds.statuses import failed, succeeded, usage
from support.crds.stored_run import StoredRun
from support.repository import CRDS

pytestmark = pytest.mark.cluster

ANNOTATION_MAX = 262_144


def test_crds_are_small_and_apply_client_side(crds: ControlPlane) -> None:
    """Each definition is below 100 KB and fits the annotation of client-side apply."""
    sizes = {file.name: len(file.read_bytes()) for file in CRDS.iterdir()}

    applied = crds.kubectl("apply", "-f", str(CRDS))
    stored = crds.kubectl("get", "crd", "arkruns.arkonis.dev", "-o", "json").stdout

    assert sizes.keys() == {"arkonis.dev_arkruns.yaml", "arkonis.dev_arkteams.yaml"}
    assert max(sizes.values()) < 100_000
    assert "created" not in applied.stdout
    annotations = json.loads(stored)["metadata"]["annotations"]
    assert len(annotations["kubectl.kubernetes.io/last-applied-configuration"]) < ANNOTATION_MAX


def test_server_accepts_the_definitions_without_warnings(crds: ControlPlane) -> None:
    """All conditions of the definitions are good, and applying them prints no warning."""
    applied = crds.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(CRDS))
    stored = json.loads(crds.kubectl("get", "-f", str(CRDS), "-o", "json").stdout)["items"]

    conditions = {
        (crd["metadata"]["name"], condition["type"]): condition["status"]
        for crd in stored
        for condition in crd["status"]["conditions"]
    }
    assert applied.stderr == ""
    assert conditions == {
        (f"{plural}.arkonis.dev", kind): "True"
        for plural in ("arkruns", "arkteams")
        for kind in ("Established", "NamesAccepted")
    }


def test_explain_names_every_field_of_a_step(crds: ControlPlane) -> None:
    """`kubectl explain arkrun.spec.pipeline --recursive` lists every field of a step."""
    explained = crds.kubectl("explain", "arkrun.spec.pipeline", "--recursive").stdout

    fields = re.findall(r"^  (\w+)\t<([^>]+)>", explained, re.MULTILINE)
    assert "Snapshot of the team's pipeline." in explained
    assert fields == [
        ("contextPolicy", "Object"),
        ("dependsOn", "[]string"),
        ("if", "string"),
        ("inputArtifacts", "map[string]string"),
        ("inputs", "map[string]string"),
        ("loop", "Object"),
        ("maxOutputBytes", "integer"),
        ("outputArtifacts", "[]Object"),
        ("outputSchema", "string"),
        ("registryLookup", "Object"),
        ("role", "string"),
        ("validate", "Object"),
    ]


@pytest.mark.parametrize("kind", ["arkrun", "arkteam"])
def test_every_field_has_a_description(crds: ControlPlane, kind: str) -> None:
    """Every field of both kinds has a description of its own."""
    served = json.loads(crds.kubectl("get", "crd", f"{kind}s.arkonis.dev", "-o", "json").stdout)
    schema = served["spec"]["versions"][0]["schema"]["openAPIV3Schema"]

    def silent(node: dict[str, object], path: str) -> list[str]:
        properties = node.get("properties")
        items = node.get("items")
        found = silent(items, f"{path}[]") if isinstance(items, dict) else []
        for name, inner in properties.items() if isinstance(properties, dict) else ():
            if not inner.get("description") and f"{path}.{name}" != ".metadata":
                found.append(f"{path}.{name}")
            found += silent(inner, f"{path}.{name}")
        return found

    assert silent(schema, "") == []


def test_runs_are_listed_with_their_columns(crds: ControlPlane, bare_namespace: str) -> None:
    """`kubectl get aorun` shows team, phase, tokens, start and age, and selects by team and phase."""
    recorded = StoredRun(crds, bare_namespace)
    recorded.reach({"phase": "Running", "startTime": "2026-03-17T10:00:00Z"}, succeeded())

    listed = crds.kubectl("get", "aorun", "-n", bare_namespace).stdout
    selector = "spec.teamRef=blog,status.phase=Succeeded"
    chosen = crds.kubectl("get", "arkrun", "-n", bare_namespace, "--field-selector", selector, "-o", "name")
    others = crds.kubectl(
        "get",
        "ark",
        "-n",
        bare_namespace,
        "--field-selector",
        "status.phase=Failed",
        "-o",
        "name",
        check=False,
    )

    header, line = listed.splitlines()
    assert header.split() == ["NAME", "TEAM", "PHASE", "TOKENS", "STARTED", "AGE"]
    assert line.split()[:4] == ["run-1", "blog", "Succeeded", str(usage()["totalTokens"])]
    assert chosen.stdout == "arkrun.arkonis.dev/run-1\n"
    assert "arkrun.arkonis.dev/run-1" not in others.stdout


def test_describe_shows_phase_and_tokens_of_each_step(crds: ControlPlane, bare_namespace: str) -> None:
    """`kubectl describe` shows each step with its phase and tokens."""
    recorded = StoredRun(crds, bare_namespace, input={"topic": "attention"})
    recorded.reach(failed())

    described = crds.kubectl("describe", "arkrun", "run-1", "-n", bare_namespace).stdout

    for line in ("Team Ref:  blog", "Topic:   attention", "Phase:  Failed", "Total Tokens:   1560"):
        assert re.search(re.escape(line).replace(r"\ ", " ").replace("  ", " +"), described), described


def test_team_has_default_history_limits_and_registry(crds: ControlPlane, bare_namespace: str) -> None:
    """An empty team spec retains ten succeeded and three failed runs, and uses the registry `default`."""
    body = json.dumps(team())

    crds.kubectl("apply", "-n", bare_namespace, "-f", "-", input=body)
    stored = json.loads(crds.kubectl("get", "aoteam", "blog", "-n", bare_namespace, "-o", "json").stdout)

    limits = {"successfulRunsHistoryLimit": 10, "failedRunsHistoryLimit": 3, "registryRef": "default"}
    assert stored["spec"] == team()["spec"] | limits


@pytest.mark.parametrize(("length", "passes"), [(63, True), (64, False)])
def test_team_name_must_be_a_valid_label_value(
    crds: ControlPlane, bare_namespace: str, length: int, passes: bool
) -> None:
    """A team whose name is too long for a label value is rejected."""
    body = json.dumps(team("t" * length))

    applied = crds.kubectl("apply", "-n", bare_namespace, "-f", "-", input=body, check=False)

    said = "the name of a team labels its runs, so it must not be longer than 63 characters"
    assert (applied.returncode == 0, said in applied.stderr) == (passes, not passes)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"team": ""}, "spec.teamRef"),
        ({"team": "Blog"}, "spec.teamRef"),
        ({"team": "b" * 64}, "spec.teamRef: Too long: may not be more than 63 bytes"),
        ({"timeoutSeconds": -1}, "spec.timeoutSeconds: Invalid value: -1"),
        ({"maxTokens": -1}, "spec.maxTokens: Invalid value: -1"),
        ({"input": {"a": 1}}, "spec.input.a: Invalid value"),
        ({"timeoutSeconds": 0, "maxTokens": 0}, ""),
    ],
)
def test_bounds_of_a_run_spec(
    crds: ControlPlane, bare_namespace: str, fields: dict[str, object], refusal: str
) -> None:
    """The fields of a run spec are bounded; zero means no limit and is valid."""
    body = json.dumps(run(**fields))  # type: ignore[arg-type]

    applied = crds.kubectl("create", "-n", bare_namespace, "-f", "-", input=body, check=False)

    assert (applied.returncode == 0) is not bool(refusal)
    assert refusal in applied.stderr
