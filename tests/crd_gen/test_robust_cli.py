"""Whatever is wrong with the input of a command is a sentence and exit code 2, never a traceback."""

from pathlib import Path

import pytest

from support.crd_gen_cli import crd_gen

MODEL = """\
from typing import ClassVar

from crd_gen import CustomResource, Names, Node, Version


class Spec(Node):
    size: int = 1


class Box(CustomResource):
    names: ClassVar = Names(group="example.com", kind="Box", plural="boxes")
    version: ClassVar = Version(name="v1")
    spec: Spec
"""
TABLE = '[tool.crd-gen]\nmodels = ["acme.api:Box"]\n'
FILE = "crds/example.com_boxes.yaml"


def project(folder: Path, packages: str = "", table: str = TABLE, model: str = MODEL) -> Path:
    """Create a project whose package is below a folder."""
    package = folder / packages / "acme"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "api.py").write_text(model)
    (folder / "pyproject.toml").write_text(table)
    return folder


@pytest.mark.parametrize("layout", ["", "src", "lib", "python", "services/box", "packages/box/src"])
def test_modules_are_found_in_usual_layouts(tmp_path: Path, layout: str) -> None:
    """A package need not be installed, nor PYTHONPATH set."""
    written = crd_gen(project(tmp_path, layout), "write")

    assert written == (0, f"wrote {FILE}\n1 file, 1 changed\n", "")


def test_modules_are_found_in_a_declared_folder(tmp_path: Path) -> None:
    """An unusual layout is declared."""
    project(tmp_path, "a/b/c", TABLE + 'paths = ["a/b/c"]\n')

    assert crd_gen(tmp_path, "write").code == 0


def test_module_of_two_packages_is_ambiguous(tmp_path: Path) -> None:
    """Of two packages with one name, none is chosen."""
    project(tmp_path, "one")
    project(tmp_path / "two")

    assert crd_gen(tmp_path, "check") == (
        2,
        "",
        (
            "crd-gen: acme.api: both one and two have a module 'acme':"
            " set [tool.crd-gen] paths to the right one\n"
        ),
    )


WRONG = {
    "number for a folder": (
        TABLE + "crds = 5\n",
        "[tool.crd-gen] crds is 5, expected a string",
    ),
    "text for a list": (
        TABLE.replace('["acme.api:Box"]', '"acme.api:Box"'),
        "[tool.crd-gen] models is 'acme.api:Box', expected a list of strings: models = [\"acme.api:Box\"]",
    ),
    "text for a table": (
        TABLE + 'chart = "charts/box"\n',
        "[tool.crd-gen] chart is 'charts/box', expected a table: [tool.crd-gen.chart]",
    ),
    "unknown key of the chart": (
        TABLE + '[tool.crd-gen.chart]\ntemplates = "t"\nkeeps = "x"\n',
        "[tool.crd-gen.chart] has unknown keys keeps; known: enabled, keep, templates",
    ),
    "no table": (
        '[tool]\ncrd-gen = "x"\n',
        "tool.crd-gen is 'x', expected a table: [tool.crd-gen]",
    ),
    "no TOML": ("[tool", "Expected ']' at the end of a table declaration (at end of document)"),
}


@pytest.mark.parametrize(("table", "message"), WRONG.values(), ids=WRONG)
def test_wrong_configuration_names_the_key(tmp_path: Path, table: str, message: str) -> None:
    """A wrong type in pyproject.toml is named with its key."""
    project(tmp_path, table=table)

    checked = crd_gen(tmp_path, "check")

    assert (checked.code, checked.stdout) == (2, "")
    assert checked.stderr == f"crd-gen: {tmp_path}/pyproject.toml: {message}\n"


IMPORTS = {
    "exit": ("import sys\nsys.exit(3)\n", "importing acme.api ended the program: exit(3)"),
    "error": ("1 / 0\n", "importing acme.api failed: ZeroDivisionError: division by zero"),
    "syntax": ("def\n", "importing acme.api failed: SyntaxError: invalid syntax (api.py, line 1)"),
}


@pytest.mark.parametrize(("model", "message"), IMPORTS.values(), ids=IMPORTS)
def test_module_that_cannot_be_imported_is_an_error(tmp_path: Path, model: str, message: str) -> None:
    """A module that fails, or ends the program, is named with what it did."""
    project(tmp_path, model=model)

    assert crd_gen(tmp_path, "check") == (2, "", f"crd-gen: acme.api:Box: {message}\n")


def test_output_of_a_module_is_not_in_the_stream(tmp_path: Path) -> None:
    """What a module prints when it is imported goes to the standard error."""
    project(tmp_path, model=f'print("loading")\n{MODEL}')

    written = crd_gen(tmp_path, "write", "--install")

    assert written.stdout.startswith("---\napiVersion: apiextensions.k8s.io/v1\n")
    assert written.stderr == "loading\n"


def test_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """A path that is no folder is named."""
    project(tmp_path, table=TABLE + 'crds = "blocked/crds"\n')
    (tmp_path / "blocked").touch()

    assert crd_gen(tmp_path, "write") == (
        2,
        "",
        f"crd-gen: cannot write {tmp_path}/blocked/crds/example.com_boxes.yaml: Not a directory\n",
    )


def test_file_of_no_model_is_stale(tmp_path: Path) -> None:
    """A generated file whose model is gone fails the check, and is deleted by write."""
    project(tmp_path)
    assert crd_gen(tmp_path, "write").code == 0
    old = tmp_path / "crds" / "example.com_crates.yaml"
    old.write_text((tmp_path / FILE).read_text().replace("boxes", "crates").replace("Box", "Crate"))
    (tmp_path / "crds" / "kustomization.yaml").write_text("resources: []\n")

    checked = crd_gen(tmp_path, "check")
    written = crd_gen(tmp_path, "write")

    assert (checked.code, checked.stdout) == (1, "crds/example.com_crates.yaml belongs to no model\n")
    assert written.stdout == (
        "deleted crds/example.com_crates.yaml, which belongs to no model\n1 file, 0 changed\n"
    )
    assert sorted(file.name for file in (tmp_path / "crds").iterdir()) == [
        "example.com_boxes.yaml",
        "kustomization.yaml",
    ]


def test_line_endings_of_windows_are_no_difference(tmp_path: Path) -> None:
    """Git may write CRLF on Windows, which means the same."""
    project(tmp_path)
    assert crd_gen(tmp_path, "write").code == 0
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    assert crd_gen(tmp_path, "check") == (0, "1 file is up to date\n", "")


def test_declared_checks_are_listed(tmp_path: Path) -> None:
    """Checks that stay in Python are told with their place and reason."""
    model = MODEL.replace("import CustomResource", "import PythonOnly, CustomResource").replace(
        "    size: int = 1\n",
        '    rules: ClassVar = (PythonOnly("looked up later"),)\n    size: int = 1\n\n'
        "    def model_post_init(self, context):\n        pass\n",
    )
    project(tmp_path, model=model)
    line = "acme/api.py:10: Spec.model_post_init runs only in Python: looked up later\n"

    assert crd_gen(tmp_path, "write").stderr == line
    assert crd_gen(tmp_path, "check") == (0, "1 file is up to date\n", line)


def test_plural_with_dashes_gives_a_template_that_helm_reads(tmp_path: Path) -> None:
    """A name with dashes is no field of a Go template."""
    table = TABLE + '[tool.crd-gen.chart]\ntemplates = "chart"\n'
    project(tmp_path, table=table, model=MODEL.replace("boxes", "box-sets"))

    assert crd_gen(tmp_path, "write").code == 0

    text = (tmp_path / "chart" / "crd-box-sets.yaml").read_text()
    assert text.splitlines()[0] == '{{- if (index .Values.crds "box-sets").enabled }}'


def test_bug_of_crd_gen_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error is told in one sentence, with the way to its traceback."""
    project(tmp_path)
    monkeypatch.setattr("crd_gen.output.yaml.dump", lambda _document: 1 / 0)
    monkeypatch.setattr("crd_gen.output.files.dump", lambda _document: 1 / 0)

    assert crd_gen(tmp_path, "check") == (
        2,
        "",
        (
            "crd-gen: internal error: ZeroDivisionError: division by zero\n"
            "  Please report it with the output of: CRD_GEN_TRACEBACK=1 crd-gen …\n"
        ),
    )


@pytest.mark.parametrize(
    ("stdin", "problem"),
    [
        (None, "-: the standard input is closed; redirect a file into it"),
        (
            b"\xff",
            (
                "standard input: is not UTF-8 text: 'utf-8' codec can't decode byte 0xff in position 0:"
                " invalid start byte"
            ),
        ),
    ],
)
def test_standard_input_without_text_is_a_sentence(tmp_path: Path, stdin: bytes | None, problem: str) -> None:
    """A closed or binary standard input is an error of the input."""
    assert crd_gen(tmp_path, "check", "-", stdin=stdin) == (2, "", f"crd-gen: {problem}\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("check", ""), "'' names no module; write package.module:ClassName"),
        (("check", "crds/"), "crds/: no such file or folder (write a git revision as git:REV)"),
        (
            ("check", "acme.api:Box", "box.yaml"),
            "'acme.api:Box' is a model, the others are definitions: check them separately",
        ),
        (
            ("check", "--kubernetes", ""),
            "kubernetes is '', expected a version from 1.31 to 1.37, such as '1.34'",
        ),
    ],
)
def test_argument_without_a_meaning_is_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    """What cannot be meant is not ignored."""
    assert crd_gen(project(tmp_path), *arguments) == (2, "", f"crd-gen: {problem}\n")


def test_package_in_the_current_folder_is_a_module(tmp_path: Path) -> None:
    """The folder of a package is not taken for a folder of definitions."""
    project(tmp_path)
    (tmp_path / "acme" / "__init__.py").write_text("from acme.api import Box\n")
    crd_gen(tmp_path, "write")

    assert crd_gen(tmp_path, "write", "acme") == (0, "1 file, 0 changed\n", "")


@pytest.mark.parametrize(
    ("written", "instead", "problem"),
    [
        (
            'plural="boxes"',
            'plural="boxes", short_names="bx"',
            "importing acme.api failed: TypeError: Names: short_names is 'bx', expected a tuple: ('bx',)",
        ),
        (
            'group="example.com"',
            "group=5",
            "importing acme.api failed: TypeError: Names: group is 5, expected a value of type str",
        ),
        (
            'plural="boxes"',
            'plural="boxes", labels=["a"]',
            "importing acme.api failed: TypeError: Names: labels is ['a'], expected a dict of strings",
        ),
        (
            'plural="boxes"',
            'plural="boxes", conversion="a/b"',
            "importing acme.api failed: TypeError: Names: conversion is 'a/b', expected Webhook(...)",
        ),
        (
            "    spec: Spec",
            "    spec: Spec\n    rules: ClassVar = ('true',)",
            (
                "importing acme.api failed: TypeError: Box.rules is ('true',), expected a tuple of Rule(...)"
                " and PythonOnly(...)"
            ),
        ),
        (
            '    version: ClassVar = Version(name="v1")\n',
            "",
            "Box does not declare version: ClassVar = Version(...)",
        ),
        ("class Spec", "raise BaseException('x')\nclass Spec", "importing acme.api failed: BaseException: x"),
    ],
)
def test_wrong_argument_of_a_declaration_is_a_sentence(
    tmp_path: Path, written: str, instead: str, problem: str
) -> None:
    """The error says what was given and what was expected."""
    project(tmp_path, model=MODEL.replace(written, instead))

    assert crd_gen(tmp_path, "check") == (2, "", f"crd-gen: acme.api:Box: {problem}\n")


def test_incomplete_kinds_of_a_module_are_named(tmp_path: Path) -> None:
    """A module without a kind says which class is nearly one."""
    project(tmp_path, model=MODEL.replace('    version: ClassVar = Version(name="v1")\n', ""))

    assert crd_gen(tmp_path, "check", "acme.api") == (
        2,
        "",
        (
            "crd-gen: acme.api: the module declares no CustomResource; Box does not declare version:"
            " ClassVar = Version(...)\n"
        ),
    )


def test_interrupted_command_says_so(tmp_path: Path) -> None:
    """Ctrl-C shows no traceback."""
    project(tmp_path, model="raise KeyboardInterrupt\n")

    assert crd_gen(tmp_path, "check") == (130, "", "crd-gen: interrupted\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("waiver = 5\n", "waivers.toml: waiver is 5, expected tables: [[waiver]]"),
        ("waiver = [\n", "waivers.toml: is not valid TOML: Invalid value (at end of document)"),
        (None, "cannot read waivers.toml: No such file or directory"),
    ],
)
def test_unreadable_waivers_are_a_sentence(tmp_path: Path, text: str | None, problem: str) -> None:
    """A waiver file has tables."""
    crd_gen(project(tmp_path), "write")
    if text is not None:
        (tmp_path / "waivers.toml").write_text(text)

    assert crd_gen(tmp_path, "diff", "crds", "--waivers", "waivers.toml") == (2, "", f"crd-gen: {problem}\n")
