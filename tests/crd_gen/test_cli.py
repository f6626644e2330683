"""The crd-gen command line: deterministic output, exit codes and error messages."""

import contextlib
import gc
import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from crd_gen.cli import main
from crd_gen.output.helm import template
from crd_gen.output.yaml import dump
from support.repository import ROOT

MODEL = '''
from typing import ClassVar
from crd_gen import CustomResource, Names, Node, Version

class Spec(Node):
    y: str
    """Written {{ .Values.y }} in a chart: {{{ braces }}}."""

class Widget(CustomResource):
    """A thing."""
    names: ClassVar = Names(group="example.com", kind="Widget", plural="widgets", short_names=("w", "wd"))
    version: ClassVar = Version(name="v1")
    spec: Spec
'''
TABLE = """
[tool.crd-gen]
models = ["api:Widget"]
docs = "docs"
schemas = "schemas"

[tool.crd-gen.chart]
templates = "chart/templates"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Write a project with one kind."""
    (tmp_path / "api.py").write_text(MODEL)
    (tmp_path / "pyproject.toml").write_text(TABLE)
    return tmp_path


class Ended(NamedTuple):
    """Exit code and output of a command."""

    returncode: int
    stdout: str
    stderr: str


def crd_gen(folder: Path, *arguments: str) -> Ended:
    """Run crd-gen in a folder, in this process: a start of Python costs more than most commands."""
    out, err = io.StringIO(), io.StringIO()
    with as_if_started(folder, *arguments), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def as_if_started(folder: Path, *arguments: str) -> Iterator[None]:
    """Forget afterwards what was imported, and undo what is right for a short life only."""
    path, argv = sys.path[:], sys.argv
    importlib.invalidate_caches()
    sys.argv = ["crd-gen", *arguments]
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        sys.argv, sys.path[:] = argv, path
        gc.enable()
        os.environ.pop("PYDANTIC_DISABLE_PLUGINS", None)
        for name in ("api", "broken", "wrong"):
            sys.modules.pop(name, None)


def process(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run crd-gen as a user does."""
    command = [sys.executable, "-m", "crd_gen.cli", *arguments]
    env = os.environ | environment
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


FILES = [
    "chart/templates/crd-widgets.yaml",
    "crds/example.com_widgets.yaml",
    "docs/widget.md",
    "schemas/widget_v1.json",
]


def test_check_passes_after_write(project: Path) -> None:
    """Write creates all files once, and then check finds them up to date."""
    first, second, checked = (crd_gen(project, word) for word in ("write", "write", "check"))

    assert sorted(first.stdout.splitlines()) == ["4 files, 4 changed", *(f"wrote {name}" for name in FILES)]
    assert second.stdout == "4 files, 0 changed\n"
    assert (checked.returncode, checked.stdout) == (0, "4 files are up to date\n")


@pytest.mark.parametrize("name", FILES)
def test_check_finds_each_stale_file(project: Path, name: str) -> None:
    """An edited file fails the check with a diff."""
    crd_gen(project, "write")
    with (project / name).open("a") as file:
        file.write("edited\n")

    checked = crd_gen(project, "check")

    assert checked.returncode == 1
    assert f"--- {name}\n+++ {name} (models)\n" in checked.stdout
    assert "-edited\n" in checked.stdout
    assert checked.stderr == "generated files are stale: run `crd-gen write` and commit the result\n"


@pytest.mark.process
def test_output_does_not_depend_on_the_hash_seed(project: Path) -> None:
    """The files are the same for every PYTHONHASHSEED."""
    texts = set()
    for seed in ("1", "4242"):
        process(project, "write", PYTHONHASHSEED=seed)
        texts.add(b"".join((project / name).read_bytes() for name in FILES))

    assert len(texts) == 1


def test_named_model_without_a_project(tmp_path: Path) -> None:
    """A named model needs no project, and only its definition is written."""
    (tmp_path / "api.py").write_text(MODEL)

    written = crd_gen(tmp_path, "write", "api:Widget", "-o", "out")

    assert written.stdout == "wrote out/example.com_widgets.yaml\n1 file, 1 changed\n"
    assert yaml.safe_load((tmp_path / "out/example.com_widgets.yaml").read_text())["spec"]["names"] == {
        "kind": "Widget",
        "listKind": "WidgetList",
        "plural": "widgets",
        "singular": "widget",
        "shortNames": ["w", "wd"],
    }


@pytest.mark.process
def test_installed_module_from_any_folder(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The output is relative to the current folder, wherever the module is installed."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    written = process(elsewhere, "write", "api:Widget", "-o", "crds/", PYTHONPATH=str(project))

    assert (written.returncode, written.stdout) == (
        0,
        "wrote crds/example.com_widgets.yaml\n1 file, 1 changed\n",
    )


@pytest.mark.parametrize("home", ["", "src"])
def test_project_is_found_from_a_subfolder(project: Path, home: str) -> None:
    """The models of a project are found from any of its folders, also in src/."""
    below = project / home / "deep" / "down"
    below.mkdir(parents=True)
    (project / "api.py").rename(project / home / "api.py")

    written = crd_gen(below, "write")

    assert written.stdout.endswith("4 files, 4 changed\n")
    assert (project / FILES[1]).is_file()


def test_install_prints_one_stream(project: Path) -> None:
    """--install prints the definitions for kubectl apply and writes no file."""
    printed = crd_gen(project, "write", "--install")

    assert printed.stdout.startswith(
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
    )
    assert not (project / "crds").exists()


def test_braces_in_descriptions_are_escaped_for_helm(project: Path) -> None:
    """{{ }} in a description is not an action of the Helm template."""
    crd_gen(project, "write")

    copied = (project / FILES[0]).read_text()

    assert '{{ "{{" }} .Values.y }}' in copied
    actions = [part.split("}}")[0].strip("- ") for part in copied.split("{{")[1:]]
    assert set(actions) <= {"if .Values.crds.widgets.enabled", "if .Values.crds.keep", "end", '"', '" '}


def test_template_adds_the_policy_to_existing_annotations() -> None:
    """The resource policy is added to the annotations of a definition."""
    text = "kind: X\nmetadata:\n  annotations:\n    a: b\n  name: n\n"

    assert template(text, enabled=".Values.on", keep=".Values.keep") == (
        "{{- if .Values.on }}\nkind: X\nmetadata:\n  annotations:\n    {{- if .Values.keep }}\n"
        "    helm.sh/resource-policy: keep\n    {{- end }}\n    a: b\n  name: n\n{{- end }}\n"
    )


# Read as something else by YAML 1.1 in Go, unless they are quoted.
AMBIGUOUS = [
    *(
        "y",
        "n",
        "Y",
        "N",
        "yes",
        "No",
        "on",
        "OFF",
        "true",
        "null",
        "~",
        "",
        "1e3",
        "1e+3",
        "0o7",
        "0x1F",
        "017",
    ),
    *(
        "1_000",
        ".5",
        "+1",
        "-1",
        "1:20",
        ".inf",
        ".nan",
        "=",
        "<<",
        "2026-03-17",
        "- a",
        "? a",
        "a: b",
        "a #b",
    ),
    *(
        " a",
        "a ",
        "@a",
        "`a",
        "%a",
        "!a",
        "&a",
        "*a",
        "{a",
        "[a",
        "|",
        ">",
        "'a",
        '"a',
        "a\nb",
        "a\n\n b\n",
        "é",
    ),
]


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_ambiguous_scalars_are_quoted(text: str) -> None:
    """A string stays a string, as a value and as a key."""
    written = dump({text: text})

    assert yaml.safe_load(written) == {text: text}
    assert written[:1] in "'\"|?" or text == "é"


def test_diff_exit_codes(project: Path) -> None:
    """A breaking change exits 1, a waived one or --fail-on never exits 0."""
    crd_gen(project, "write")
    (project / "api.py").write_text(MODEL.replace("    y: str", "    z: str | None = None"))
    (project / "waivers.toml").write_text(
        '[[waiver]]\ndefinition = "widgets.example.com"\npath = "spec.y"\ncode = "field-removed"\n'
        'reason = "nobody used it"\nexpires = 2099-01-01\n'
    )

    plain = crd_gen(project, "diff", "crds")
    waived = crd_gen(project, "diff", "crds", "--waivers", "waivers.toml")
    machine = crd_gen(project, "diff", "crds", "--output", "json", "--fail-on", "never")

    assert (plain.returncode, waived.returncode, machine.returncode) == (1, 0, 0)
    assert plain.stdout == (
        "breaking   widgets.example.com v1 spec.y: field removed, and its data is pruned"
        " (renamed to 'z'?) [field-removed]\n"
        "safe       widgets.example.com v1 spec.z: optional field added [field-added]\n"
    )
    codes = [change["code"] for change in json.loads(machine.stdout)["changes"]]
    assert codes == ["field-removed", "field-added"]
    log = json.loads(crd_gen(project, "diff", "crds", "--output", "sarif").stdout)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "crds/example.com_widgets.yaml"}}


def test_diff_against_a_revision(project: Path) -> None:
    """git:REV reads the project's definitions at that revision."""
    crd_gen(project, "write")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *arguments], cwd=project, check=True)
    (project / "api.py").write_text(MODEL.replace("y: str", "y: str = 'x'"))

    compared = crd_gen(project, "diff", "git:HEAD", "--fail-on", "loosening")

    assert compared.returncode == 1
    assert compared.stdout == (
        "loosening  widgets.example.com v1 spec.y: default 'x' added [default-added]\n"
        "loosening  widgets.example.com v1 spec.y: field is now optional [required-removed]\n"
    )


PROBLEMS = [
    (("write", "api"), 0, ""),
    (
        ("write", "nowhere:Widget"),
        2,
        (
            "crd-gen: nowhere:Widget: no module named 'nowhere': install it, name its folder in"
            ' [tool.crd-gen] paths = ["lib"], or set PYTHONPATH\n'
        ),
    ),
    (
        ("write", "api:Gadget"),
        2,
        "crd-gen: api:Gadget: api has no CustomResource named 'Gadget'\n",
    ),
    (
        ("write", "broken:X"),
        2,
        "crd-gen: broken:X: broken imports 'missing_module', which is not installed\n",
    ),
    (
        ("write", "json"),
        2,
        "crd-gen: json: the module declares no CustomResource; name a class, json:ClassName\n",
    ),
    (
        ("write", "wrong:Wrong"),
        1,
        (
            "crd-gen: wrong.py:13: Wrong: spec: set has no exact structural equivalent\n"
            "  - Annotated[list[T], SetList()], which refuses what set() silently merges\n"
        ),
    ),
    (
        ("diff", "git:nowhere"),
        2,
        "crd-gen: git ls-tree -r -z --name-only nowhere -- crds: fatal: Not a valid object name nowhere\n",
    ),
]


@pytest.mark.parametrize(("arguments", "code", "message"), PROBLEMS, ids=[row[0][1] for row in PROBLEMS])
def test_invalid_target_is_one_line(
    project: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    """A wrong target, module or model is reported without a traceback."""
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    (project / "broken.py").write_text("import missing_module\n")
    wrong = MODEL.replace("class Widget", "class Wrong").replace("spec: Spec", "spec: set[str]")
    (project / "wrong.py").write_text(wrong)

    done = crd_gen(project, *arguments)

    assert (done.returncode, done.stderr) == (code, message)


def test_missing_project_suggests_naming_the_models(tmp_path: Path) -> None:
    """Without a [tool.crd-gen] table, the message suggests to name the models."""
    done = crd_gen(tmp_path, "write")

    assert (done.returncode, done.stderr) == (
        2,
        (
            f"crd-gen: no pyproject.toml with a [tool.crd-gen] table in {tmp_path} or its parents:"
            " add one, or name the models: crd-gen write my_pkg.api:Widget -o crds/\n"
        ),
    )


def test_this_project_is_up_to_date() -> None:
    """The generated files of this repository are up to date."""
    checked = crd_gen(ROOT, "check")

    assert (checked.returncode, checked.stdout) == (0, "8 files are up to date\n")
