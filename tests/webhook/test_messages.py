"""Every message of the webhook is documented and asserted."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import arkrun_webhook
from arkrun_crd.rules import pipeline
from docs.messages import call_rows, finding_rows, refusal_rows

SOURCES = Path(arkrun_webhook.__file__).parent
TESTS = Path(__file__).parent

SAY_NOTHING_TO_CLIENTS = ("check", "cli", "logs", "metrics", "protocol", "settings")
"""Modules whose sentences are log lines, help, or have tests beside the chart."""

OWN = {"client hung up"}
"""A log line."""


def test_every_reason_is_in_a_table() -> None:
    """A reason that the log, the audit log or a metric may show has a row."""
    text = "\n".join(source.read_text() for source in SOURCES.rglob("*.py"))
    reasons = set(re.findall(r'\bwhy="([A-Za-z]+)"', text)) | set(
        re.findall(r', "([A-Z][A-Za-z]+)"\)$', text)
    )

    explained = {row[1].split(" ")[0] for row in refusal_rows()} | {row[1] for row in call_rows()}
    assert reasons - explained == set()


def test_every_rule_is_in_a_table() -> None:
    """Each text of a finding in the rules' source is in the table."""
    listed = " ".join(row[0] for row in finding_rows())
    nodes = list(ast.walk(ast.parse(Path(pipeline.__file__).read_text())))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    texts = [
        node.value.strip()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]
    said = [text for text in texts if " " in text.strip("\" :'")]

    assert len(said) > 15
    assert [text for text in said if text not in listed] == []


def test_every_message_is_asserted_completely() -> None:
    """Each sentence of the sources stands in a test from its first word to its last."""
    sources = [path for path in SOURCES.rglob("*.py") if path.stem not in SAY_NOTHING_TO_CLIENTS]
    sources.append(Path(pipeline.__file__))
    folders = (TESTS, TESTS.with_name("arkrun_crd"))
    tests = [path for folder in folders for path in folder.rglob("test_*.py") if path != Path(__file__)]
    said = [parts for path in sources for parts in texts(path) if is_sentence(parts)]
    asserted = "\1".join("\0".join(parts) for path in tests for parts in texts(path))
    patterns = {"{}".join(parts): r"[^\1]{0,400}?".join(map(re.escape, parts)) for parts in said}

    assert len(patterns) > 60
    assert {text for text, pattern in patterns.items() if not re.search(pattern, asserted)} == OWN


def is_sentence(parts: list[str]) -> bool:
    """Return True for a sentence, which has three words or more."""
    return len(re.findall(r"[A-Za-z]{2,}", " ".join(parts))) > 2 and any(
        " " in part.strip() for part in parts
    )


def texts(path: Path) -> Iterator[list[str]]:
    """Yield the strings of a source without docstrings; f-strings as the parts between their values."""
    tree = ast.parse(path.read_text())
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.JoinedStr):
            passed.update(id(each) for each in ast.walk(node))
            yield parts_of(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield [node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value]


def parts_of(formatted: ast.JoinedStr) -> list[str]:
    """Return the parts between the values."""
    parts = [""]
    for node in formatted.values:
        if isinstance(node, ast.Constant):
            parts[-1] += str(node.value)
        else:
            parts.append("")
    return parts
