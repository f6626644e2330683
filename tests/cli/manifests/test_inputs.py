"""Input from the command line: a JSON object of strings, or an error that its position."""

from pathlib import Path

import pytest

from arkrun_cli.errors import BadInputError
from arkrun_cli.manifests.inputs import merge_inputs, parse_input


def test_set_overrides_input_which_overrides_the_file(tmp_path: Path) -> None:
    """Keys that no later source names are retained."""
    file = tmp_path / "input.json"
    file.write_text('{"topic": "file", "tone": "dry", "length": "long"}')

    given = merge_inputs('{"topic": "text", "tone": "warm"}', file, ["topic=set", "empty=", "sum=a=b"])

    assert given == {"topic": "set", "tone": "warm", "length": "long", "empty": "", "sum": "a=b"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"topic": "AI",\n "tone" "dry"}',
            (
                "--input is invalid JSON at line 2, column 9: Expecting ':' delimiter\n"
                '   "tone" "dry"}\n'
                "          ^"
            ),
        ),
        ("", "--input is invalid JSON at line 1, column 1: Expecting value\n  \n  ^"),
        ('["AI"]', '--input is a list; expected a JSON object of strings such as {"topic": "AI"}'),
        ('{"n": 3}', '--input: "n" is a number (3); inputs are strings: write "3"'),
        ('{"ok": true}', '--input: "ok" is a boolean (true); inputs are strings: write "true"'),
        ('{"n": null}', '--input: "n" is null (null); inputs are strings: write "null"'),
        ('{"a": ["b"]}', '--input: "a" is a list (["b"]); inputs are strings: write "[\\"b\\"]"'),
        ('{"a": "1", "a": "2"}', '--input: duplicate key "a"'),
    ],
)
def test_input_that_is_no_object_of_strings_is_refused(text: str, message: str) -> None:
    """The message shows the position or the key, the value, and what to write instead."""
    with pytest.raises(BadInputError) as caught:
        parse_input(text, "--input")

    assert str(caught.value) == message


def test_a_long_line_is_truncated_around_the_error() -> None:
    """The caret stays under the character that it points to."""
    with pytest.raises(BadInputError) as caught:
        parse_input('{"a": "' + "x" * 200 + '" "b"}', "--input")

    _, shown, caret = str(caught.value).splitlines()
    assert shown[len(caret) - 1 :] == '"b"}'


@pytest.mark.parametrize("pair", ["topic", "=AI"])
def test_a_set_option_without_key_or_equals_sign_is_refused(pair: str) -> None:
    """The message shows the expected form."""
    with pytest.raises(BadInputError) as caught:
        merge_inputs(None, None, [pair])

    assert str(caught.value) == f'invalid --set "{pair}": expected KEY=VALUE, such as --set topic=AI'


def test_a_missing_input_file_is_an_error(tmp_path: Path) -> None:
    """The message names the file and the reason."""
    file = tmp_path / "none.json"

    with pytest.raises(BadInputError) as caught:
        merge_inputs(None, file, [])

    assert str(caught.value) == f"cannot read --input-file {file}: No such file or directory"
