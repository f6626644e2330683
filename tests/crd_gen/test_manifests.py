"""Definitions of others: YAML as Kubernetes reads it, files, folders, lists and git revisions."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from crd_gen.errors import ProjectError
from crd_gen.manifests.sources import read
from crd_gen.manifests.yaml import load
from support.crd_gen_cli import crd_gen

YAML = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Box, plural: boxes}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          size: {type: integer}
          spec:
            type: object
            x-kubernetes-validations: [{rule: "self.name == 1"}]
            properties:
              name: {type: string, maxLength: 9}
"""
SCALARS: dict[str, Any] = {
    "=": "=",
    "1:30": "1:30",
    "2026-03-17": "2026-03-17",
    "y": True,
    "Off": False,
    "1e3": 1000.0,
    "0o17": 15,
    "017": 15,
    "0x1F": 31,
    "1_000": 1000,
    ".5": 0.5,
    "~": None,
    "'y'": "y",
    "1.2.3": "1.2.3",
    "0b11": 3,
    "-5": -5,
    "18446744073709551615": 18446744073709551615,
    "08": 8.0,
}


@pytest.mark.parametrize(("written", "value"), SCALARS.items(), ids=SCALARS)
def test_scalar_is_read_as_kubernetes_reads_it(written: str, value: Any) -> None:
    """A plain scalar has the value that Go's parser gives it."""
    ((found,),) = load(f"- {written}\n", "a.yaml")

    assert (found, type(found)) == (value, type(value))


def test_keys_are_strings() -> None:
    """A key that looks like a number or a boolean is text, as in JSON."""
    assert load("{1: a, y: b, null: c}", "a.yaml") == [{"1": "a", "true": "b", "null": "c"}]


def test_folder_is_read_alike_from_disk_and_git(tmp_path: Path) -> None:
    """A folder includes what is below it, wherever it is read from."""
    (tmp_path / "crds" / "below").mkdir(parents=True)
    (tmp_path / "crds" / "a.yaml").write_text(YAML)
    (tmp_path / "crds" / "below" / "b.json").write_text(
        json.dumps(load(YAML.replace("boxes", "crates"), "")[0])
    )
    (tmp_path / "crds" / "values.yaml").write_text("{{ not: yaml")
    commit(tmp_path)

    compared = crd_gen(tmp_path, "diff", "git:HEAD:crds", "crds")

    assert compared == (0, "no changes\n", "")
    assert sorted(read(str(tmp_path / "crds"))) == ["boxes.example.com", "crates.example.com"]


def commit(folder: Path) -> None:
    """Commit everything in a folder."""
    git = ["git", "-c", "user.email=a@example.com", "-c", "user.name=a"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)


def test_list_of_kubectl_is_read() -> None:
    """`kubectl get crd -o yaml` prints a list of live objects."""
    live = load(YAML, "")[0]
    live["metadata"] |= {"uid": "x", "managedFields": []}
    live["status"] = {"storedVersions": ["v1"]}
    listed = {"apiVersion": "v1", "kind": "List", "items": [live]}

    assert list(read_text(json.dumps(listed))) == ["boxes.example.com"]


def read_text(text: str) -> dict[str, Any]:
    """Read definitions from the text of a file."""
    from crd_gen.manifests.sources import parse  # noqa: PLC0415

    return parse({"a.yaml": text}, "a.yaml")


LACKING = {
    "no schema": (
        YAML.replace("    schema:", "    schemata:"),
        "a.yaml: is no apiextensions.k8s.io/v1 definition: spec.versions[0] has no schema",
    ),
    "no versions": (
        YAML.replace("  versions:", "  releases:"),
        "a.yaml: is no apiextensions.k8s.io/v1 definition: it has no spec.versions",
    ),
    "no name": (
        YAML.replace("name: boxes.example.com", "nom: boxes"),
        "a.yaml: is no apiextensions.k8s.io/v1 definition: it has no metadata.name",
    ),
    "no kind": (
        YAML.replace("{kind: Box, ", "{"),
        "a.yaml: is no apiextensions.k8s.io/v1 definition: it has no spec.names.kind",
    ),
    "v1beta1": (
        YAML.replace("k8s.io/v1", "k8s.io/v1beta1"),
        (
            "a.yaml: is apiextensions.k8s.io/v1beta1, which Kubernetes 1.22 and later do not serve:"
            " write it as apiextensions.k8s.io/v1"
        ),
    ),
    "property that is no schema": (
        YAML.replace("size: {type: integer}", "size: 5"),
        (
            "a.yaml: is no apiextensions.k8s.io/v1 definition:"
            " spec.versions[0].schema.openAPIV3Schema.properties.size is 5, expected an object"
        ),
    ),
    "bound that is no number": (
        YAML.replace("maxLength: 9", "maxLength: yes"),
        (
            "a.yaml: is no apiextensions.k8s.io/v1 definition: spec.versions[0].schema.openAPIV3Schema"
            ".properties.spec.properties.name.maxLength is True, expected a number"
        ),
    ),
    "no definition": ("a: 1\n", "a.yaml: contains no CustomResourceDefinition"),
}


@pytest.mark.parametrize(("text", "message"), LACKING.values(), ids=LACKING)
def test_incomplete_definition_is_an_error_that_says_what_is_missing(text: str, message: str) -> None:
    """A file that is no definition is named, with what it lacks."""
    with pytest.raises(ProjectError) as refused:
        read_text(text)

    assert str(refused.value) == message


def test_diff_works_from_a_subfolder(tmp_path: Path) -> None:
    """git:HEAD means the project's folder, wherever in the project the command is run."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "api.py").write_text(
        "from typing import ClassVar\nfrom crd_gen import CustomResource, Names, Node, Version\n\n\n"
        "class Spec(Node):\n    size: int = 1\n\n\n"
        "class Box(CustomResource):\n"
        '    names: ClassVar = Names(group="example.com", kind="Box", plural="boxes")\n'
        '    version: ClassVar = Version(name="v1")\n    spec: Spec\n'
    )
    (tmp_path / "pyproject.toml").write_text('[tool.crd-gen]\nmodels = ["api:Box"]\n')
    assert crd_gen(tmp_path, "write").code == 0
    commit(tmp_path)

    assert crd_gen(tmp_path / "sub", "diff", "git:HEAD") == (0, "no changes\n", "")


def test_check_takes_the_yaml_of_anybody(tmp_path: Path) -> None:
    """The checks say of a definition in YAML what the API server says of it."""
    (tmp_path / "box.yaml").write_text(YAML)

    checked = crd_gen(tmp_path, "check", "box.yaml")

    assert checked == (
        1,
        (
            "error: boxes.example.com: spec: rule 1 (self.name == 1) has invalid CEL in rule:"
            " column 11: no matching overload for '==' applied to (string, int)\n"
        ),
        "",
    )


def test_cost_takes_the_yaml_of_anybody(tmp_path: Path) -> None:
    """The cost of rules is printed for a definition in YAML, from standard input too."""
    text = YAML.replace("self.name == 1", "self.name == 'a'")
    (tmp_path / "box.yaml").write_text(text)
    expected = (
        0,
        (
            "limits: 1,000,000 per evaluation, 10,000,000 per rule in total\n"
            "boxes.example.com v1\n"
            "           3 x 1        =            3  spec: self.name == 'a'\n"
        ),
        "",
    )

    assert crd_gen(tmp_path, "cost", "box.yaml") == expected
    assert crd_gen(tmp_path, "cost", "-", stdin=text) == expected


@pytest.mark.parametrize(
    ("rule", "since", "before", "problem"),
    [
        ("isSemver(self.name)", "1.34", "1.33", "column 1: isSemver can be used from Kubernetes 1.34 on"),
        (
            "[1].all(i, v, v > i)",
            "1.33",
            "1.32",
            "column 5: all with 3 arguments can be used from Kubernetes 1.33 on",
        ),
    ],
)
def test_declared_version_decides_which_functions_and_macros_there_are(
    tmp_path: Path, rule: str, since: str, before: str, problem: str
) -> None:
    """What a version has introduced can be used from the next one on."""
    (tmp_path / "box.yaml").write_text(YAML.replace("self.name == 1", rule))

    assert crd_gen(tmp_path, "check", "box.yaml", "--kubernetes", since).code == 0
    assert crd_gen(tmp_path, "check", "box.yaml", "--kubernetes", before) == (
        1,
        f"error: boxes.example.com: spec: rule 1 ({rule}) has invalid CEL in rule: {problem}\n",
        "",
    )


def test_unknown_version_is_wrong_usage(tmp_path: Path) -> None:
    """Only the versions that crd-gen knows can be declared."""
    (tmp_path / "box.yaml").write_text(YAML)

    assert crd_gen(tmp_path, "check", "box.yaml", "--kubernetes", "1.99") == (
        2,
        "",
        "crd-gen: kubernetes is '1.99', expected a version from 1.31 to 1.37, such as '1.34'\n",
    )
