"""`ark lint`: findings with position, rule and message."""

import json
from pathlib import Path

import pytest

from arkrun_cli.commands.lint import lint
from arkrun_cli.manifests.stamp import ONE_OF, SNAPSHOT
from arkrun_cli.render.sarif import sarif_log
from arkrun_webhook.teams.team import REQUIRED, SHARED

HEAD = "apiVersion: arkonis.dev/v1alpha1\nkind: ArkTeam\nmetadata: {name: blog}\n"
RUN = "apiVersion: arkonis.dev/v1alpha1\nkind: ArkRun\n"
LABELLED = f"{RUN}metadata: {{name: x, labels: {{arkonis.dev/team: b}}}}\n"
ROLES = "  roles: [{name: a, model: m}, {name: b, model: m}]\n"


def messages(text: str) -> list[str]:
    """Return the findings of a text, linted as t.yaml."""
    return [str(finding) for finding in lint(Path("t.yaml"), text)]


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        pytest.param(f"{HEAD}spec:\n{ROLES}  pipeline: [{{role: a}}]\n", [], id="clean"),
        pytest.param(
            f'{HEAD}spec:\n{ROLES}  pipeline: [{{role: a}}]\n  timeoutSeconds: "60"\n',
            ["t.yaml:7:3: error: spec.timeoutSeconds: Input should be a valid integer [schema]"],
            id="type",
        ),
        pytest.param(
            f"{HEAD}spec:\n{ROLES}  pipeline: [{{role: a, dependsOn: [b]}}, {{role: b, dependsOn: [a]}}]\n",
            ["t.yaml:6:3: error: spec.pipeline: its steps wait for each other: a -> b -> a [pipeline]"],
            id="cycle",
        ),
        pytest.param(
            f"{HEAD}spec:\n{ROLES}  pipeline:\n  - role: a\n    dependsOn:\n    - zz\n",
            [
                (
                    "t.yaml:9:7: error: spec.pipeline[0].dependsOn[0]: "
                    '"zz" is no step of this team, which has: a [pipeline]'
                )
            ],
            id="unknown step",
        ),
        pytest.param(
            f"{HEAD}spec:\n{ROLES}  pipeline: [{{role: a}}]\n  outptu: x\n",
            ["t.yaml:7:3: warning: spec.outptu: unknown field; did you mean output? [field]"],
            id="misspelt",
        ),
        pytest.param(
            f"{HEAD}spec:\n{ROLES}  pipeline: [{{role: a}}]\nkind: ArkTeam\n",
            ['t.yaml:7:1: warning: duplicate key "kind": kubectl takes the last one [yaml]'],
            id="twice",
        ),
        pytest.param(
            "a: [\n", ["t.yaml:2:1: error: did not find expected node content [yaml]"], id="unclosed"
        ),
        pytest.param(
            "hello\n",
            ["t.yaml:1:1: error: not a Kubernetes object: apiVersion, kind and metadata are required [kind]"],
            id="no object",
        ),
        pytest.param(
            "apiVersion: arkonis.dev/v2\nkind: ArkTeam\n",
            [
                (
                    "t.yaml:1:1: error: apiVersion: "
                    "unknown version arkonis.dev/v2; expected arkonis.dev/v1alpha1 [kind]"
                )
            ],
            id="version",
        ),
        pytest.param("apiVersion: v1\nkind: ConfigMap\n---\n\n---\n", [], id="not ours"),
        pytest.param("apiVersion: arkonis.dev/v1alpha1\nkind: ArkAgent\n", [], id="not ours either"),
        pytest.param(
            f"{RUN}metadata: {{}}\nspec: {{teamRef: blog}}\nwhen: 2026-01-01\n",
            [
                "t.yaml:3:1: error: metadata: name or generateName is required [schema]",
                "t.yaml:5:1: error: when: unknown field; kubectl refuses it [field]",
            ],
            id="run",
        ),
        pytest.param(
            f"{LABELLED}spec: {{teamRef: a, teamGeneration: 0}}\n",
            [
                't.yaml:3:30: error: metadata.labels["arkonis.dev/team"]: expected "a", or no label [schema]',
                "t.yaml:4:20: error: spec.teamGeneration: expected at least 1, or no teamGeneration [schema]",
            ],
            id="stamp",
        ),
        pytest.param(
            f"{LABELLED}spec: {{agent: a}}\n",
            [
                (
                    't.yaml:3:30: error: metadata.labels["arkonis.dev/team"]: '
                    "a run without teamRef has no such label [schema]"
                )
            ],
            id="label of no team",
        ),
        pytest.param(
            f"{RUN}metadata: {{name: x, annotations: {{arkonis.dev/restored: 'true'}}}}\n"
            "spec: {teamRef: a}\n",
            [
                (
                    't.yaml:3:1: error: metadata.labels["arkonis.dev/team"]: '
                    'a restored run needs the label "a" [schema]'
                ),
                (
                    "t.yaml:4:1: error: spec.teamGeneration: "
                    "a restored run needs the generation of its team [schema]"
                ),
                (
                    "t.yaml:4:1: error: spec: a restored run needs its snapshot: "
                    "one of pipeline, roles, routing [schema]"
                ),
            ],
            id="restored",
        ),
        pytest.param(
            f"{RUN}metadata:\n  name: x\n  annotations:\n    arkonis.dev/restored: 'yes'\n"
            "    arkonis.dev/seal-spec: a\nspec: {teamRef: a}\n",
            [
                (
                    't.yaml:6:5: error: metadata.annotations["arkonis.dev/restored"]: '
                    'expected "true", or no annotation [schema]'
                ),
                (
                    't.yaml:7:5: error: metadata.annotations["arkonis.dev/seal-spec"]: '
                    "a seal belongs to the stored run: remove the annotation [schema]"
                ),
            ],
            id="annotations",
        ),
        pytest.param(
            f"{RUN}metadata: {{name: x}}\nspec: {{teamRef: a, routing: 5}}\n",
            [("t.yaml:4:20: warning: spec.routing: Input should be an object [schema]")],
            id="snapshot",
        ),
        pytest.param(
            f"{HEAD}spec: {{routing: {{systemPrompt: {'x' * 262_000}}}}}\n",
            [
                (
                    "t.yaml:3:1: error: metadata.annotations: 262208 bytes with the copy of the object that "
                    "kubectl apply adds, expected at most 262144: use kubectl apply --server-side, or "
                    "kubectl create [schema]"
                )
            ],
            id="copy",
        ),
        pytest.param(
            "apiVersion: arkonis.dv/v1alpha1\nkind: ArkTeam\n",
            [
                (
                    "t.yaml:1:1: error: apiVersion: "
                    "unknown version arkonis.dv/v1alpha1; expected arkonis.dev/v1alpha1 [kind]"
                )
            ],
            id="group",
        ),
        pytest.param(
            "apiVersion: arkonis.dev/v1alpha1\nkind: Ark Team\n",
            ["t.yaml:2:1: error: kind: invalid kind Ark Team; expected letters and digits [kind]"],
            id="no kind",
        ),
        pytest.param(
            f"{HEAD}spec: {{routing: {{model: http://h/?m}}}}\n",
            ['t.yaml:4:25: error: "?" in a flow mapping or sequence: quote the text [yaml]'],
            id="question mark",
        ),
        pytest.param(
            f'{HEAD}spec: {{routing: {{model: "a\\/b"}}}}\n',
            ['t.yaml:4:25: error: unknown escape "\\/": write "/" [yaml]'],
            id="escaped slash",
        ),
    ],
)
def test_a_finding_has_position_path_message_and_rule(text: str, findings: list[str]) -> None:
    """Objects of other kinds and groups have no findings."""
    assert messages(text) == findings


def test_each_item_of_a_list_is_checked() -> None:
    """`kubectl get -o yaml` writes a List; positions are those of the item."""
    item = "- apiVersion: arkonis.dev/v1alpha1\n  kind: ArkRun\n  metadata: {name: x}\n  spec: {teamRef: A}\n"

    (finding,) = messages(f"apiVersion: v1\nkind: List\nitems:\n{item}")

    assert finding.startswith("t.yaml:7:10: error: spec.teamRef: String should match pattern")


def test_there_may_be_many_escapes_that_libyaml_does_not_know() -> None:
    """Kubectl's parser reads an escaped single quote."""
    output = r"it\'s" * 5000

    assert messages(f'{HEAD}spec:\n{ROLES}  pipeline: [{{role: a}}]\n  output: "{output}"\n') == []


def test_a_json_manifest_is_checked() -> None:
    """JSON is a subset of YAML."""
    run = {"apiVersion": "arkonis.dev/v1alpha1", "kind": "ArkRun", "metadata": {"name": "x"}, "spec": {}}

    problem = "Value error, name either an ArkTeam in teamRef or an ArkAgent in agent"
    assert messages(json.dumps(run)) == [f"t.yaml:1:85: error: spec: {problem} [schema]"]


def test_sarif_has_rule_level_message_and_location() -> None:
    """Code hosts show these beside the line."""
    findings = lint(Path("teams/t.yaml"), f'{HEAD}spec: {{routing: {{model: m}}, maxTokens: "1"}}\n')

    assert sarif_log(findings)["runs"][0]["results"][0] == {
        "ruleId": "schema",
        "level": "error",
        "message": {"text": "spec.maxTokens: Input should be a valid integer"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "teams/t.yaml"},
                    "region": {"startLine": 4, "startColumn": 29},
                }
            }
        ],
    }


def test_the_snapshot_is_what_the_webhook_copies() -> None:
    """A field that teams and runs share, and that is new, is in both."""
    assert (set(SNAPSHOT), ONE_OF) == ({(field,) for field in SHARED}, REQUIRED)


@pytest.mark.parametrize("kind", ["ArkRunSet", "ArkTeamLimit", "ArkAgentSet", "ArkPolicy"])
def test_a_kind_that_an_operator_may_have_is_skipped(kind: str) -> None:
    """A name that extends a known one is no misspelling of it."""
    assert messages(f"apiVersion: arkonis.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: a}}\n") == []
