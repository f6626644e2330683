"""Input from the command line: a JSON object of strings, or an error that shows the place."""

from pathlib import Path

import pytest

from arkrun_cli.errors import BadInputError
from arkrun_cli.inputs import merged, parse


def test_later_sources_win(tmp_path: Path) -> None:
    """--set wins over --input, which wins over --input-file; what nobody overrides stays."""
    file = tmp_path / "input.json"
    file.write_text('{"topic": "file", "tone": "dry", "length": "long"}')

    given = merged('{"topic": "text", "tone": "warm"}', file, ["topic=set", "empty=", "sum=a=b"])

    assert given == {"topic": "set", "tone": "warm", "length": "long", "empty": "", "sum": "a=b"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"topic": "AI",\n "tone" "dry"}',
            (
                "--input is not JSON at line 2, column 9: Expecting ':' delimiter\n"
                '   "tone" "dry"}\n'
                "          ^"
            ),
        ),
        ("", "--input is not JSON at line 1, column 1: Expecting value\n  \n  ^"),
        ('["AI"]', '--input is a list, not a JSON object of strings such as {"topic": "AI"}'),
        ('{"n": 3}', '--input: "n" is a number (3), and an input is text: write "3"'),
        ('{"ok": true}', '--input: "ok" is a boolean (true), and an input is text: write "true"'),
        ('{"n": null}', '--input: "n" is null (null), and an input is text: write "null"'),
        ('{"a": ["b"]}', '--input: "a" is a list (["b"]), and an input is text: write "[\\"b\\"]"'),
        ('{"a": "1", "a": "2"}', '--input: "a" is given twice'),
    ],
)
def test_what_is_no_object_of_strings(text: str, message: str) -> None:
    """The error names the place or the key, what is there, and what to write instead."""
    with pytest.raises(BadInputError) as caught:
        parse(text, "--input")

    assert str(caught.value) == message


def test_a_long_line_is_shown_around_the_place() -> None:
    """The caret stays under its character when the line is cut."""
    with pytest.raises(BadInputError) as caught:
        parse('{"a": "' + "x" * 200 + '" "b"}', "--input")

    _, shown, caret = str(caught.value).splitlines()
    assert shown[len(caret) - 1 :] == '"b"}'


@pytest.mark.parametrize("pair", ["topic", "=AI"])
def test_a_pair_without_key_or_value(pair: str) -> None:
    """--set says what form it needs."""
    with pytest.raises(BadInputError) as caught:
        merged(None, None, [pair])

    assert str(caught.value) == f"--set {pair}: needed KEY=VALUE, for example --set topic=AI"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The error names the file and why."""
    file = tmp_path / "none.json"

    with pytest.raises(BadInputError) as caught:
        merged(None, file, [])

    assert str(caught.value) == f"--input-file {file} cannot be read: No such file or directory"
