"""References of Go templates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_crd.rules.templates import parse

REFERENCES = {
    "plain text": (set(), set()),
    '{"a": {"b": 1}} }}': (set(), set()),
    "{{ .input.topic }}": ({"topic"}, set()),
    "{{- .input.topic -}}": ({"topic"}, set()),
    "{{ .steps.writer.output }} and {{.input.x}}": ({"x"}, {"writer"}),
    '{{ if eq .input.a "}}" }}x{{ else if .steps.b.output }}y{{ end }}': ({"a"}, {"b"}),
    "{{ .input.y | printf `%s` | len }}": ({"y"}, set()),
    "{{ and (not .input.p) (or .steps.q.output .input.r) }}": ({"p", "r"}, {"q"}),
    "{{/* .input.no */}}{{- /* .steps.no */ -}}": (set(), set()),
    '{{ index .input "my key" }}{{ index .steps `a-b` "output" }}': ({"my key"}, {"a-b"}),
    "{{ range .steps.a.output }}{{ .input.item }}{{ $.input.root }}{{ end }}{{ .input.z }}": (
        {"root", "z"},
        {"a"},
    ),
    "{{ with .input.a }}{{ .steps.b }}{{ end }}": ({"a"}, set()),
    "{{ $x := .input.v }}{{ $x }}{{ $x.input.no }}": ({"v"}, set()),
    '{{ "{{ .input.no }}" }}': (set(), set()),
    "{{ range .input.a }}{{ .input.no }}{{ else }}{{ .input.b }}{{ end }}": ({"a", "b"}, set()),
    "{{ with .x }}{{ else with .input.c }}{{ .input.no }}{{ else }}{{ .input.d }}{{ end }}": (
        {"c", "d"},
        set(),
    ),
    '{{ define "T" }}{{ .input.no }}{{ end }}{{ template "T" .input.e }}': ({"e"}, set()),
    '{{ block "B" .input.f }}{{ .input.no }}{{ end }}{{ .input.g }}': ({"f", "g"}, set()),
    '{{ (index .steps "a").output }}{{ (.f 1).input.no }}': (set(), {"a"}),
    '{{ index .input "a\\"b" }}{{ index .input .input.k }}': ({'a"b', "k"}, set()),
    "{{- /* .input.no */ -}}\n{{-\n.input.h\n-}}": ({"h"}, set()),
    "{{ range $k, $v := .input }}{{ if $v }}{{ break }}{{ else }}{{ continue }}{{ end }}{{ end }}": (
        set(),
        set(),
    ),
    "{{ -1 }}{{ +2 }}{{ 0x1F }}{{ 1.5 }}{{ 'c' }}{{ nil | printf `%v` }}": (set(), set()),
}

PROBLEMS = {
    "{{ .input.a": "has an action that is not closed",
    "{{/* a": "has a comment that is not closed",
    "{{ else }}": 'has "else" without a beginning',
    "{{ end }}": 'has "end" without a beginning',
    "{{ if .input.q }}": 'has "if" without "end"',
    "{{ .steps.my-role.output }}": (
        "has .steps.my-role.output, but a name with a dash is reached by index only"
    ),
}


@pytest.mark.parametrize("text", REFERENCES)
def test_references_to_inputs_and_steps_are_found(text: str) -> None:
    """Inputs and steps are found wherever Go evaluates them from the root."""
    inputs, steps = REFERENCES[text]
    found = parse(text)

    assert (found.inputs, found.steps, found.problem) == (inputs, steps, "")


@pytest.mark.parametrize("text", PROBLEMS)
def test_invalid_template_has_a_problem(text: str) -> None:
    """A template with an open action, or a field access to a name with a dash, has a problem."""
    assert parse(text).problem == PROBLEMS[text]


@given(st.text(alphabet='{}-/*"`\\ .inputsteps$rangeendif()=|'))
def test_any_text_is_parsed_without_an_exception(text: str) -> None:
    """The parser raises no exception for any text."""
    assert isinstance(parse(text).problem, str)


@pytest.mark.parametrize("piece", ["{{", "{{/*}}", '{{"', "{{`", '" "', "/*", "((", "{{- "])
def test_parsing_takes_linear_time(piece: str) -> None:
    """A hundred kilobytes of the worst input is parsed without backtracking."""
    text = piece * (100_000 // len(piece))

    assert isinstance(parse(text).problem, str)
